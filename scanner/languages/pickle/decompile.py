"""The decompiled program of a pickle, for people: fickling's reading of it, not ours.

fickling is the second reader: it follows the stream on its own, so it is also asked whether it sees what
the machine saw. What it does not implement (persistent ids, floats as text, …) is no disagreement.
"""

import ast
import io
import pickletools
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import FrameType
from typing import IO, cast

from msgspec.structs import replace

from scanner.blob import Blob
from scanner.languages._opinion import Opinion
from scanner.languages.pickle import fallback
from scanner.languages.pickle import reading as readings
from scanner.languages.pickle.differential import Hollow
from scanner.languages.pickle.excerpt import excerpt
from scanner.languages.pickle.machine import Reading
from scanner.languages.pickle.stream import Tokens
from scanner.languages.pickle.symbols import Symbol

LARGEST = 256 << 10  # bytes; fickling's time grows faster than its input
_SHOWN = 64 << 10  # characters
_OPCODES = 200_000  # looked at to find the pickle of an offset


def explain(blob: Blob, offset: int, seconds: float) -> Opinion:
    """fickling on the pickle around the opcode at ``offset``: Python source that does what it does, 64 Ki
    characters at most; of one with raw arrays or more than :data:`LARGEST` bytes only what that opcode acts
    on. None is tried for more than so many ``seconds``.
    """
    tokens = Tokens(blob)
    start = _start(blob, offset, tokens)
    reading = readings.read(blob, start, tokens)[0]
    unknown = Opinion(start, max(reading.end, offset + 1))
    if unknown.stop - start > LARGEST or reading.arrays:
        return _excerpt(blob, reading, offset, tokens, seconds)
    data = blob.read_at(start, LARGEST)
    if reading.error is not None:
        data = _closed(data)
    try:
        text = _guarded(data, seconds)
    except _Enough:
        return unknown
    except Exception as error:  # fickling fails in many ways
        refused = type(error).__name__ in _REFUSALS and reading.error is None
        doubt = f"fickling refuses what a loader accepts: {str(error)[:120]}" if refused else None
        return replace(unknown, doubt=doubt)
    return replace(unknown, program=text[:_SHOWN], doubt=_overlooked(reading, text))


def _excerpt(blob: Blob, reading: Reading, offset: int, tokens: Tokens, seconds: float) -> Opinion:
    """The program of one opcode. What it leaves out is no disagreement."""
    unknown = Opinion(offset, offset + 1)
    deadline = time.monotonic() + seconds
    if reading.arrays:
        reading = fallback.read(blob, reading.start, tokens)
    try:
        part = excerpt(blob, reading, offset, tokens, deadline)
        text = _guarded(part, deadline - time.monotonic()) if part else ""
    except (_Enough, Exception):  # pickletools and fickling fail in many ways
        text = ""
    shown = f"{_ABOUT.format(offset)}\n{text[:_SHOWN]}" if text else _BEYOND.format(offset)
    return replace(unknown, program=shown)


_ABOUT = "# The pickle is long or has raw arrays inside. This is what the opcode at byte {:,} acts on."
_BEYOND = "# No program is shown: the opcode at byte {:,} lies too far into its pickle, or in a broken one."
_REFUSALS = frozenset({"PickleDecodeError", "EmptyPickleError"})


def _guarded(data: bytes, seconds: float) -> str:
    """The program of a whole pickle. Raises whatever fickling raises, or :class:`_Enough`."""
    with _bounded(seconds), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        from fickling.fickle import Pickled  # noqa: PLC0415 - slow to import, and rarely needed

        return ast.unparse(Pickled.load(data).ast)


def _closed(data: bytes) -> bytes:
    """A stream that breaks, up to its break, with a STOP there."""
    file = io.BytesIO(data)
    end = 0
    try:
        for _ in pickletools.genops(file):
            end = file.tell()
    except Exception:  # that is the break
        return data[:end] + b"."
    return data


def _start(blob: Blob, offset: int, tokens: Tokens) -> int:
    """Where the pickle begins that the opcode at ``offset`` belongs to."""
    start = 0
    while start < offset:
        file = Hollow(blob, tokens, start)
        try:
            for count, (opcode, _, _) in enumerate(pickletools.genops(cast(IO[bytes], file))):
                if opcode.name == "STOP" or file.tell() > offset or count >= _OPCODES:
                    break
        except Exception:  # a break, or something only loaders read: the offset lies in this one
            return start
        if file.tell() > offset or count >= _OPCODES:
            return start
        start = file.tell()
    return start


def _overlooked(reading: Reading, text: str) -> str | None:
    """A name that the machine looked up and that the program does not have."""
    words = set(re.findall(r"\w+", text))
    names = (event for event in reading.log if isinstance(event, Symbol) and event.module != "copyreg")
    unseen = (name for name in names if name.name.isidentifier() and name.name not in words)
    return next((f"fickling does not see {name}" for name in unseen), None)


class _Enough(BaseException):
    """Nobody who catches Exception is to catch this."""


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Stop what runs inside after so many seconds, at its next call of a function."""
    deadline = time.monotonic() + seconds

    def watch(_frame: FrameType, _event: str, _argument: object) -> None:
        if time.monotonic() > deadline:
            raise _Enough

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
