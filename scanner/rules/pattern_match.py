"""A heuristic pattern fits.

Patterns are YARA rules: ours, and those that you add. They see what the analysis cannot follow, such as
code in languages that it does not read, source that does not parse, files of no known kind. They
recognise what such code says and not what it does, so they ask for a review and do not block, unless a
pattern's own metadata says so and states a precision to match. How often ours are right is measured in
[the tables](../patterns.md).

A pattern may name the rule that it speaks for (`rule_id`); a match is then told under that id. Where a
rule has found out what the same code does, its patterns are not told again.

Bad:

    match reverse_shell warning remote-shell 'a shell is tied to a socket'

Good:

    %0 = const 1
"""

from collections.abc import Iterator

from scanner.facts import Facts, Match
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity

RULE = Rule(
    id="pattern-match",
    title="A heuristic pattern fits",
    severity=Severity.WARNING,
    precision=Precision.MEDIUM,
    security_severity=5.5,
    cwe=(506,),
    attack=("T1027", "T1059"),
    atlas=("AML.T0011.000",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for every pattern and piece of code that it fits; a note where nothing runs it."""
    for match in facts.matches:
        severity = Severity[match.severity.upper()]
        yield Finding(
            rule=match.rule_id or RULE.id,
            severity=severity if match.trigger.immediate else Severity.NOTE,
            behaviour=Behaviour(match.behaviour),
            message=_message(match),
            site=match.site,
            steps=match.steps,
            identity=(*match.site.trail[1:], match.name, match.text),
        )


def _message(match: Match) -> str:
    says = f": {match.description}" if match.description else ""
    return (
        f"The pattern {match.name} fits{says}. It fits {match.text!r}, and is of {match.precision} precision."
    )
