"""The state of a pickle loader, as far as telling a pickle from other bytes needs it."""

import re

from msgspec import Struct, field

from scanner.blob import Window

CHUNK = 8192
LINE = 1 << 16  # no name is longer, and a longer number shows what it is
CONVINCING = 1024  # operations after which a sound stream is a pickle, if they are of several sorts
STOPPED = 16  # ... or after so many, once it has come to a STOP
SORTS = 4

# kinds of stack items
CONST, TUPLE, CONTAINER, GLOBAL, UNKNOWN = "ctmg?"

IMPORTABLE = re.compile(r"""[^\s"'()\[\]{}<>,;:=/\\\0]+""")


class Stop(Exception):  # noqa: N818 - an outcome of the walk
    """The loader would raise here."""


class Tape(Struct):
    """The bytes of the stream, a chunk at a time, and the position in them."""

    window: Window
    position: int = 0
    chunk: bytes = b""
    start: int = 0  # of the chunk

    def peek(self, count: int) -> bytes:
        """Up to ``count`` bytes; fewer only at the end."""
        index = self.position - self.start
        if not 0 <= index <= len(self.chunk) - count:
            self.chunk = self.window.read_at(self.position, max(count, CHUNK))
            self.start, index = self.position, 0
        return self.chunk[index : index + count]

    def near(self) -> bytes:
        """What is left of the chunk in hand."""
        self.peek(1)
        return self.chunk[self.position - self.start :]

    def number(self, width: int, *, signed: bool = False) -> int:
        """A little-endian integer."""
        data = self.peek(width)
        if len(data) < width:
            raise Stop
        self.position += width
        return int.from_bytes(data, "little", signed=signed)

    def line(self, form: re.Pattern[bytes] | None = None) -> bytes:
        """A line without its newline; the first 64 KiB of a longer one, all of which is passed unless
        those are not of the ``form`` that is wanted.

        At the end of the data the C reader drops a byte as if it were the newline.
        """
        data = self.near()
        end = data.find(b"\n")
        if end < 0:
            data = self.peek(LINE)
            end = data.find(b"\n")
        if end < 0 and len(data) == LINE:
            if form and not form.match(data):
                raise Stop
            self.skip_line()
            return data
        if end < 0:
            end = len(data) - 1
        self.position += end + 1
        if end < 1:
            raise Stop
        return data[:end]

    def skip_line(self) -> None:
        """Pass a line of any length."""
        while data := self.near():
            end = data.find(b"\n")
            self.position += len(data) if end < 0 else end + 1
            if end >= 0:
                return
        raise Stop


class Walk(Struct):
    """The loader's state, as far as it matters, and what the stream has shown so far."""

    tape: Tape
    stack: list[str] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, str] = field(default_factory=dict)
    sorts: set[int] = field(default_factory=set)
    operations: int = 0
    protocol: int | None = None
    framed: bool = False
    looked_up: bool = False
    acted: bool = False  # a call, or a change to something that was looked up
    stopped: bool = False  # the last operation was a STOP

    def convinced(self) -> bool:
        """Whether what has been seen cannot reasonably be anything but a pickle."""
        several = len(self.sorts) >= SORTS
        return (
            self.acted
            or (self.protocol is not None and (self.framed or self.looked_up or self.stopped))
            or (several and self.operations >= (STOPPED if self.stopped else CONVINCING))
        )

    def pop(self, count: int) -> list[str]:
        """The top items, which must lie above the last mark."""
        floor = self.marks[-1] if self.marks else 0
        if len(self.stack) - count < floor:
            raise Stop
        popped = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return popped

    def pop_mark(self) -> list[str]:
        """Everything above the last mark."""
        if not self.marks:
            raise Stop
        mark = self.marks.pop()
        popped = self.stack[mark:]
        del self.stack[mark:]
        return popped

    def act(self, target: str, operands: list[str]) -> None:
        """Something is done to ``target``. Two bare names in a row do not make an operation: that
        is what a list of words looks like."""
        if self.looked_up and target in (GLOBAL, UNKNOWN) and any(o != GLOBAL for o in operands):
            self.acted = True

    def look_up(self) -> None:
        """The two lines of GLOBAL and INST. Without a protocol header, the names must be such that
        an import could succeed."""
        for line in (self.tape.line(), self.tape.line()):
            try:
                text = line.decode()
            except UnicodeDecodeError:
                raise Stop from None
            if self.protocol is None and not IMPORTABLE.fullmatch(text):
                raise Stop
        self.looked_up = True
