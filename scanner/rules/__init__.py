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
    """All findings, each piece of evidence told once: by the most specific rule that explains it.

    A finding explains every site on its steps (the call of ``exec`` that leads to a reverse shell
    is part of the reverse shell); a behaviour also explains the generic side effects of the same piece
    of code. Neither hides a finding that is more severe.
    """
    findings: list[Finding] = []
    sites: dict[Site, Severity] = {}
    pieces: dict[tuple[str, ...], Severity] = {}
    for module in rules():
        generic = module.RULE.specificity < BEHAVIOURAL
        told = [
            f
            for f in module.check(facts)
            if f.severity > sites.get(f.site, 0)
            and not (generic and f.severity <= pieces.get(f.site.trail, 0))
        ]
        for finding in told:
            for site in {finding.site, *(step.site for step in finding.steps)}:
                sites[site] = max(finding.severity, sites.get(site, finding.severity))
            if module.RULE.specificity >= BEHAVIOURAL:
                trail = finding.site.trail
                pieces[trail] = max(finding.severity, pieces.get(trail, finding.severity))
        findings += told
    return findings
