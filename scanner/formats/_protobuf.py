"""Protocol buffers without a schema: a walk over the fields that steps over their content.

Source: the encoding section of the Protocol Buffers documentation. A message is a run of fields, each a
key (number and wire type) and a value; whatever is long has its length in front, so tensors cost nothing.
Groups, which nobody writes any more, are passed over.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget

VARINT, FIXED64, BYTES, OPENS, CLOSES, FIXED32 = range(6)  # wire types
FIXED = {FIXED64: 8, FIXED32: 4}
FIRST = bytes(byte for byte in range(8, 256) if byte & 7 <= FIXED32)  # of a message: of a key
LONGEST = 10  # bytes of a varint of 64 bits
FEWEST, MOST = 512, 1 << 16  # bytes that are fetched at once: more as long as reading goes straight on
STEP = 16  # fields that are one step of the budget
GROUPED = 4096  # fields in front of the end of a group, while a blob is identified
_SMALL = 4  # bytes that hold no message with a text in it
_DEPTH = 3  # of messages that a glance goes into
DEEPEST = 100  # messages inside messages, as the official readers have it


_NUMBER = rb"[\x80-\xff]{0,9}[\x00-\x7f]"


def key(wire: int, numbers: Iterable[int] = range(16)) -> bytes:
    """A regular expression for the key of a field of that wire type, and of one of the numbers as far as
    their lowest four bits go."""
    last = bytes((number & 15) << 3 | wire for number in numbers)
    more = bytes(byte | 0x80 for byte in last)
    return b"(?:[%s]|[%s]%s)" % (re.escape(last), re.escape(more), _NUMBER)


_SHORT = b"(?:%s)" % b"|".join(
    (key(VARINT) + _NUMBER, key(FIXED64) + b".{8}", key(FIXED32) + b".{4}", key(OPENS), key(CLOSES))
)
# How a message begins: a few short fields, and then a long one, the end, or more of the short ones.
MESSAGE = b"%s{0,15}+(?:%s|%s|\\Z)" % (_SHORT, key(BYTES), _SHORT)


@lru_cache(maxsize=1)  # several formats ask about the same bytes, one after the other
def may_begin(head: bytes, size: int) -> bool:
    """Whether the fields that start in ``head`` may be those of a message of ``size`` bytes, or one of them
    holds a message: for most numbers, a field soon has no number or is longer than what there is."""
    return _sound(head, 0, size, 0)


def _sound(head: bytes, position: int, stop: int, depth: int) -> bool:
    groups = 0
    while position < min(len(head) - 2 * LONGEST, stop):
        try:
            tag, position = varint(head, position)
            value, after = varint(head, position) if tag & 7 in (VARINT, BYTES) else (0, position)
        except Malformed:
            return False
        wire = tag & 7
        groups += (wire == OPENS) - (wire == CLOSES)
        if not 0 < tag >> 3 < 1 << 29 or wire > FIXED32 or groups < 0:
            return False
        position = after + (value if wire == BYTES else FIXED.get(wire, 0))
        if position > stop:
            return False
        if wire == BYTES and value > _SMALL and depth < _DEPTH and _sound(head, after, position, depth + 1):
            return True
    return True


class Field(Struct, frozen=True):
    """One field: ``value`` is the number itself, or the length of what stands at ``start``."""

    number: int
    wire: int
    value: int
    start: int

    @property
    def stop(self) -> int:
        """The end of the content, an offset in the blob."""
        return self.start + (self.value if self.wire == BYTES else 0)


class Wire:
    """The fields of a blob. All offsets are those of the blob, at any depth of messages.

    Without a budget, as when a blob is identified, nothing is spent. ``head`` is the start of the blob
    if that has been read already.
    """

    def __init__(self, blob: Blob, budget: Budget | None = None, *, head: bytes = b"") -> None:
        self.blob = blob
        self.budget = budget
        self._start, self._chunk = 0, head
        self._amount = FEWEST

    def fields(self, start: int, stop: int) -> Iterator[Field]:
        """The fields of the message from ``start`` to ``stop``; raises :class:`Malformed` where it breaks."""
        position, groups, count = start, 0, 0
        while position < stop:
            count += 1
            if self.budget is not None and not count % STEP:
                self.budget.spend("steps")
            key, after = self._varint(position, stop)
            number, wire = key >> 3, key & 7
            if not 0 < number < 1 << 29 or wire > FIXED32:
                raise Malformed(f"no field has the key {key}, at byte {position}")
            found, position = self._field(number, wire, after, stop)
            groups += (wire == OPENS) - (wire == CLOSES)
            if groups and self.budget is None and count > GROUPED:
                raise Malformed("a group of so many fields is no message")
            if groups < 0:
                raise Malformed(f"a group ends that has not begun, at byte {position}")
            if not groups and wire != CLOSES:
                yield found
        if groups:
            raise Malformed("a group does not end")

    def inside(self, field: Field) -> Iterator[Field]:
        """The fields of the message that ``field`` holds; none when it holds a number."""
        return self.fields(field.start, field.stop)

    def content(self, field: Field, limit: int) -> bytes:
        """The bytes of a field; raises :class:`OverBudget` for more than ``limit``."""
        if field.wire == BYTES and field.value > limit:
            raise OverBudget(f"a string of {field.value:,} bytes at byte {field.start}")
        return self._bytes(field.start, field.value) if field.wire == BYTES else b""

    def text(self, field: Field, limit: int = 1 << 16) -> str:
        """The same as text."""
        return self.content(field, limit).decode("utf-8", "backslashreplace")

    def part(self, field: Field, name: str, *, raw: bool = False) -> Blob:
        """The content of a field as a blob of its own."""
        return self.blob.part(f"{name} @ {field.start}", field.start, field.value, raw=raw)

    def _field(self, number: int, wire: int, position: int, stop: int) -> tuple[Field, int]:
        """A field whose key ends at ``position``, and where the next one starts."""
        if wire in (OPENS, CLOSES):
            return Field(number, wire, 0, position), position
        if wire in FIXED:
            after = position + FIXED[wire]
            value = int.from_bytes(self._bytes(position, FIXED[wire]), "little")
        else:
            value, after = self._varint(position, stop)
        start = after
        if wire == BYTES:
            after += value
        if after > stop:
            raise Malformed(f"field {number} at byte {position} is longer than what it stands in")
        return Field(number, wire, value, start), after

    def _varint(self, position: int, stop: int) -> tuple[int, int]:
        data = self._bytes(position, min(LONGEST, stop - position))
        value, length = varint(data, 0)
        return value, position + length

    def _bytes(self, offset: int, count: int) -> bytes:
        at = offset - self._start
        if not 0 <= at <= len(self._chunk) - count:
            straight = 0 <= at <= len(self._chunk)
            self._amount = min(self._amount * 2, MOST) if straight else FEWEST
            self._chunk = self.blob.read_at(offset, max(count, self._amount))
            self._start, at = offset, 0
        return self._chunk[at : at + count]


def varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at ``position`` and where it ends; raises :class:`Malformed`."""
    value = 0
    for index, byte in enumerate(data[position : position + LONGEST]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & (1 << 64) - 1, position + index + 1
    raise Malformed("a number of a protocol buffer does not end")
