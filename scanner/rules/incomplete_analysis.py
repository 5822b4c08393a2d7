"""The file could not be examined to its end.

It asked for more time, memory, nesting or unpacking than the limits allow, killed the process that
read it, or holds code that could not be followed. What was found until then has been judged; what
was not seen may be anything. Raise the limits, or treat the file as hostile.

Bad:

    anomaly over-budget 'more than 120 seconds'

Good:

    %0 = const 1
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Finding, Precision, Rule, Severity
from scanner.rules._report import anomaly_finding

RULE = Rule(
    id="incomplete-analysis",
    title="The file could not be examined to its end",
    severity=Severity.WARNING,
    precision=Precision.HIGH,
    security_severity=5.5,
    cwe=(400, 409),
    attack=("T1027",),
    atlas=("AML.T0015",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for every limit that was hit and every piece of code that was not followed."""
    for anomaly in facts.anomalies:
        if anomaly.kind in ("over-budget", "unresolved"):
            yield anomaly_finding(RULE, anomaly, f"This file was not examined to its end: {anomaly.message}.")
