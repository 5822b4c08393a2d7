"""FlatBuffers without a schema compiler: tables of fields at offsets, read one by one.

Source: the internals page of the FlatBuffers documentation. A table is a position; a field has a slot in the
vtable of its table, 4 for the first one, 6 for the second, and so on.
"""

import struct

from msgspec import Struct

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.limits import Budget

LONGEST = 1 << 16  # bytes of a name or another short content


class Buffers(Struct):
    """A flatbuffer: tables are positions, and a field that is absent is None."""

    blob: Blob
    budget: Budget

    def number(self, kind: str, position: int) -> int:
        """A number in the language of ``struct``; raises :class:`Malformed` outside of the file."""
        size = struct.calcsize(kind)
        data = self.blob.read_at(position, size) if position >= 0 else b""
        if len(data) < size:
            raise Malformed(f"an offset leads out of the file, to byte {position}")
        return int(struct.unpack(f"<{kind}", data)[0])

    def root(self) -> int:
        """The outermost table."""
        return self.number("I", 0)

    def field(self, table: int, slot: int) -> int | None:
        """The position of a field."""
        self.budget.spend("steps")
        entries = table - self.number("i", table)
        offset = self.number("H", entries + slot) if slot < self.number("H", entries) else 0
        return table + offset if offset else None

    def scalar(self, kind: str, table: int, slot: int) -> int:
        """The number in a field; zero, which is what an absent one stands for."""
        position = self.field(table, slot)
        return 0 if position is None else self.number(kind, position)

    def table(self, table: int, slot: int) -> int | None:
        """The table that a field refers to."""
        position = self.field(table, slot)
        return None if position is None else position + self.number("I", position)

    def vector(self, table: int, slot: int) -> tuple[int, int]:
        """Where the elements of a vector or the bytes of a string start, and how many there are."""
        start = self.table(table, slot)
        if start is None:
            return 0, 0
        count = self.number("I", start)
        if count > self.blob.size:
            raise Malformed(f"a vector of {count:,} elements at byte {start}")
        return start + 4, count

    def tables(self, table: int, slot: int) -> list[int]:
        """The tables of a vector of tables."""
        start, count = self.vector(table, slot)
        self.budget.spend("steps", count)
        return [at + self.number("I", at) for at in range(start, start + 4 * count, 4)]

    def content(self, table: int, slot: int, limit: int = LONGEST) -> bytes:
        """The bytes of a string or of a vector of bytes; none of one that is longer than ``limit``."""
        start, count = self.vector(table, slot)
        return self.blob.read_at(start, count) if count <= limit else b""

    def numbers(self, table: int, slot: int) -> tuple[int, ...]:
        """A vector of numbers of 32 bits."""
        start, count = self.vector(table, slot)
        data = self.blob.read_at(start, 4 * min(count, LONGEST))
        return struct.unpack(f"<{len(data) // 4}i", data[: len(data) // 4 * 4])
