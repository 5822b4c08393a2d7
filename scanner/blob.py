"""Bytes to look at, as windows that can be far larger than memory, and code to lower.

Nothing here reads a whole file: a 20 GB checkpoint carries kilobytes that can hold code, so a
:class:`Blob` is a seekable window and every byte that is fetched through it is counted.
"""

import os
import stat
import struct
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct

from scanner.errors import OverBudget
from scanner.site import Site, Step, Trigger

SIZE, QUESTION, REPLY = ">Q", ">QI", ">?I"  # of RemoteWindow, in the language of struct
AT_ONCE = 1 << 20  # bytes of one answer


class Window(Protocol):
    """A random-access run of bytes."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    def read_at(self, offset: int, count: int) -> bytes:
        """Up to ``count`` bytes from ``offset``; fewer only at the end of the window."""


class FileWindow(Struct, eq=False):
    """An open file descriptor. The owner of the descriptor closes it."""

    descriptor: int
    size: int
    bytes_read: int = 0

    def read_at(self, offset: int, count: int) -> bytes:
        count = min(count, self.size - offset)
        data = os.pread(self.descriptor, count, offset) if count > 0 else b""
        while 0 < len(data) < count and (
            more := os.pread(self.descriptor, count - len(data), offset + len(data))
        ):
            data += more
        self.bytes_read += len(data)
        return data


class RemoteWindow(Struct, eq=False):
    """Bytes that another process fetches from far away; ``descriptor`` is a stream socket to it.

    It first says the size (:data:`SIZE`). From then on each question (:data:`QUESTION`: offset and count)
    gets one answer (:data:`REPLY`: whether it failed, and a length; then so many bytes: the content, of
    which there is less than asked for only at the end, or the reason). The owner closes the descriptor.
    """

    descriptor: int
    size: int = 0

    def __post_init__(self) -> None:
        (self.size,) = struct.unpack(SIZE, self._receive(struct.calcsize(SIZE)))

    def read_at(self, offset: int, count: int) -> bytes:
        parts = []
        count = min(count, self.size - offset)
        while count > 0:
            os.write(self.descriptor, struct.pack(QUESTION, offset, min(count, AT_ONCE)))
            failed, length = struct.unpack(REPLY, self._receive(struct.calcsize(REPLY)))
            data = self._receive(length)
            if failed or not data:
                raise OverBudget(f"its content could not be fetched: {data.decode('utf-8', 'replace')}")
            parts.append(data)
            offset += length
            count -= length
        return b"".join(parts)

    def _receive(self, count: int) -> bytes:
        parts = []
        while count > 0:
            data = os.read(self.descriptor, count)
            if not data:
                raise OverBudget("its content could not be fetched: the connection has ended")
            parts.append(data)
            count -= len(data)
        return b"".join(parts)


def window(descriptor: int) -> FileWindow | RemoteWindow:
    """What a descriptor that a parent hands out can be read through: an open file, or a stream socket."""
    status = os.fstat(descriptor)
    if stat.S_ISSOCK(status.st_mode):
        return RemoteWindow(descriptor)
    return FileWindow(descriptor, status.st_size)


class BytesWindow(Struct, frozen=True):
    """Bytes already in memory, such as a decoded constant."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def read_at(self, offset: int, count: int) -> bytes:
        return self.data[offset : offset + count]


class SubWindow(Struct, frozen=True):
    """A part of another window."""

    whole: Window
    start: int
    size: int

    def read_at(self, offset: int, count: int) -> bytes:
        count = min(count, self.size - offset)
        return self.whole.read_at(self.start + offset, count) if count > 0 else b""


class NearWindow(Struct, eq=False):
    """Another window, of which small pieces near each other are wanted, each close behind the last.

    At least ``ahead`` bytes are fetched at once, and those of last time are at hand without asking again.
    """

    whole: Window
    ahead: int = 2048
    size: int = 0
    start: int = 0
    data: bytes = b""

    def __post_init__(self) -> None:
        self.size = self.whole.size

    def read_at(self, offset: int, count: int) -> bytes:
        at = offset - self.start
        if 0 <= at <= len(self.data) - count:
            return self.data[at : at + count]
        if count >= self.ahead:
            return self.whole.read_at(offset, count)
        self.start, self.data = offset, self.whole.read_at(offset, self.ahead)
        return self.data[:count]


