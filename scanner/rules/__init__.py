"""What is wrong, and how bad it is: facts in, findings out.

A rule is a module with

``RULE: Rule``
    its identity card;
``check(facts: Facts) -> Iterator[Finding]``
    the findings. It sees facts, never bytes.

The module's docstring is the rule's documentation page; its ``Bad:`` and ``Good:`` blocks are the
rule's first tests (see ``tests/rules/test_examples.py``).
"""

from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from msgspec import Struct, field

from scanner.discovery import modules
from scanner.facts import Facts
from scanner.finding import Finding, Rule, Severity
from scanner.site import Site

BEHAVIOURAL = 40  # from this specificity on, a rule names what a whole piece of code is for


class RuleModule(Protocol):
    """The interface of a module in this package."""

    RULE: Rule
    __doc__: str | None

    def check(self, facts: Facts) -> Iterator[Finding]: ...


@cache
def rules() -> tuple[RuleModule, ...]:
    """Every rule there is, the most specific first, then by id."""
    found = [cast(RuleModule, module) for module in modules(__name__)]
    return tuple(sorted(found, key=lambda m: (-m.RULE.specificity, m.RULE.id)))


def judge(facts: Facts) -> list[Finding]:
    """All findings, each piece of evidence told once: by the most specific rule that explains it."""
    findings: list[Finding] = []
    if facts == Facts(formats=facts.formats):
        return findings  # nothing is known about most files: then not even the rules are imported
    told = _Told()
    for module in rules():
        behavioural = module.RULE.specificity >= BEHAVIOURAL
        fresh = [f for f in module.check(facts) if not told.explains(f, behavioural=behavioural)]
        for finding in fresh:
            told.add(finding, behavioural=behavioural)
        findings += fresh
    return findings


class _Told(Struct):
    """What the findings so far explain; nothing explains away what is more severe.

    A finding explains every site on its steps (the call of ``exec`` that leads to a reverse shell is
    part of the reverse shell). A behaviour also explains the generic side effects of the same piece of
    code and whatever its own call runs; any other finding explains the lesser ones in what its call runs.
    """

    sites: dict[Site, Severity] = field(default_factory=dict)
    pieces: dict[tuple[str, ...], Severity] = field(default_factory=dict)
    calls: dict[Site, int] = field(default_factory=dict)

    def explains(self, finding: Finding, *, behavioural: bool) -> bool:
        if self.sites.get(finding.site, 0) >= finding.severity:
            return True
        if behavioural:
            return False
        outer = max((self.calls.get(step.site, 0) for step in finding.steps), default=0)
        return outer >= finding.severity or self.pieces.get(finding.site.trail, 0) >= finding.severity

    def add(self, finding: Finding, *, behavioural: bool) -> None:
        for site in {finding.site, *(step.site for step in finding.steps)}:
            self.sites[site] = max(finding.severity, self.sites.get(site, finding.severity))
        ceiling = finding.severity - (not behavioural)
        self.calls[finding.site] = max(ceiling, self.calls.get(finding.site, 0))
        if behavioural:
            trail = finding.site.trail
            self.pieces[trail] = max(finding.severity, self.pieces.get(trail, finding.severity))
