"""Data holds a reference to something dangerous without calling it.

A reference is not a call: loading this file does not run it. But whoever uses the loaded object may
call what is stored there, and honest checkpoints do not store `os.system`.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name os.system
      %1 = make list, %0

Good:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name collections.OrderedDict
      %1 = make list, %0
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="dangerous-reference",
    title="Data refers to a dangerous callable",
    severity=Severity.WARNING,
    precision=Precision.MEDIUM,
    security_severity=5.5,
    cwe=(502,),
    attack=("T1059.006",),
    atlas=("AML.T0011.000",),
    specificity=3,
)


def check(facts: Facts) -> Iterator[Finding]:
    """References that the analysis found to be left uncalled."""
    for effect in facts.running("reference.held"):
        deed = f"does not call {effect.callee}, but leaves it where its user may"
        yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION)
