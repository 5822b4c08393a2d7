"""MessagePack: checkpoints of Flax, and whatever else puts arrays into maps. Numbers are stepped over.

Source: the MessagePack specification, ``flax.serialization`` and ``msgpack_numpy``. The format itself carries
no code. What readers make of it can: an array of objects, as msgpack-numpy and spaCy's copy of it have them,
is a pickle; types of extension are whatever a library makes of their bytes.
"""

import re
from collections.abc import Generator, Iterator

from msgspec import Struct

from scanner.blob import Blob, NearWindow
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.limits import Budget

NAME = "msgpack"
STARTS = bytes(
    [*range(0x81, 0x90), *range(0x91, 0xA0), *range(0xC7, 0xCA), *range(0xD4, 0xD9), *range(0xDC, 0xE0)]
)
COMPLETE = True
SHORTEST = 64  # bytes that could be something else than a few numbers
LONGEST = 256  # bytes of a text that is a key, or says what an array is
DEEPEST = 100
ENOUGH = 4096  # values that are looked at to tell whether it is one
KEY = re.compile(r"[\w./:@ -]{2,}")
STEP = 16  # values that are one step of the budget
TIMESTAMP = 0xFF
PLAIN = frozenset({1, 2, 3})  # Flax: an array, a complex number, a number, as MessagePack once more
ARRAY, OBJECTS, DATA = "nd", "O", "data"  # msgpack-numpy
# What follows the first byte of a value: how many bytes of a number, or of a length.
NUMBERS = {0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
BYTES, TEXTS = {0xC4: 1, 0xC5: 2, 0xC6: 4}, {0xD9: 1, 0xDA: 2, 0xDB: 4}
ARRAYS, MAPS, EXTENSIONS = {0xDC: 2, 0xDD: 4}, {0xDE: 2, 0xDF: 4}, {0xC7: 1, 0xC8: 2, 0xC9: 4}
SINGLE = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}  # extensions of a known length
WORDS = {0xC0: None, 0xC2: False, 0xC3: True}

_ITEMS = {"array": 1, "map": 2}  # of one of them
_KEYLIKE = re.compile(rb"[\w./:@ \x80-\xff-]+\Z")
_PLAIN = [bytes([code]) for code in PLAIN] + [b""]


def _plan(first: int) -> tuple[str, int, int]:
    """What begins with that byte, in how many bytes its length follows, or else the length."""
    short = (("other", 0x80), ("map", 0x90), ("array", 0xA0), ("text", 0xC0))
    for kind, end in short:
        if first < end:
            return kind, 0, first & (31 if kind == "text" else 15) if kind != "other" else 0
    tables = {"bytes": BYTES, "text": TEXTS, "array": ARRAYS, "map": MAPS, "extension": EXTENSIONS}
    for kind, widths in tables.items():
        if first in widths:
            return kind, widths[first], 0
    if first in SINGLE:
        return "extension", 0, SINGLE[first] + 1
    known = first in WORDS or first in NUMBERS or first >= 0xE0
    return "other" if known else "never", 0, NUMBERS.get(first, 0)


_PLANS = [_plan(first) for first in range(256)]


class _Value(Struct, frozen=True):
    """What stands somewhere: ``kind`` is ``text``, ``bytes``, ``map``, ``array``, ``extension`` or ``other``;
    ``word`` a short text or short bytes, or True."""

    kind: str
    start: int = 0
    size: int = 0
    word: str | bool | None = None


