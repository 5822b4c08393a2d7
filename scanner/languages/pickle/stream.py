"""The file that the unpickler reads from: it skips large buffers instead of reading them.

The C unpickler fills a large bytes object through ``readinto``. :class:`Exact` answers by moving
on and leaves the object as it was allocated, but for a token in its first bytes, so that the window
it stands for can still be found when the object turns out to be handed to a call.
"""

import os
import re
from typing import Any

from scanner.blob import Blob
from scanner.errors import OverBudget

SKIP = 4096
"""Buffers of at least this many bytes are skipped."""

LARGEST = 64 << 20  # text or frame, in bytes, that is read into memory at the C machine's request

LINE = 256 << 20  # bytes of a text argument

_NONE, _OPCODE, _LENGTH, _PAYLOAD = range(4)
_FRAME_OPCODE = b"\x95"
_FRAME = re.compile(rb"\x95(?=(.{5}\0\0\0))", re.DOTALL)  # a literal first: then few places are tried
_FIRST, _CHUNK = 512, 128 << 10

_NUMBERS = (b"I", b"L", b"F", b"g", b"p")  # opcodes whose argument is a number in a line
_NUMERIC = re.compile(rb"[\s\w.+-]*")
_LONG = 2  # chunks of a line after which it is worth asking whether it can be a number


class Oversize(Exception):  # noqa: N818 - a request, not a fault: the fallback can serve it
    """The machine asks for more at once than we want in memory."""


class Tokens:
    """Marks in skipped buffers. The secret keeps a stream from forging one."""

    LENGTH = 32

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self._secret = os.urandom(16)

    def make(self, start: int, size: int) -> bytes:
        """The mark of the window of ``size`` bytes from ``start``."""
        return self._secret + start.to_bytes(8, "little") + size.to_bytes(8, "little")

    def marks(self, value: Any) -> bool:
        """Whether ``value`` is a buffer that was skipped."""
        return type(value) in (bytes, bytearray) and value[:16] == self._secret

    def window(self, value: bytes | bytearray) -> Blob:
        """The part of the blob that a skipped buffer stands for."""
        start, size = (int.from_bytes(value[at : at + 8], "little") for at in (16, 24))
        return self._blob.part(f"buffer@{start}", start, max(size, len(value)))


class Exact:
    """A file without ``peek``: the machine asks for exact counts, so ``position`` is always true.

    This is also how the machine reads a ``BytesIO``. ``straddles`` tells that the argument of an
    opcode crosses the end of a FRAME: what is left of the frame is then dropped by readers such as
    this one and kept by others (CPython issue 154848), so one stream means two programs.
    """

    def __init__(self, blob: Blob, tokens: Tokens, start: int = 0, largest: int = LARGEST) -> None:
        self.position = start
        self.straddles = False
        self.frames = False  # bytes that look like a FRAME opcode were seen by a peeking reader
        self._blob = blob
        self._tokens = tokens
        self._largest = largest
        self._chunk = b""
        self._chunk_start = start
        self._ahead = _FIRST
        self._state, self._length = _NONE, 0

    def _next(self, count: int) -> bytes:
        """The ``count`` bytes at the position; what is left of the chunk is not read again."""
        at = self.position - self._chunk_start
        left = self._chunk[at : at + count]
        return left + self._blob.read_at(self.position + len(left), count - len(left))

    def _fill(self) -> None:
        self._chunk = self._next(self._ahead)
        self._chunk_start = self.position
        self._ahead = min(2 * self._ahead, _CHUNK)

    def _take(self, count: int) -> bytes:
        at = self.position - self._chunk_start
        if not 0 <= at <= len(self._chunk) - count:
            if count > self._blob.size - self.position:
                return b""  # the caller fails on any short answer, so nothing is read for it
            if count > self._largest:
                raise Oversize
            if count > self._ahead:
                data = self._next(count)
                self.position += count
                return data
            self._fill()
            at = 0
        self.position += count
        return self._chunk[at : at + count]

    def read(self, count: int) -> bytes:
        """Exactly ``count`` bytes, or none at all when the blob is shorter."""
        data = self._take(count)
        if self._state == _LENGTH and count == self._length:
            self._state = _PAYLOAD
            return data
        self.straddles |= self._state == _PAYLOAD and count != 1
        if data == _FRAME_OPCODE:  # other arguments of eight bytes may look like a length as well
            self._state = _OPCODE
        else:
            self._state = _LENGTH if self._state == _OPCODE and count == 8 else _NONE
        self._length = int.from_bytes(data, "little")
        return data

    def readinto(self, view: memoryview) -> int:
        """Fill ``view``, or skip what it stands for."""
        self.straddles |= self._state == _PAYLOAD
        self._state = _NONE
        size = len(view)
        if size < SKIP:
            data = self._take(size)
            view[: len(data)] = data
            return len(data)
        if size > self._blob.size - self.position:
            return 0
        view[: Tokens.LENGTH] = self.skip(size)
        return size

    def skip(self, size: int) -> bytes:
        """Move past ``size`` bytes; the token of what was skipped."""
        if size > self._blob.size - self.position:
            raise EOFError("a buffer that is longer than the file")
        token = self._tokens.make(self.position, size)
        self.position += size
        self._ahead = _FIRST
        return token

    def readline(self) -> bytes:
        """Up to and including the next newline; as long as one constant may be."""
        self.straddles |= self._state == _PAYLOAD
        self._state = _NONE
        parts: list[bytes] = []
        start = self.position
        while (at := self._available().find(b"\n")) < 0:
            parts.append(self._available())
            self.position += len(parts[-1])
            if not parts[-1]:
                return b"".join(parts)
            if len(parts) == _LONG and self._is_no_number(start, b"".join(parts)):
                raise ValueError("a number that is none")
            if sum(map(len, parts)) > LINE:
                raise OverBudget(f"a line of more than {LINE:,} bytes")
        parts.append(self._take(at + 1))
        return b"".join(parts)

    def _is_no_number(self, start: int, text: bytes) -> bool:
        """Whether the long line that begins with ``text`` makes the machine fail, whatever follows: the
        weights behind a checkpoint's last pickle may look like one more, without a newline for a gigabyte.
        """
        end = _NUMERIC.match(text).end()  # type: ignore[union-attr] # an empty match is one
        opcode = self._blob.read_at(start - 1, 1) if start else b""
        return opcode in _NUMBERS and end < len(text) and text[end] != 0  # C takes a NUL for the end

    def _available(self) -> bytes:
        at = self.position - self._chunk_start
        if not 0 <= at < len(self._chunk):
            self._fill()
            at = 0
        return self._chunk[at:]


class Peeking(Exact):
    """A file with ``peek``: the machine reads ahead, at full speed on streams without frames."""

    def peek(self, _count: int) -> bytes:
        """What comes next, without moving. The machine bears a shorter answer than it asked for."""
        overlap = self._chunk[-8:]
        ahead = self._available()
        if not self.frames:
            self.frames = any(
                int.from_bytes(match[1], "little") <= self._blob.size
                for match in _FRAME.finditer(overlap + ahead)
            )
        return ahead
