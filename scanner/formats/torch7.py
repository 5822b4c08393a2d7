"""Torch7: tables, tensors and functions of Lua, in binary or in words. A function is bytecode.

Source: ``File.lua`` and the tensors of torch7. Loading runs no function, but Lua takes bytecode as it is, so
that one which is made for it breaks out of the interpreter. Numbers are stepped over.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob, NearWindow
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.limits import Budget

NAME = "torch7"
COMPLETE = True
NIL, NUMBER, STRING, TABLE, OBJECT, BOOLEAN, FUNCTION, OLD_RECURSIVE, RECURSIVE = range(9)
STARTS = bytes([TABLE, OBJECT, FUNCTION, OLD_RECURSIVE, RECURSIVE]) + b"34678"
BYTECODE = b"\x1bL"
SHORTEST = 64  # bytes of a text that could be code
LONGEST = 1 << 10  # bytes of a name
DEEPEST = 200
MOST = 1 << 16  # dimensions of a tensor
STEP = 16  # objects that are one step of the budget
WORD = re.compile(rb"\s*([^\s]{1,64})\s")
BINARY = re.compile(
    rb"\x03\0\0\0\x01\0\0\0(?:\0{4}\Z|...[\0-\x0f]"
    rb"(?:\x01\0\0\0.{8}|\x02\0\0\0.[\0-\x03]\0\0[\t -~]|[\x03-\x08]\0\0\0))"
    rb"|\x04\0\0\0\x01\0\0\0\x03\0\0\0V \d.\0\0\0[A-Za-z_][\w.]+"
    rb"|(?:[\x07\x08]\0\0\0\x01\0\0\0|\x06\0\0\0)....\x1bL",
    re.DOTALL,
)
TEXT = re.compile(
    rb"3\n1\n(?:0\n|\d{1,9}\n[1-8]\n)|4\n1\n3\nV \d\n\d{1,4}\n[A-Za-z_][\w.]+\n|(?:[78]\n1|6)\n\d{1,9}\n\x1bL"
)
SIGN = BINARY.pattern + b"|" + TEXT.pattern
# Bytes of an element, by what stands in front of "Tensor" and "Storage" in the name of a class.
ELEMENTS = {
    "Byte": 1, "Char": 1, "Short": 2, "Int": 4, "Long": 8, "Float": 4, "Double": 8, "Half": 2, "Cuda": 4,
    "CudaByte": 1, "CudaChar": 1, "CudaShort": 2, "CudaInt": 4, "CudaLong": 8, "CudaDouble": 8, "CudaHalf": 2,
}  # fmt: skip
NUMBERS = re.compile(r"torch\.(\w*?)(Tensor|Storage)")


def matches(_blob: Blob, head: bytes) -> bool:
    """The first object of a file: a table, an object with its version and class, a function."""
    return BINARY.match(head) is not None or TEXT.match(head) is not None


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Functions and longer texts, as parts."""
    reader = (_Binary if blob.read_at(0, 1) <= bytes([RECURSIVE]) else _Words)(blob, budget)
    try:
        yield from reader.item(0)
    except Malformed:
        yield from trailing(blob, reader.position, NAME)
        raise
    yield from trailing(blob, reader.position, NAME)


