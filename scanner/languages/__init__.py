"""Languages: what code says, lowered to the one intermediate representation.

A language is a module with

``NAME: str``
    the word that a :class:`Fragment` names it by (``"pickle"``, ``"python"``): the module's own name,
    so that a language is imported when there is code in it;
``lower(fragment: Fragment, budget: Budget) -> Iterator[Program | Fragment | Blob | Anomaly]``
    the programs in it, and what it carries in other languages or behind itself; a generator that yields
    what it has before it raises.

A language may have a second reader, which is not ours:

``explain(blob: Blob, offset: int, seconds: float) -> Opinion``
    what it makes of the code around ``offset``, for people to read, and in what it disagrees.
"""

import importlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from scanner.blob import Blob, Fragment
from scanner.discovery import names
from scanner.facts import Anomaly
from scanner.languages._opinion import Opinion
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program


class Language(Protocol):
    """The interface of a module in this package."""

    NAME: str

    def lower(
        self, fragment: Fragment, budget: Budget
    ) -> Iterator["Program | Fragment | Blob | Anomaly"]: ...


class Explainer(Protocol):
    """Asks a reader that is not ours about the code around ``offset``, for so many ``seconds``."""

    def __call__(self, blob: Blob, offset: int, seconds: float) -> Opinion: ...


def explainer(name: str) -> Explainer | None:
    """The second reader of the language called ``name``, if it has one."""
    return getattr(language(name), "explain", None)


@cache
def language(name: str) -> Language | None:
    """The language called ``name``; None when there is none."""
    if name not in names(__name__):
        return None
    return cast(Language, importlib.import_module(f"{__name__}.{name}"))


def lower(fragment: Fragment, budget: Budget) -> Iterator["Program | Fragment | Blob | Anomaly"]:
    """What the language of the fragment makes of it; nothing if there is no such language."""
    reader = language(fragment.language)
    return iter(()) if reader is None else reader.lower(fragment, budget)
