"""Universal Binary JSON: a walk over the values that steps over numbers.

Source: ubjson.org, draft 12. A container may say how many items follow, and of which type; a run of numbers
is then passed over at once.
"""

import struct
from collections.abc import Iterator

from scanner.blob import Blob, NearWindow
from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget

NUMBERS = {b"i": "b", b"U": "B", b"I": "h", b"l": "i", b"L": "q", b"d": "f", b"D": "d"}
PLAIN = {b"Z": 0, b"N": 0, b"T": 0, b"F": 0, b"C": 1}  # bytes behind the mark of a value
TEXTS = (b"S", b"H")
DEEPEST = 100


class Walk:
    """One document; ``position`` is where reading has got to."""

    def __init__(self, blob: Blob, budget: Budget) -> None:
        self.position = 0
        self._window = NearWindow(blob.window)
        self._budget = budget

    def texts(self, depth: int = 0) -> Iterator[tuple[int, int]]:
        """Start and length of every string in the next value, keys excepted.

        Raises :class:`Malformed` or :class:`OverBudget`.
        """
        yield from self._value(self._take(1), depth)

    def key(self) -> bytes:
        """The key of an entry, which is a string without its mark."""
        return self._take(min(self._length(), 1 << 16))

    def _value(self, mark: bytes, depth: int) -> Iterator[tuple[int, int]]:
        self._budget.spend("steps")
        if depth > DEEPEST:
            raise OverBudget("the document nests too deeply")
        if mark in NUMBERS or mark in PLAIN:
            self.position += _width(mark)
        elif mark in TEXTS:
            length = self._length()
            yield self.position, length
            self.position += length
        elif mark in (b"[", b"{"):
            yield from self._container(mark == b"{", depth + 1)
        else:
            raise Malformed(f"no value starts with {mark!r}, at byte {self.position - 1}")

    def _container(self, keyed: bool, depth: int) -> Iterator[tuple[int, int]]:
        kind, count = None, None
        if self._peek() == b"$":
            kind = self._take(2)[1:]
        if self._peek() == b"#":
            self.position += 1
            count = self._length()
        if kind is not None and count is None:
            raise Malformed(f"items of one type without a number of them, at byte {self.position}")
        if kind in (*NUMBERS, *PLAIN) and count is not None and not keyed:
            self.position += count * _width(kind)
            return
        end = b"}" if keyed else b"]"
        while count is None or count > 0:
            if count is None and self._peek() == end:
                self.position += 1
                return
            if keyed:
                self.key()
            yield from self._value(self._take(1) if kind is None else kind, depth)
            count = None if count is None else count - 1

    def _length(self) -> int:
        mark = self._take(1)
        form = NUMBERS.get(mark)
        if form is None or mark in (b"d", b"D"):
            raise Malformed(f"no length starts with {mark!r}, at byte {self.position - 1}")
        (length,) = struct.unpack(f">{form}", self._take(struct.calcsize(f">{form}")))
        if not 0 <= length <= self._window.size:
            raise Malformed(f"a length of {length:,} at byte {self.position}")
        return int(length)

    def _peek(self) -> bytes:
        return self._window.read_at(self.position, 1)

    def _take(self, count: int) -> bytes:
        data = self._window.read_at(self.position, count)
        if len(data) < count:
            raise Malformed("the document ends too early")
        self.position += count
        return data


def _width(mark: bytes) -> int:
    return struct.calcsize(f">{NUMBERS[mark]}") if mark in NUMBERS else PLAIN[mark]
