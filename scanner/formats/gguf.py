"""GGUF: weights of llama.cpp behind a table of metadata, one entry of which is a chat template.

Source: ``docs/gguf.md`` of ggml. Versions 1 to 3, little- and big-endian. Tensors are not read.
"""

import struct
from collections.abc import Iterator

from msgspec import Struct

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._beside import beside
from scanner.formats._decode import trailing
from scanner.limits import Budget
from scanner.site import Trigger

NAME = "gguf"
STARTS = b"GF"
COMPLETE = True
MAGIC = (b"GGUF", b"FUGG")  # little- and big-endian
SIGN = b"|".join(MAGIC)
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of a value, by its type
STRING, ARRAY = 8, 9
DEEPEST = 4  # arrays of arrays
WINDOW = 1 << 16  # bytes that are fetched at once
TEMPLATE = "chat_template"
ALIGNMENT = "general.alignment"
# Bytes and elements of a block, by the type of a tensor; types that are not here have no known end.
BLOCKS = {
    0: (4, 1), 1: (2, 1), 2: (18, 32), 3: (20, 32), 6: (22, 32), 7: (24, 32), 8: (34, 32), 9: (36, 32),
    10: (84, 256), 11: (110, 256), 12: (144, 256), 13: (176, 256), 14: (210, 256), 15: (292, 256),
    16: (66, 256), 17: (74, 256), 18: (98, 256), 19: (50, 256), 20: (18, 32), 21: (110, 256), 22: (82, 256),
    23: (136, 256), 24: (1, 1), 25: (2, 1), 26: (4, 1), 27: (8, 1), 28: (8, 1), 29: (56, 256), 30: (2, 1),
    34: (54, 256), 35: (66, 256), 39: (17, 32),
}  # fmt: skip


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number and a version that exists."""
    return head.startswith(MAGIC) and 0 < max(head[4:8], default=0) < 16


class _Reader(Struct):
    """Reads forwards through a window that moves along."""

    blob: Blob
    budget: Budget
    order: str
    wide: str  # the format of a length: version 1 had 32 bits
    position: int = 8
    _chunk: bytes = b""
    _start: int = 0

    def take(self, count: int) -> bytes:
        at = self.position - self._start
        if not 0 <= at <= len(self._chunk) - count:
            if count > self.blob.size - self.position:
                raise Malformed(f"the header ends in the middle of something, at byte {self.position}")
            self._chunk, self._start = self.blob.read_at(self.position, max(count, WINDOW)), self.position
            at = 0
        self.position += count
        return self._chunk[at : at + count]

    def number(self, kind: str) -> int:
        (value,) = struct.unpack(self.order + kind, self.take(struct.calcsize(kind)))
        return int(value)

    def length(self) -> int:
        return self.number(self.wide)

    def text(self, limit: int) -> bytes:
        length = self.length()
        if length > min(limit, self.blob.size):
            raise Malformed(f"a string of {length:,} bytes at byte {self.position}")
        return self.take(length)

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over a value; the strings of a vocabulary are walked one by one."""
        if kind in SIZES:
            self.take(SIZES[kind])
        elif kind == STRING:
            self.text(self.budget.limits.constant)
        elif kind == ARRAY and depth < DEEPEST:
            inner, count = self.number("I"), self.length()
            if count > self.blob.size:
                raise Malformed(f"an array of {count:,} elements at byte {self.position}")
            if inner in SIZES:
                self.position += SIZES[inner] * count
                return
            for _ in range(count):
                self.skip(inner, depth + 1)
        else:
            raise Malformed(f"a value of type {kind} at byte {self.position}")


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Fragment | Anomaly]:
    """The chat templates, every other long string as a blob, and what follows the last tensor."""
    head = blob.read_at(0, 8)
    if len(head) < 8:
        raise Malformed("it ends in its version")
    order = "<" if max(head[4:6]) else ">"
    version = struct.unpack(order + "I", head[4:8])[0]
    reader = _Reader(blob, budget, order, "I" if version == 1 else "Q")
    tensors, entries = reader.length(), reader.length()
    if max(tensors, entries) > blob.size:
        raise Malformed(f"{tensors:,} tensors and {entries:,} entries in {blob.size:,} bytes")
    alignment = 32
    for _ in range(entries):
        budget.spend("steps")
        key, kind = reader.text(1 << 16).decode("utf-8", "replace"), reader.number("I")
        if kind == STRING:
            place = reader.position
            text = reader.text(budget.limits.constant)
            yield from _told(blob.inner(f"{key} @ {place}", BytesWindow(text)), key)
        elif key == ALIGNMENT and kind == 4:
            alignment = reader.number("I")
        else:
            reader.skip(kind)
    yield from _beside(reader, tensors, max(alignment, 1))


def _beside(reader: _Reader, tensors: int, alignment: int) -> Iterator[Blob | Anomaly]:
    """What is not the numbers of a tensor: between or behind them, or of a type that nobody knows."""
    blob, sizes = reader.blob, list(_sizes(reader, tensors))
    told = reader.position
    start = told + -told % alignment
    spans = [(start + first, start + first + size) for first, size in sizes if size is not None]
    end = max((stop for _, stop in spans), default=told) if len(spans) == len(sizes) else blob.size
    yield from beside(blob, spans, told, min(end, blob.size))
    yield from trailing(blob, min(end, blob.size), NAME)
    if end > blob.size:
        raise Malformed(f"the tensors end at {end:,} and the file at {blob.size:,}")


def _told(part: Blob, key: str) -> Iterator[Blob | Fragment]:
    if TEMPLATE in key:
        yield Fragment("jinja", part, Trigger.RENDER)
    elif part.size > 64:
        yield part


def _sizes(reader: _Reader, tensors: int) -> Iterator[tuple[int, int | None]]:
    """Where each tensor starts, counted from the first, and its bytes; None: its type is not known."""
    for _ in range(tensors):
        reader.budget.spend("steps")
        reader.text(1 << 16)
        elements = 1
        for _ in range(min(reader.number("I"), 8)):
            elements *= reader.length()
        kind, offset = reader.number("I"), reader.number("Q")
        size, block = BLOCKS.get(kind, (0, 1))
        yield offset, -(-elements // block) * size if size else None
