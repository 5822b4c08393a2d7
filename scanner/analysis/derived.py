"""Calls of data that no row of the tables is about: what the source of the library says that they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.analysis import effects
from scanner.analysis.here import Here
from scanner.analysis.values import Value

if TYPE_CHECKING:
    from scanner.knowledge.apis import Api
    from scanner.knowledge.summaries import Reach

# Looking up and calling back is no effect by itself: what is called back is followed, and the rest is judged
# by what it is handed, like an unknown call.
_ORDER = ("runs", "acts", "reads")
_METHODS = (".__new__", ".__setstate__")


def harmless(here: Here, name: str) -> bool:
    """Whether nothing comes of calling ``name``, by the tables or by its source. What is said of a class
    holds for making its objects and for setting their state."""
    for suffix in _METHODS:
        if name.endswith(suffix) and here.knowledge.harmless(name.removesuffix(suffix)):
            return True
    return here.knowledge.harmless(name)


def act(here: Here, name: str, receiver: Value, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
    """Do what ``name`` does with these arguments; None when its source is not known to do anything."""
    api = _api(here, name, args, kwargs)
    return None if api is None else effects.act(here, api, name, receiver, args, kwargs, modelled=False)


def _api(here: Here, name: str, args: list[Value], kwargs: dict[str, Value]) -> Api | None:
    """The worst effect that one of the arguments reaches, as a row. What somebody wrote a row about, be it
    of its family, is nothing for this."""
    knowledge = here.knowledge
    owner = next((name.removesuffix(s) for s in _METHODS if name.endswith(s)), name)
    for written in {name, owner}:
        if knowledge.effect(written) is not None or knowledge.inert(written) is not None:
            return None
    found = knowledge.derived(name)
    kinds = knowledge.vocabulary.kinds
    reaches = [
        reach
        for reach in (found.reaches if found is not None else ())
        if reach.telling
        and kinds[reach.kind].severity_class in _ORDER
        and _given(reach, args[1:] if reach.method and "()" not in name else args, kwargs)
    ]
    if not reaches:
        return None
    worst = min(reaches, key=lambda reach: _ORDER.index(kinds[reach.kind].severity_class))
    return worst.api(name)


def _given(reach: Reach, args: list[Value], kwargs: dict[str, Value]) -> bool:
    """Whether one of the parameters that reach the effect is passed."""
    if reach.always or not reach.keywords.keys().isdisjoint(kwargs) or (reach.others and kwargs):
        return True
    return any(place < len(args) for place in reach.positional) or (reach.rest != "_" and bool(args))
