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
from scanner.finding import Finding, Rule


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
