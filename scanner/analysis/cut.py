"""Constants that are not computed to their end: too large, or made in more turns than a program may have.

Whatever is made of one carries that it is cut, as it would carry where its data come from; and when it is
run or looked up, where the rest might have said something else, that is told.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.analysis.containers import inside
from scanner.analysis.evaluate import UNFINISHED
from scanner.analysis.here import Here
from scanner.analysis.values import Value
from scanner.facts import Source

# Roles of arguments whose whole text decides on what happens; of a path, for example, it does not.
_DECISIVE = frozenset({
    "python", "command", "argv", "program", "module", "name", "attribute",
    "pickle", "marshal", "yaml", "jinja",
})  # fmt: skip


def evident(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Those of ``sources`` that are facts: where data come from, not that they are cut."""
    return tuple(source for source in sources if source.kind != UNFINISHED)


def unfinished(value: Value) -> bool:
    """Whether a value, or something in it, is cut."""
    return any(s.kind == UNFINISHED for v in inside(value) for s in v.sources)


def tell(here: Here, callee: str, given: Iterable[tuple[str, str, Value]]) -> None:
    """Note that what ``callee`` is ``given`` (each with its role) was not computed to its end, if so."""
    if not here.frame.trigger.immediate:
        return
    for _, role, value in given:
        if role in _DECISIVE and unfinished(value):
            message = f"what {callee} is handed is too large, or made in too many turns, to be computed"
            here.machine.exceeded[here.site, message] = None
