"""MXNet's parameters (``.params``): arrays, one after the other, and then their names.

Source: ``ndarray.cc``, versions 1 to 3, dense and sparse. Nothing runs; values are stepped over.
"""

import re
from collections.abc import Iterator
from math import prod

from scanner.blob import Blob, NearWindow
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.limits import Budget

NAME = "mxnet-params"
STARTS = b"\x12"
COMPLETE = True
MAGIC = (0x112).to_bytes(8, "little") + bytes(8)
SIGN = re.escape(MAGIC)
FIRST, SECOND, THIRD = 0xF993FAC8, 0xF993FAC9, 0xF993FACA  # marks of the versions of an array
SIZES = {0: 4, 1: 8, 2: 2, 3: 1, 4: 4, 5: 1, 6: 8, 7: 1, 8: 2, 9: 2, 10: 4, 11: 8, 12: 2}  # bytes, by type
AUXILIARY = {1: 1, 2: 2}  # arrays of indices, by kind of storage: by rows, compressed
MOST_DIMENSIONS = 32
SHORTEST = 256  # bytes of a name that could be code


def matches(_blob: Blob, head: bytes) -> bool:
    """The mark and a word that is reserved."""
    return head.startswith(MAGIC)


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Long names, and what stands behind the last one."""
    reader = _Reader(blob)
    for _ in range(reader.number(8)):
        budget.spend("steps")
        _array(reader)
    for _ in range(reader.number(8)):
        budget.spend("steps")
        start = reader.position + 8
        reader.skip(reader.number(8))
        if reader.position - start > SHORTEST:
            yield blob.part(f"name @ {start}", start, reader.position - start)
    yield from trailing(blob, reader.position, NAME)


class _Reader:
    """Numbers, one after the other; raises :class:`Malformed` at the end of the file."""

    def __init__(self, blob: Blob) -> None:
        self.position = len(MAGIC)
        self._window = NearWindow(blob.window, 256)

    def number(self, size: int) -> int:
        data = self._window.read_at(self.position, size)
        if len(data) < size:
            raise Malformed("the file ends inside an array")
        self.position += size
        return int.from_bytes(data, "little")

    def skip(self, size: int) -> None:
        self.position += size
        if self.position > self._window.size:
            raise Malformed(f"the arrays end at {self.position:,} and the file at {self._window.size:,}")

    def shape(self, width: int) -> list[int]:
        """Dimensions of ``width`` bytes each."""
        return self.dimensions(self.number(4), width)

    def dimensions(self, count: int, width: int) -> list[int]:
        if count == 0xFFFFFFFF:  # a shape that is not known
            return []
        if count > MOST_DIMENSIONS:
            raise Malformed(f"an array of {count:,} dimensions at byte {self.position:,}")
        return [self.number(width) for _ in range(count)]


def _array(reader: _Reader) -> None:
    """One array, to its end."""
    mark = reader.number(4)
    auxiliary, stored = 0, None
    if mark in (SECOND, THIRD):
        auxiliary = AUXILIARY.get(reader.number(4), 0)
        stored = reader.shape(8) if auxiliary else None
    shape = reader.shape(8) if mark in (FIRST, SECOND, THIRD) else reader.dimensions(mark, 4)
    if not shape and mark != THIRD:
        return  # an array that was never filled
    reader.skip(8)  # the device that it was on
    kinds = [reader.number(4)]
    sizes = [prod(shape if stored is None else stored)]
    for _ in range(auxiliary):
        kinds.append(reader.number(4))
        sizes.append(prod(reader.shape(8)))
    for kind, size in zip(kinds, sizes, strict=True):
        if kind not in SIZES:
            raise Malformed(f"an array of the unknown type {kind} at byte {reader.position:,}")
        reader.skip(size * SIZES[kind])
