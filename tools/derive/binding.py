"""Arguments of a call, and which parameter gets which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.derive.domain import Parameter, Value, data, join


@dataclass(frozen=True, slots=True)
class Given:
    """One argument: by ``keyword`` (``**`` for a mapping), or a ``spread`` iterable."""

    value: Value
    keyword: str | None = None
    spread: bool = False


def taken(args: Iterable[Given], *others: Value) -> Value:
    """Data that all of these went into."""
    return data(*(a.value for a in args), *others)


def bind(parameters: tuple[Parameter, ...], args: list[Given], *, loose: bool) -> list[Value | None]:
    """What each parameter gets; None for nothing. ``loose``: nobody knows which gets which."""
    found: list[list[Value]] = [[] for _ in parameters]
    places = [i for i, p in enumerate(parameters) if p.kind == "plain"]
    star = next((i for i, p in enumerate(parameters) if p.kind == "star"), None)
    stars = next((i for i, p in enumerate(parameters) if p.kind == "stars"), None)
    names = {p.name: i for i, p in enumerate(parameters) if p.kind in ("plain", "keyword")}
    position = 0
    for given in args:
        if loose:
            targets = list(range(len(parameters)))
        elif given.keyword == "**":
            targets = [*names.values(), *([stars] if stars is not None else [])]
        elif given.keyword is not None:
            where = names.get(given.keyword, stars)
            targets = [] if where is None else [where]
        elif given.spread:
            targets = [*places[position:], *([star] if star is not None else [])]
        else:
            where = places[position] if position < len(places) else star
            targets = [] if where is None else [where]
            position += 1
        for target in targets:
            found[target].append(given.value)
    return [join(values) if values else None for values in found]
