"""Arguments of a call, and which parameter gets which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.knowledge.apis import Api
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


def kind_of(kind: str, roles: list[tuple[str, Given]]) -> str:
    """What opening a file is, by the mode that it is opened in."""
    if kind != "file.open":
        return kind
    modes = [g.value for role, g in roles if role == "mode"]
    if any(set(c) & set("wax+") for mode in modes for c in mode.consts):
        return "file.write"
    return "file.open" if any(mode.atoms or mode.opaque for mode in modes) else "file.read"


def roles_of(api: Api, args: list[Given]) -> list[tuple[str, Given]]:
    """Each argument with the role that the row gives it."""
    roles: list[tuple[str, Given]] = []
    position = 0
    for given in args:
        if given.keyword == "**" or given.spread:
            left = [*api.positional[position:], api.rest] if given.spread else [*api.keywords.values()]
            telling = [r for r in left if r != "_"]
            roles += [(role, given) for role in telling] or [("_", given)]
        elif given.keyword is not None:
            roles.append((api.role(given.keyword), given))
        else:
            roles.append((api.role(position), given))
            position += 1
    return roles
