"""Something dangerous is handed through calls that forget its name, and what comes back is called.

Iterators, containers and wrappers of the library give back what was put into them: the name is gone,
and the call remains. Where data holds something that runs code or programs and calls what nobody can
name, the one is taken for the other.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name itertools.tee
      %1 = name os.system
      %2 = make list, %1
      %3 = call %0, %2
      %4 = name builtins.next
      %5 = call %4, %3
      %6 = const 'id'
      %7 = call %5, %6

Good:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name itertools.tee
      %1 = name collections.OrderedDict
      %2 = make list, %1
      %3 = call %0, %2
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="laundered-callable",
    title="A dangerous callable is called by another way",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=8.0,
    cwe=(470, 502),
    attack=("T1027", "T1059.006"),
    atlas=("AML.T0011.000",),
    specificity=6,
)


def check(facts: Facts) -> Iterator[Finding]:
    """Calls of what an earlier call gave back, next to an uncalled reference to what acts."""
    held = {effect.site.trail: effect.callee for effect in facts.running("reference.held")}
    for effect in facts.running("call.computed"):
        if (near := held.get(effect.site.trail)) is not None:
            deed = f"calls what an earlier call gave back, and has {near} to give"
            yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION)