class _Reader:
    """Reads forwards. What is yielded on the way are the parts that may be something else."""

    def __init__(self, blob: Blob, budget: Budget | None = None) -> None:
        self.position = self.count = self.keys = 0
        self._blob, self._budget, self._size = blob, budget, blob.size
        self._near = NearWindow(blob.window)

    def value(self, depth: int = 0) -> Generator[Blob, None, _Value]:
        """The value that begins here."""
        self.count += 1
        if self._budget is None and self.count > ENOUGH:
            raise OverBudget("enough to tell")
        if self._budget is not None and not self.count % STEP:
            self._budget.spend("steps")
        if depth > DEEPEST:
            raise OverBudget("maps and arrays nest too deeply")
        first = self._number(1)
        if first < 0x80 or first >= 0xE0:
            return _Value("other")
        if first in WORDS:
            return _Value("other", word=WORDS[first])
        if first in NUMBERS:
            self._step(NUMBERS[first])
            return _Value("other")
        if first < 0x90 or first in MAPS:
            return (
                yield from self._map(first & 15 if first < 0x90 else self._number(MAPS[first]), depth + 1)
            )
        if first < 0xA0 or first in ARRAYS:
            return (
                yield from self._array(first & 15 if first < 0xA0 else self._number(ARRAYS[first]), depth + 1)
            )
        if first < 0xC0 or first in TEXTS:
            return self._bytes("text", first & 31 if first < 0xC0 else self._number(TEXTS[first]))
        if first in BYTES:
            return self._bytes("bytes", self._number(BYTES[first]))
        if first in EXTENSIONS or first in SINGLE:
            return (
                yield from self._extension(SINGLE.get(first) or self._number(EXTENSIONS[first]), depth + 1)
            )
        raise Malformed(f"no value begins with {first:#x}, at byte {self.position - 1}")

    def told(self, value: _Value, *, expected: str | None = None) -> Iterator[Blob]:
        """Bytes as a part, unless they are few."""
        if value.kind == "bytes" and (value.size > SHORTEST or expected):
            name = f"bytes @ {value.start}"
            yield self._blob.part(name, value.start, value.size, expected=expected, raw=expected is None)

    def _map(self, count: int, depth: int) -> Generator[Blob, None, _Value]:
        self._plausible(2 * count)
        entries: dict[str, _Value] = {}
        values = []
        for _ in range(count):
            key = yield from self.value(depth)
            value = yield from self.value(depth)
            values.append(value)
            if isinstance(key.word, str):
                self.keys += KEY.fullmatch(key.word) is not None
                entries[key.word] = value
            elif key.kind not in ("text", "bytes", "other"):
                raise Malformed(f"a key is no text, before byte {self.position}")
        kind = entries.get("kind")
        objects = (
            entries.get(ARRAY) == _Value("other", word=True) and kind is not None and kind.word == OBJECTS
        )
        for value in values:
            pickled = objects and value is entries.get(DATA)
            yield from self.told(value, expected="pickle" if pickled else None)
        return _Value("map")

    def _array(self, count: int, depth: int) -> Generator[Blob, None, _Value]:
        self._plausible(count)
        for _ in range(count):
            yield from self.told((yield from self.value(depth)))
        return _Value("array")

    def _extension(self, size: int, depth: int) -> Generator[Blob, None, _Value]:
        """Those of Flax are values once more; any other is bytes to somebody."""
        code, start = self._number(1), self.position
        self._step(size)
        if code in PLAIN and size:
            self.position = start
            yield from self.value(depth)
            if self.position != start + size:
                raise Malformed(f"an extension does not end where it says, at byte {start}")
        elif code != TIMESTAMP and size > SHORTEST:
            yield self._blob.part(f"extension {code} @ {start}", start, size)
        return _Value("extension")

    def _bytes(self, kind: str, size: int) -> _Value:
        start = self.position
        self._step(size)
        word = None
        if size <= LONGEST:
            word = self._near.read_at(start, size).decode("utf-8", "backslashreplace")
        return _Value(kind, start, size, word)

    def _plausible(self, count: int) -> None:
        if count > self._size - self.position:
            raise Malformed(f"{count:,} values at byte {self.position}")

    def _step(self, count: int) -> None:
        if count > self._size - self.position:
            raise Malformed(f"{count:,} bytes at byte {self.position} are more than there are")
        self.position += count

    def _number(self, width: int) -> int:
        start = self.position
        self._step(width)
        return int.from_bytes(self._near.read_at(start, width), "big")


def begins(head: bytes, size: int) -> bool:
    """Whether the values that start in ``head`` have two keys among them, may have more behind it, or end
    where the file does: numbers soon end, or promise more than there is."""
    position, waiting, keys = 0, 1, 0
    while waiting and keys < 2:
        if position >= len(head):
            return True
        kind, width, amount = _PLANS[head[position]]
        position += 1 + width
        if width:
            amount = int.from_bytes(head[position - width : position], "big")
        waiting += _ITEMS.get(kind, 0) * amount - 1
        if kind == "never" or position > size or waiting > size - position + 1:
            return False
        match kind:
            case "text" | "bytes" if 1 < amount <= LONGEST:
                keys += _KEYLIKE.match(head, position, position + amount) is not None
            case "extension" if head[position : position + 1] in _PLAIN:
                return True
        position += 0 if kind in _ITEMS else amount
    return keys > 1 or position == size


def matches(blob: Blob, _head: bytes) -> bool:
    """A value with keys, at least two of them unless it ends where the file does; or a longer extension."""
    reader = _Reader(blob)
    walk = reader.value()
    try:
        while True:
            next(walk)
    except StopIteration as end:
        whole = reader.position == blob.size
        alone = end.value.kind == "extension" and blob.size > SHORTEST
        return reader.keys > 1 or (whole and (reader.keys > 0 or alone))
    except OverBudget:
        return reader.keys > 1
    except Malformed:
        return False


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Pickles of arrays, extensions, longer runs of bytes; and what stands behind the values."""
    reader, end = _Reader(blob, budget), 0
    try:
        while reader.position < blob.size:
            value = yield from reader.value()
            yield from reader.told(value)
            end = reader.position
    except Malformed:
        if not end:
            raise
        yield from trailing(blob, end, NAME)
