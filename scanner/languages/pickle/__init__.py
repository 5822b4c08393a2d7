"""Pickle streams: the C unpickler is run on symbols, and what it would have done becomes IR.

Each pickle of a stream is a program of its own (``unit`` is the byte offset of the opcode); one in
which everything folds (known-inert constructors on inert data) yields none.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob, Fragment
from scanner.facts import Anomaly
from scanner.languages._opinion import Opinion
from scanner.languages.pickle import reading as readings
from scanner.languages.pickle.liveness import live_events
from scanner.languages.pickle.machine import Reading, no_collection
from scanner.languages.pickle.stream import Tokens
from scanner.languages.pickle.symbols import Event, Instance, Symbol, root
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "pickle"


_RAW = 1 << 20  # bytes; what follows the last pickle and is longer than that is a legacy file's storages


def lower(fragment: Fragment, budget: Budget) -> Iterator["Program | Anomaly | Blob"]:
    """Every pickle in the fragment: one after STOP may be followed by another.

    What follows the last one and does not behave like a pickle (the storages of a legacy PyTorch
    file) comes out as a blob.
    """
    blob = fragment.blob
    if blob.size == 0:
        yield Anomaly("malformed", "The pickle is empty", blob.site.at(offset=0))
    tokens = Tokens(blob)
    every = readings.pickles(blob, tokens, budget)
    while True:
        with no_collection():  # of this pickle alone: what many of them leave behind must go
            primary, others = next(every, (None, ()))
            if primary is None:
                return
            tail = primary.start and primary.error is not None and not primary.acts
            found = [] if tail else list(_judge(fragment, primary, others, tokens, budget))
        yield from found
        if tail:
            rest = blob.size - primary.start
            yield blob.part("(after the pickle)", primary.start, rest, raw=rest > _RAW)
            return


def explain(blob: Blob, offset: int, seconds: float) -> Opinion:
    """fickling's reading of the pickle around ``offset``."""
    from scanner.languages.pickle import decompile  # noqa: PLC0415 - only findings need it

    return decompile.explain(blob, offset, seconds)


def _judge(
    fragment: Fragment, primary: Reading, others: tuple[Reading, ...], tokens: Tokens, budget: Budget
) -> Iterator["Program | Anomaly"]:
    live = live_events(primary.log)
    if live:
        budget.spend("parts")
    if live or others:  # imported late: a checkpoint in which everything folds needs none of it
        from scanner.languages.pickle.lowering import program  # noqa: PLC0415
    if live:
        yield program(fragment, primary, live, tokens, budget)
    shown = _shape(primary) if others else []
    for other in others:
        shape = _shape(other)
        if shape != shown[: len(shape)] and (more := live_events(other.log)):
            yield program(fragment, other, more, tokens, budget)
    yield from _faults(fragment.blob, primary, tokens)
    if not primary.arrays and any(_acts(primary.log[index]) for index in live):
        from scanner.languages.pickle.differential import compare  # noqa: PLC0415

        yield from compare(fragment.blob, primary, tokens)


def _acts(event: Event) -> bool:
    """Making an object of a class and giving it its state is not yet a reason for a second opinion."""
    if type(event) is tuple:
        return isinstance(event[1], Symbol)
    return isinstance(event, Instance) and event.how in ("call", "spread")


def _faults(blob: Blob, reading: Reading, tokens: Tokens) -> Iterator[Anomaly]:
    site = blob.site.at(offset=reading.start)
    if reading.straddles:
        message = "An argument crosses the end of a frame, which loaders read in different ways"
        yield Anomaly("differential", message, site)
    for what in dict.fromkeys(reading.unresolved):
        yield Anomaly("unresolved", f"The stream cannot be followed: {what}", site)
    if reading.error is not None:
        kind, what = readings.fault(reading.error)
        readings.locate(blob, reading, tokens)
        yield Anomaly(kind, f"The pickle cannot be read to its end: {what}", site.at(offset=reading.end))


def _shape(reading: Reading) -> list[tuple[str, str]]:
    """What makes two readings the same: what they do to which globals, in order."""
    shape = []
    for event in reading.log:
        match event:
            case Symbol():
                shape.append(("name", str(event)))
            case Instance(how=how):
                shape.append((how, str(root(event))))
            case (how, subject, _, _):
                shape.append((how, str(root(subject))))
    return shape
