"""The file breaks its own format.

A loader may stop here or may not care; scanners that gave up at this point have been fooled by files
that are broken on purpose, right behind the payload. Everything that could be read before the break
has been judged.

Bad:

    anomaly malformed 'pickle: the stream ends inside an argument'

Good:

    %0 = const 1
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Finding, Precision, Rule, Severity
from scanner.rules._report import tell

RULE = Rule(
    id="unreadable-artifact",
    title="The file breaks its own format",
    severity=Severity.WARNING,
    precision=Precision.HIGH,
    security_severity=5.5,
    cwe=(502, 20),
    attack=("T1027",),
    atlas=("AML.T0015",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for every break."""
    yield from tell(RULE, facts, ("malformed",), "This file is broken")
