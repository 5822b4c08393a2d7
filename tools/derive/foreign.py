"""Summaries of other packages, as they were written down when those were derived."""

from pathlib import Path

from scanner.knowledge.summaries import Derived, Reach, Summaries
from tools.derive.domain import DATA, Hop, Parameter, Summary


class Foreign:
    """The folder of results, read as the scanner reads it."""

    def __init__(self, folder: Path) -> None:
        self._summaries = Summaries(folder)
        self._kept: dict[str, Summary | None] = {}

    def knows(self, name: str) -> bool:
        """Whether something was derived of a name."""
        return self._summaries.find(name) is not None

    def summary(self, name: str, *, bound: bool) -> Summary | None:
        """The summary of a callable of another package; ``bound``: without the object of the method."""
        key = f"{name}()" if bound else name
        if key not in self._kept:
            found = self._summaries.find(name)
            self._kept[key] = None if found is None else _summary(found, bound=bound)
        return self._kept[key]


def _summary(found: Derived, *, bound: bool) -> Summary:
    """Parameters whose names and places matter, in an order in which they can be bound."""
    first = int(not bound and any(r.method for r in found.reaches))
    places = max((i + first for r in found.reaches for i in r.positional), default=-1) + 1
    parameters = [Parameter(f"_{i}") for i in range(places)]
    parameters.append(Parameter("_", "star"))
    keywords = sorted({k for r in found.reaches for k in r.keywords})
    names = {k: places + 1 + i for i, k in enumerate(keywords)}
    parameters += [Parameter(k, "keyword") for k in keywords]
    summary = Summary((*parameters, Parameter("_rest", "stars")), returns=DATA)
    for reach in found.reaches:
        hop = Hop(2, reach.line, reach.callee)
        for atom, role in _atoms(reach, places, names, first):
            summary.effects.setdefault((reach.kind, atom), (role, hop))
    if found.calls:
        summary.effects["call.indirect", None] = "_", Hop(1, 0, found.name)
    elif not found.inert and not found.reaches:
        summary.unknown = Hop(1, 0, found.name)
    return summary


def _atoms(reach: Reach, places: int, names: dict[str, int], first: int) -> list[tuple[int | None, str]]:
    if reach.always:
        return [(None, "_")]
    found: list[tuple[int | None, str]] = [(i + first, role) for i, role in reach.positional.items()]
    found += [(names[k], role) for k, role in reach.keywords.items()]
    if reach.rest != "_":
        found.append((places, reach.rest))
    return found
