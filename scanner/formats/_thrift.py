"""Thrift's compact protocol without a schema: a walk over fields that steps over what is not wanted.

Source: ``thrift-compact-protocol.md`` of Apache Thrift.
"""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = range(1, 14)
FIXED = {BYTE: 1, DOUBLE: 8, UUID: 16}
NUMBERS = (I16, I32, I64)
LONGEST = 10  # bytes of a number of 64 bits
WINDOW = 1 << 16  # bytes that are fetched at once
STEP = 16  # values that are one step of the budget
DEEPEST = 64


class Compact:
    """Reads forwards from ``position``. Whoever asks for a field reads its value, or skips it."""

    def __init__(self, blob: Blob, budget: Budget, position: int, stop: int) -> None:
        self.position = position
        self._blob, self._budget, self._stop = blob, budget, stop
        self._chunk, self._start = b"", position
        self._count = 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and type of every field of the struct that begins here."""
        number = 0
        while header := self._take(1)[0]:
            kind, delta = header & 15, header >> 4
            number = number + delta if delta else self.number()
            yield number, kind

    def number(self) -> int:
        """A signed number."""
        value = self._varint()
        return value >> 1 ^ -(value & 1)

    def binary(self, limit: int) -> bytes:
        """A string; raises :class:`OverBudget` if it is longer than ``limit``."""
        length = self._varint()
        if length > limit:
            raise OverBudget(f"a string of {length:,} bytes at byte {self.position}")
        return self._take(length)

    def items(self) -> Iterator[int]:
        """The type of each item of the list that begins here."""
        header = self._take(1)[0]
        count = self._varint() if header >> 4 == 15 else header >> 4
        for _ in range(self._plausible(count)):
            yield header & 15

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over the value of a field."""
        self._count += 1
        if not self._count % STEP:
            self._budget.spend("steps")
        if depth > DEEPEST:
            raise OverBudget("structs nest too deeply")
        if kind in NUMBERS:
            self._varint()
        elif kind == BINARY:
            self._step(self._varint())
        elif kind in FIXED:
            self._step(FIXED[kind])
        elif kind in (LIST, SET):
            for item in self.items():
                self.skip(BYTE if item in (TRUE, FALSE) else item, depth + 1)
        elif kind == MAP:
            self._skip_map(depth)
        elif kind == STRUCT:
            for _, inner in self.fields():
                self.skip(inner, depth + 1)
        elif kind not in (TRUE, FALSE):
            raise Malformed(f"a value of type {kind} at byte {self.position}")

    def _skip_map(self, depth: int) -> None:
        count = self._plausible(self._varint())
        kinds = self._take(1)[0] if count else 0
        for _ in range(count):
            for kind in (kinds >> 4, kinds & 15):
                self.skip(BYTE if kind in (TRUE, FALSE) else kind, depth + 1)

    def _plausible(self, count: int) -> int:
        if count > self._stop - self.position:
            raise Malformed(f"a list of {count:,} items at byte {self.position}")
        return count

    def _varint(self) -> int:
        value = 0
        for index in range(LONGEST):
            byte = self._take(1)[0]
            value |= (byte & 0x7F) << 7 * index
            if byte < 0x80:
                return value
        raise Malformed(f"a number does not end, at byte {self.position}")

    def _step(self, count: int) -> None:
        if count > self._stop - self.position:
            raise Malformed(f"{count:,} bytes at byte {self.position} are more than there are")
        self.position += count

    def _take(self, count: int) -> bytes:
        start = self.position
        self._step(count)
        at = start - self._start
        if not 0 <= at <= len(self._chunk) - count:
            self._chunk = self._blob.read_at(start, max(count, min(WINDOW, self._stop - start)))
            self._start, at = start, 0
        if len(self._chunk) - at < count:
            raise Malformed(f"the data ends at byte {start}")
        return self._chunk[at : at + count]
