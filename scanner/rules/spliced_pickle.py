"""A pickle was edited after it was written.

Picklers number what they remember without gaps. A hole in the numbers is where something was taken
out or put in by hand, as tools that inject payloads do.

Bad:

    anomaly splice 'memo indices jump from 3 to 9'

Good:

    %0 = const 1
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Finding, Precision, Rule, Severity
from scanner.rules._report import tell

RULE = Rule(
    id="spliced-pickle",
    title="A pickle was edited after it was written",
    severity=Severity.WARNING,
    precision=Precision.MEDIUM,
    security_severity=5.5,
    cwe=(502, 345),
    attack=("T1027",),
    atlas=("AML.T0018",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for every splice."""
    yield from tell(RULE, facts, ("splice",), "This pickle was edited after it was written")
