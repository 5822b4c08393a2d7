"""Languages: what code says, lowered to the one intermediate representation.

A language is a module with

``NAME: str``
    the word that a :class:`Fragment` names it by (``"pickle"``, ``"python"``): the module's own name,
    so that a language is imported when there is code in it;
``lower(fragment: Fragment, budget: Budget) -> Iterator[Program | Fragment | Blob | Anomaly]``
    the programs in it, and what it carries in other languages or behind itself; a generator that yields
    what it has before it raises.
"""

import importlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from scanner.blob import Blob, Fragment
from scanner.discovery import names
from scanner.facts import Anomaly
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program


class Language(Protocol):
    """The interface of a module in this package."""

    NAME: str

    def lower(
        self, fragment: Fragment, budget: Budget
    ) -> Iterator["Program | Fragment | Blob | Anomaly"]: ...


@cache
def language(name: str) -> Language | None:
    """The language called ``name``; None when there is none."""
    if name not in names(__name__):
        return None
    return cast(Language, importlib.import_module(f"{__name__}.{name}"))