class _Binary:
    """Reads forwards. Objects that have been read already are only referred to."""

    def __init__(self, blob: Blob, budget: Budget) -> None:
        self.position = 0
        self._blob, self._budget, self._size = blob, budget, blob.size
        self._near = NearWindow(blob.window)
        self._seen: set[int] = set()
        self._count = 0

    def item(self, depth: int) -> Iterator[Blob | Anomaly]:
        """The object that begins here."""
        self._count += 1
        if not self._count % STEP:
            self._budget.spend("steps")
        if depth > DEEPEST:
            raise OverBudget("tables nest too deeply")
        kind = self._integer()
        if kind in (NUMBER, BOOLEAN):
            self._double() if kind == NUMBER else self._integer()
        elif kind == STRING:
            start, size = self._text()
            if size > SHORTEST:
                yield self._blob.part(f"text @ {start}", start, size)
        elif kind in (TABLE, OBJECT) and self._first():
            yield from self._table(depth) if kind == TABLE else self._object(depth)
        elif kind == FUNCTION or (kind in (OLD_RECURSIVE, RECURSIVE) and self._first()):
            yield from self._function(depth)
        elif not NIL <= kind <= RECURSIVE:
            raise Malformed(f"an object of type {kind} at byte {self.position}")

    def _first(self) -> bool:
        """Whether the object with the number that stands here has not been read yet."""
        number = self._integer()
        known = number in self._seen
        self._seen.add(number)
        return not known

    def _table(self, depth: int) -> Iterator[Blob | Anomaly]:
        for _ in range(2 * self._length(self._integer())):
            yield from self.item(depth + 1)

    def _function(self, depth: int) -> Iterator[Blob | Anomaly]:
        start, size = self._text()
        yield self._blob.part(f"function @ {start}", start, size)
        message = "a function of Lua in bytecode, which is not analysed"
        yield Anomaly("unresolved", message, self._blob.site.at(offset=start))
        yield from self.item(depth + 1)  # its variables

    def _object(self, depth: int) -> Iterator[Blob | Anomaly]:
        """An object of a class: numbers, one of those collections that are no tables, or a table."""
        name = self._name()
        if name.startswith("V "):
            name = self._name()
        numbers = NUMBERS.fullmatch(name)
        if numbers and numbers[1] in ELEMENTS:
            yield from self._numbers(ELEMENTS[numbers[1]], numbers[2], depth)
        elif name in ("tds.Hash", "tds.Vec"):
            for _ in range(self._length(self._long()) * (2 if name == "tds.Hash" else 1)):
                yield from self.item(depth + 1)
        else:
            yield from self.item(depth + 1)

    def _numbers(self, width: int, what: str, depth: int) -> Iterator[Blob | Anomaly]:
        if what == "Storage":
            self._elements(self._long(), width)
            return
        dimensions = self._integer()
        if not 0 <= dimensions <= MOST:
            raise Malformed(f"a tensor of {dimensions:,} dimensions at byte {self.position}")
        for _ in range(2 * dimensions + 1):
            self._long()
        yield from self.item(depth + 1)

    def _name(self) -> str:
        start, size = self._text()
        if size > LONGEST:
            raise Malformed(f"a name of {size:,} bytes at byte {start}")
        return self._near.read_at(start, size).decode("utf-8", "backslashreplace")

    def _length(self, count: int) -> int:
        if not 0 <= count <= self._size:
            raise Malformed(f"{count:,} objects at byte {self.position}")
        return count

    def _step(self, count: int) -> int:
        """Go on by so many bytes; what is handed back is where they start."""
        start = self.position
        if not 0 <= count <= self._size - start:
            raise Malformed(f"{count:,} bytes at byte {start} are more than there are")
        self.position += count
        return start

    def _integer(self) -> int:
        return int.from_bytes(self._near.read_at(self._step(4), 4), "little", signed=True)

    def _long(self) -> int:
        return int.from_bytes(self._near.read_at(self._step(8), 8), "little", signed=True)

    def _double(self) -> None:
        self._step(8)

    def _text(self) -> tuple[int, int]:
        """Where a string starts, and its length."""
        size = self._integer()
        return self._step(size), size

    def _elements(self, count: int, width: int) -> None:
        self._step(count * width)


class _Words(_Binary):
    """The same in words: numbers in decimal, strings between their length and a newline."""

    def _integer(self) -> int:
        word = self._word()
        try:
            return int(word)
        except ValueError:
            raise Malformed(f"{word!r} is not a number, before byte {self.position}") from None

    def _long(self) -> int:
        return self._integer()

    def _double(self) -> None:
        self._word()

    def _text(self) -> tuple[int, int]:
        size = self._integer()
        start = self._step(size)
        self._step(1)
        return start, size

    def _elements(self, count: int, _width: int) -> None:
        for _ in range(self._length(count)):
            self._word()

    def _word(self) -> bytes:
        """The word, and the one character behind it."""
        found = WORD.match(self._near.read_at(self.position, 128))
        if found is None:
            raise Malformed(f"a number is expected at byte {self.position}")
        self.position += found.end()
        return found[1]
