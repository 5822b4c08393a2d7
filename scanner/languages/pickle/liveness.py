"""Which events of a log matter: those that act, and the inert ones that are handed something live."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from scanner.languages.pickle.symbols import STAND_INS, Event, Symbol

_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})


def live_events(log: Sequence[Event]) -> list[int]:
    """The indices of the live events, in order.

    Live are: a global that is not known to be inert; a call of one, or of a call's result; a
    change of a class or a module; a change of something live; and a call or change that is inert
    by itself but reaches something live through its arguments.
    """
    live: set[int] = set()
    marked: list[int] = []
    folded: list[int] = []
    event: Any
    for index, event in enumerate(log):
        if type(event) is tuple:
            subject = event[1]
            alive = id(subject) in live or type(subject) is Symbol
        else:
            # A loop over millions: exact types, which are all there are here, cost least.
            callee: Any = event if type(event) is Symbol else event.callee
            alive = not callee.inert if type(callee) is Symbol else callee is not None
            if alive:
                live.add(id(event))
        (marked if alive else folded).append(index)
    if live and any(not isinstance(log[index], Symbol) for index in folded):
        reached = _reaching([log[index] for index in folded], live)
        marked += [index for index in folded if id(log[index]) in reached]
        marked.sort()
    return marked


def _reaching(events: Iterable[Event], live: set[int]) -> set[int]:
    """The ids of the objects among and below ``events`` from which something live can be reached."""
    parents: dict[int, list[int]] = defaultdict(list)
    todo: list[Any] = [e for e in events if not isinstance(e, Symbol)]
    seen = {id(event) for event in todo}
    for event in todo:
        if type(event) is tuple:
            # What is put into an object is reached by whatever holds that object.
            for held in event[2:]:
                parents[id(held)].append(id(event[1]))
    while todo:
        parent = todo.pop()
        inside = gc.get_referents(parent)
        if type(parent) is dict:
            inside += list(parent)
        for child in inside:
            kind = type(child)
            if isinstance(child, Symbol) and id(child) not in live:
                continue
            if kind in _CONTAINERS or isinstance(child, STAND_INS):
                parents[id(child)].append(id(parent))
                if id(child) not in seen and not isinstance(child, Symbol):
                    seen.add(id(child))
                    todo.append(child)
    reached: set[int] = set()
    rising = [each for each in live if each in parents]
    while rising:
        for parent_id in parents[rising.pop()]:
            if parent_id not in reached:
                reached.add(parent_id)
                rising.append(parent_id)
    return reached