class Blob(Struct, frozen=True):
    """A window with the trail that leads to it.

    ``steps`` says how a blob that came out of *code* (a constant handed to ``pickle.loads``) got
    here, ``trigger`` when its content would be loaded. ``expected`` names a format that the
    container promises, e.g. a ``data.pkl`` member: when nothing matches it, that is an anomaly.
    ``raw`` says that its loader reads numbers there, whatever they are, as from a tensor's storage.
    """

    trail: tuple[str, ...]
    window: Window
    trigger: Trigger = Trigger.LOAD
    steps: tuple[Step, ...] = ()
    expected: str | None = None
    raw: bool = False

    @property
    def size(self) -> int:
        return self.window.size

    @property
    def site(self) -> Site:
        return Site(self.trail)

    def read_at(self, offset: int, count: int) -> bytes:
        return self.window.read_at(offset, count)

    def part(
        self, name: str, start: int, size: int, *, expected: str | None = None, raw: bool = False
    ) -> "Blob":
        """The bytes ``start`` to ``start + size`` as a blob of their own, one step further in."""
        return self.inner(name, SubWindow(self.window, start, size), expected=expected, raw=raw)

    def inner(self, name: str, window: Window, *, expected: str | None = None, raw: bool = False) -> "Blob":
        """Something unwrapped from this blob: same trigger and steps, a longer trail."""
        return Blob((*self.trail, name), window, self.trigger, self.steps, expected, raw)


class Run(NamedTuple):
    """Numbers from ``start`` on, ``size`` bytes of them, with their first and last bytes."""

    name: str
    start: int
    size: int
    head: bytes
    tail: bytes


class Numbers(Struct, frozen=True):
    """Runs of numbers in a blob, each of which could be a raw part of it: a checkpoint has thousands."""

    blob: Blob
    runs: list[Run]

    @property
    def trail(self) -> tuple[str, ...]:
        return self.blob.trail

    def part(self, run: Run) -> Blob:
        """One of them as a blob of its own."""
        return self.blob.part(run.name, run.start, run.size, raw=True)


class Fragment(Struct, frozen=True):
    """Code to lower: which language it is in, where it stands, when it runs and how it got there.

    ``blob`` holds the code itself: source text as UTF-8, a pickle stream, marshalled bytecode.
    ``script`` is true when the file is code to everybody (a ``.py`` file), false when its reader
    takes it for data (a checkpoint, a template, a constant inside one). ``ran``: it has been analysed
    inside the program that runs it, and only its text is still to be looked at.
    """

    language: str
    blob: Blob
    trigger: Trigger
    script: bool = False
    ran: bool = False

    @property
    def trail(self) -> tuple[str, ...]:
        return self.blob.trail

    @property
    def site(self) -> Site:
        return self.blob.site

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.blob.steps


MEMBER = "!/"  # between the path of an archive and that of a file in it


def place(trail: tuple[str, ...]) -> str:
    """Where the source file is that ``trail`` leads to or into: its path, or its way through archives."""
    inside = next((at for at, name in enumerate(trail) if name.endswith(".py")), 0)
    return MEMBER.join(trail[: inside + 1])


class Neighbours(Protocol):
    """The other files of the tree that a scanned file is part of."""

    def open(self, paths: Sequence[str], /, *, large: bool = False) -> Blob | None:
        """The first of ``paths`` (like that of the scanned file) that is a regular file, whole; None when
        there is none. :class:`~scanner.errors.OverBudget` when it is too large, or one too many; ``large``
        ones are not source code, and may be as large as a constant."""


class Alone:
    """Nothing is beside the file."""

    def open(self, _paths: Sequence[str], /, *, large: bool = False) -> Blob | None:  # noqa: ARG002
        return None
