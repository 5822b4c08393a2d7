"""The file could not be examined to its end.

It asked for more time, memory, nesting or unpacking than the limits allow, or holds code that could not
be followed: what was found until then has been judged, and the file asks for review. Or it killed or hung
the process that read it, and what had been found went with it: such a file is blocked, because a payload
in front of a bomb would pass otherwise. Raise the limits, or treat the file as hostile.

Bad:

    anomaly lost 'killed by SIGSEGV'

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
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=8.0,
    cwe=(400, 409),
    attack=("T1027",),
    atlas=("AML.T0015",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for every limit that was hit and every piece of code that was not followed."""
    for anomaly in facts.anomalies:
        message = f"This file was not examined to its end: {anomaly.message}."
        match anomaly.kind:
            case "lost":
                yield anomaly_finding(RULE, anomaly, message)
            case "over-budget" | "unresolved":
                yield anomaly_finding(RULE, anomaly, message, Severity.WARNING)
