"""CPython's own C unpickler, driven on symbols: what it computes is what loading would compute."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pickle import Unpickler, UnpicklingError
from typing import Any

from msgspec import Struct, field

from scanner.blob import Blob
from scanner.languages.pickle import joblib
from scanner.languages.pickle.stream import Exact, Peeking, Tokens
from scanner.languages.pickle.symbols import Event, Instance, Recorder, Symbol

# These name a fault of the stream itself, which no symbol can have caused.
_STREAM_FAULTS = ("pickle data was truncated", "invalid load key", "Memo value not found", "unexpected MARK",
                  "could not find MARK", "unpickling stack underflow")  # fmt: skip
OUT_OF_BAND = b""  # what a BUILD with it as state ignores, as with any buffer that is empty


class NeedsExact(Exception):  # noqa: N818
    """Raw arrays follow, which only a reader that never reads ahead can skip."""


class Reading(Struct):
    """What one reader made of the pickle at ``start``: up to ``end``, or up to ``error``.

    ``offsets`` holds the position of each event's opcode, if the reader knows them.
    """

    start: int
    end: int
    log: list[Event]
    unresolved: list[str] = field(default_factory=list)
    error: Exception | None = None
    offsets: list[int] | None = None
    straddles: bool = False
    frames: bool = False
    arrays: bool = False
    nested: bool = False
    gaps: tuple[tuple[int, int], ...] = ()  # where arrays and their pickles stand, if the reader knows

    @property
    def acts(self) -> bool:
        """Whether anything is imported or called: bytes that are no pickle may look like a persistent id."""
        return any(
            type(event) is Symbol or (isinstance(event, Instance) and event.callee is not None)
            for event in self.log
        )

    @property
    def faulty(self) -> bool:
        """Whether the stream itself is broken, as opposed to the machine being stopped by a symbol."""
        return isinstance(self.error, EOFError) or (
            isinstance(self.error, UnpicklingError) and str(self.error).startswith(_STREAM_FAULTS)
        )


@contextmanager
def no_collection() -> Iterator[None]:
    """Building a large graph costs twice as much when the collector keeps walking it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Machine(Unpickler):
    def __init__(self, file: Exact, recorder: Recorder) -> None:
        # ASCII, the default, stops at the text of Python 2; another caller's encoding would not.
        super().__init__(file, encoding="latin-1", buffers=repeat(OUT_OF_BAND))
        self._recorder = recorder

    def find_class(self, module: str, name: str, /) -> Any:
        return self._recorder.reference(module, name)

    def persistent_load(self, pid: Any, /) -> Any:
        return self._recorder.persistent(pid)


def read(blob: Blob, start: int, tokens: Tokens, *, exact: bool) -> Reading:
    """Run the pickle at ``start`` to its end or its break; a peeking reader unless ``exact``."""
    file = (Exact if exact else Peeking)(blob, tokens, start)

    def array(state: Any) -> None:
        if not exact:
            raise NeedsExact
        if skip_array(file, state, recorder):
            _Machine(file, recorder).load()

    recorder = Recorder(tokens.marks, array)
    reading = Reading(start, start, recorder.log, recorder.unresolved)
    with no_collection():
        try:
            _Machine(file, recorder).load()
        except Exception as error:  # whatever stops the machine is the stream's doing
            reading.error = error
    reading.end, reading.arrays, reading.nested = file.position, recorder.arrays, recorder.nested
    reading.straddles, reading.frames = exact and file.straddles, file.frames
    return reading


def skip_array(file: Exact, state: Any, recorder: Recorder) -> bool:
    """Move past one raw joblib array; true if it is a pickle instead, which the caller loads."""
    count, alignment, pickled = joblib.extent(state, recorder.dtype)
    if pickled:
        recorder.nested = True
        return True
    if alignment is not None:
        padding = file.read(1)
        file.read(padding[0] if padding else 0)
    file.skip(count)
    return False
