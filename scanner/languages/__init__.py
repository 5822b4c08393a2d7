"""Languages: what code says, lowered to the one intermediate representation.

A language is a module with

``NAME: str``
    the word that a :class:`Fragment` names it by (``"pickle"``, ``"python"``);
``lower(fragment: Fragment, budget: Budget) -> Iterator[Program | Anomaly]``
    the programs in it; a generator that yields what it has before it raises.
"""

from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from scanner.blob import Fragment
from scanner.discovery import modules
from scanner.facts import Anomaly
from scanner.ir import Program
from scanner.limits import Budget


class Language(Protocol):
    """The interface of a module in this package."""

    NAME: str

    def lower(self, fragment: Fragment, budget: Budget) -> Iterator[Program | Anomaly]: ...


@cache
def languages() -> dict[str, Language]:
    """Every language there is, by name."""
    return {module.NAME: cast(Language, module) for module in modules(__name__)}
