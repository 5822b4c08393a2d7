"""Calls that no row of the tables is about: what the source of the library says that they do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.analysis import effects
from scanner.analysis.containers import boxes
from scanner.analysis.here import Here
from scanner.analysis.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.knowledge.apis import Api
    from scanner.knowledge.summaries import Reach

# Looking up and calling back is no effect by itself: what is called back is followed, and the rest is judged
# by what it is handed, like an unknown call.
_ORDER = ("runs", "acts", "reads")
_METHODS = (".__new__", ".__setstate__")
_CONFIGURATIONS = frozenset({"keras", "yaml"})
_CODE = frozenset({"python", "command", "argv"})
_WORDS = re.compile(r"\S\s+\S|\w\(")  # a command line, a call


def harmless(here: Here, name: str) -> bool:
    """Whether nothing comes of calling ``name``, by the tables or by its source. What is said of a class
    holds for making its objects and for setting their state."""
    for suffix in _METHODS:
        if name.endswith(suffix) and here.knowledge.harmless(name.removesuffix(suffix)):
            return True
    return here.knowledge.harmless(name)


def act(here: Here, name: str, receiver: Value, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
    """Do what ``name`` does with these arguments; None when its source is not known to do anything."""
    api = None if _written(here, name) else next(_apis(here, name, args, kwargs), None)
    return None if api is None else effects.act(here, api, name, receiver, args, kwargs, modelled=False)


def run(here: Here, name: str, receiver: Value, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
    """The same for a script that hands code or a command line to a library whose source says that it runs
    them; None when nothing does. A script calls unknown functions all the time, and what a library does by
    itself is its own business: only what is code by its looks is held against it."""
    if not any(map(_like_code, (*args, *kwargs.values()))) or _written(here, name, family=False):
        return None
    for api in _apis(here, name, args, kwargs):
        given = effects.roles(api, args, kwargs)
        if here.knowledge.vocabulary.kinds[api.kind].severity_class == "runs" and any(
            role in _CODE and _like_code(value) for _, role, value in given
        ):
            return effects.act(here, api, name, receiver, args, kwargs, modelled=False)
    return None


def _like_code(value: Value) -> bool:
    """Whether a text has several words, or a list begins with a program."""
    texts = [text for text in value.consts if isinstance(text, str)]
    firsts = [box.items[0] for box in boxes(value) if box.kind in ("list", "tuple") and box.items]
    return any(_WORDS.search(text) for text in texts) or any(first.consts for first in firsts)


def _apis(here: Here, name: str, args: list[Value], kwargs: dict[str, Value]) -> Iterator[Api]:
    """The effects that the arguments reach, as rows, the worst one first."""
    found = here.knowledge.derived(name)
    kinds = here.knowledge.vocabulary.kinds
    reaches = [
        reach
        for reach in (found.reaches if found is not None else ())
        if reach.telling
        and not (
            reach.always and reach.kind.startswith("code.")
        )  # its own code: ``namedtuple`` is made of some
        and kinds[reach.kind].severity_class in _ORDER
        and _given(reach, args[1:] if reach.method and "()" not in name else args, kwargs)
    ]
    for reach in sorted(reaches, key=lambda reach: _ORDER.index(kinds[reach.kind].severity_class)):
        yield reach.api(name)


def _written(here: Here, name: str, *, family: bool = True) -> bool:
    """Whether somebody wrote a row about the name, or that its ``family`` acts. That a family is harmless is
    a rule of thumb, which the source of one of them outdoes; but configurations name layers and callbacks,
    which do with it what their language says."""
    knowledge, ours = here.knowledge, here.program.language in _CONFIGURATIONS
    owner = next((name.removesuffix(s) for s in _METHODS if name.endswith(s)), name)
    if not family:
        return any(map(knowledge.exact, (name, owner)))
    return any(
        knowledge.effect(n) is not None or (knowledge.inert(n) is not None and (ours or knowledge.exact(n)))
        for n in (name, owner)
    )


def _given(reach: Reach, args: list[Value], kwargs: dict[str, Value]) -> bool:
    """Whether one of the parameters that reach the effect is passed."""
    if reach.always or not reach.keywords.keys().isdisjoint(kwargs) or (reach.others and kwargs):
        return True
    return any(place < len(args) for place in reach.positional) or (reach.rest != "_" and bool(args))
