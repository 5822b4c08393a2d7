"""Two readers of the same pickle disagree.

The loader's own machine follows the stream, and an independent reader refuses it or reads something
else. Writers of pickles do not produce such streams; people who hide from scanners do.

Bad:

    anomaly differential 'pickletools refuses the stream at offset 12'

Good:

    %0 = const 1
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Finding, Precision, Rule, Severity
from scanner.rules._report import tell

RULE = Rule(
    id="parser-differential",
    title="Two readers of the same stream disagree",
    severity=Severity.WARNING,
    precision=Precision.HIGH,
    security_severity=5.5,
    cwe=(436, 502),
    attack=("T1027",),
    atlas=("AML.T0015",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for every disagreement."""
    yield from tell(RULE, facts, ("differential",), "Two readers of this pickle disagree")
