"""The file is not what it says, or is two things at once.

A member that should be a pickle and is not, a ZIP whose two directories disagree, data in front of
the first entry: loaders pick one reading, scanners another, and the payload lives in between. Every
reading has been examined. Code in an old version of its language is noted: it is read as what it is.

Bad:

    anomaly polyglot 'a ZIP archive with 100 bytes in front of it'

Good:

    %0 = const 1
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Finding, Precision, Rule, Severity
from scanner.rules._report import anomaly_finding, tell

RULE = Rule(
    id="format-mismatch",
    title="The file can be read in more than one way",
    severity=Severity.WARNING,
    precision=Precision.MEDIUM,
    security_severity=5.5,
    cwe=(436,),
    attack=("T1036.008",),
    atlas=("AML.T0015",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for every promise that the content breaks."""
    yield from tell(RULE, facts, ("mismatch", "polyglot"), "This file can be read in more than one way")
    for anomaly in facts.anomalies:
        if anomaly.kind == "dialect":
            message = f"This file is not Python as it is written today: {anomaly.message}."
            yield anomaly_finding(RULE, anomaly, message, Severity.NOTE)
