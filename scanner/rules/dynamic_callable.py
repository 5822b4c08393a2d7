"""What data calls is computed while it is loaded, and cannot be told from the file.

A module, attribute or callable whose name comes out of a call that nobody can evaluate: the classic
way to hide a name from every list. Names that can be evaluated are, and are then judged as if they
had been written plainly; this rule is what remains.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name importlib.import_module
      %1 = name somepackage.decrypt
      %2 = call %1
      %3 = call %0, %2

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name itertools.tee
      %1 = name somepackage.decrypt
      %2 = make list, %1
      %3 = call %0, %2
      %4 = name builtins.next
      %5 = call %4, %3
      %6 = call %5

Good:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name collections.OrderedDict
      %1 = call %0
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="dynamic-callable",
    title="What is called is computed at load time",
    severity=Severity.WARNING,
    precision=Precision.MEDIUM,
    security_severity=5.5,
    cwe=(470, 502),
    attack=("T1027",),
    atlas=("AML.T0011.000",),
    specificity=4,
)

RESOLVES = ("code.resolve", "import.dynamic")


def check(facts: Facts) -> Iterator[Finding]:
    """Resolution of a name that is not a constant, import of a module by name, or a call of what an
    earlier call gave back, in data."""
    for effect in facts.running(*RESOLVES):
        if effect.script:
            continue
        name = effect.arguments[1:2] or effect.arguments  # getattr(object, name), but locate(name)
        if effect.kind == "import.dynamic" or not all(a.constant for a in name):
            deed = "finds out by itself what to import or call"
            yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION)
    for effect in facts.running("call.computed"):
        yield finding(RULE, effect, "calls what an earlier call gave back", Behaviour.CODE_EXECUTION)
