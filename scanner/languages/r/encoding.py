"""The three ways in which R writes numbers and strings: big-endian, as this machine has them, and as text.

Source: "Serialization Formats" in R Internals, and ``src/main/serialize.c``. Long vectors are stepped over.
"""

import re
import struct
from typing import Protocol

from scanner.blob import Blob
from scanner.errors import Malformed

FEWEST, MOST = 512, 1 << 16  # bytes that are fetched at once: more as long as reading goes straight on
KEPT = 4096  # numbers of a vector that are kept
LONGEST = 1 << 16  # bytes of a text that are kept
WORD = re.compile(rb"\s*(\S+)")
ESCAPES = {
    ord(c): v for c, v in zip("ntvbrfa\\?'\"", b"\n\t\v\b\r\f\a\\?'\"", strict=True)
}  # fmt: skip
SIZES = {"i": 4, "d": 8}


class Encoding(Protocol):
    """Reads forwards. What is longer than is kept comes back as None."""

    position: int

    def integer(self) -> int: ...
    def numbers(self, kind: str, count: int, /) -> tuple[float, ...] | None: ...
    def text(self, length: int) -> bytes | None: ...
    def raw(self, count: int) -> tuple[int, int] | None: ...


class _Tape:
    """Bytes of a blob, and the position in them."""

    def __init__(self, blob: Blob, position: int) -> None:
        self.position = position
        self._blob, self._size = blob, blob.size
        self._chunk, self._start, self._amount = b"", position, FEWEST

    def _ahead(self, count: int) -> tuple[bytes, int]:
        """A chunk with ``count`` bytes from here on, unless the data ends, and where they begin in it."""
        at = self.position - self._start
        if not 0 <= at <= len(self._chunk) - count:
            straight = 0 <= at <= len(self._chunk)
            self._amount = min(self._amount * 2, MOST) if straight else FEWEST
            self._chunk = self._blob.read_at(self.position, max(count, self._amount))
            self._start, at = self.position, 0
        return self._chunk, at

    def _take(self, count: int) -> bytes:
        chunk, at = self._ahead(count)
        self._step(count)
        return chunk[at : at + count]

    def _step(self, count: int) -> None:
        if count > self._size - self.position:
            raise Malformed(f"the data ends in the middle of something, at byte {self.position}")
        self.position += count


class Binary(_Tape):
    """Numbers in ``order``, which is that of ``struct``."""

    def __init__(self, blob: Blob, position: int, order: str) -> None:
        super().__init__(blob, position)
        self._order = order
        self._integer = struct.Struct(f"{order}i")

    def integer(self) -> int:
        return int(self._integer.unpack(self._take(4))[0])

    def numbers(self, kind: str, count: int) -> tuple[float, ...] | None:
        if count > KEPT:
            self._step(SIZES[kind] * count)
            return None
        return struct.unpack(f"{self._order}{count}{kind}", self._take(SIZES[kind] * count))

    def text(self, length: int) -> bytes | None:
        if length > LONGEST:
            self._step(length)
            return None
        return self._take(length)

    def raw(self, count: int) -> tuple[int, int] | None:
        """Where bytes start and end."""
        start = self.position
        self._step(count)
        return start, self.position


class Ascii(_Tape):
    """Everything in words; strings have their length in front and escapes inside."""

    def integer(self) -> int:
        word = self._word()
        try:
            return -(1 << 31) if word == b"NA" else int(word)
        except ValueError:
            raise Malformed(f"{word!r} is not a number, before byte {self.position}") from None

    def numbers(self, _kind: str, count: int) -> tuple[float, ...] | None:
        if count <= KEPT:
            return tuple(self._number() for _ in range(count))
        for _ in range(count):
            self._word()
        return None

    def text(self, length: int) -> bytes | None:
        if length > 0:
            self._space()
        out = bytearray()
        for _ in range(length):
            byte = self._take(1)[0]
            out.append(self._escaped() if byte == ord("\\") else byte)
        return bytes(out) if length <= LONGEST else None

    def raw(self, count: int) -> None:
        """Nothing: they are spelled out."""
        for _ in range(count):
            self._word()

    def _number(self) -> float:
        word = self._word()
        try:
            return float("nan") if word == b"NA" else float(word)
        except ValueError:
            raise Malformed(f"{word!r} is not a number, before byte {self.position}") from None

    def _word(self) -> bytes:
        chunk, at = self._ahead(128)
        found = WORD.match(chunk, at)
        if found is None or len(found[1]) > 100:
            raise Malformed(f"a word is expected at byte {self.position}")
        self.position += found.end() - at
        return found[1]

    def _space(self) -> None:
        while self._take(1) in (b" ", b"\n", b"\r", b"\t"):
            pass
        self.position -= 1

    def _escaped(self) -> int:
        byte = self._take(1)[0]
        if byte not in range(ord("0"), ord("8")):
            return ESCAPES.get(byte, byte)
        value = byte - ord("0")
        for _ in range(2):
            digit = self._take(1)[0] - ord("0")
            if digit not in range(8):
                self.position -= 1
                break
            value = value * 8 + digit
        return value & 0xFF
