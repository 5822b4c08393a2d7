"""HDF5, the second layer: heaps, where names and values lie, and B-trees, which index them.

Source: the HDF5 File Format Specification, version 3.0, section III. Old files keep the links of a group
in a version 1 B-tree and a local heap; new ones keep many links or attributes in a fractal heap that a
version 2 B-tree indexes. Values of variable length lie in global heaps.
"""

from collections.abc import Iterator
from itertools import count

from scanner.errors import Malformed
from scanner.formats._hdf5file import Cursor, File

NODE = 1 << 20  # bytes of a node of a B-tree, or of an indirect block
OBJECT = 16 << 20  # bytes of one object of a heap
DEEPEST = 32  # levels of a tree


def symbols(file: File, tree: int, heap: int) -> Iterator[tuple[bytes, int, bytes | None]]:
    """``(name, header address, target of a soft link)`` for each entry of an old group."""
    names = local_heap(file, heap)
    for node in _leaves(file, tree, 0):
        block = file.block(node, 8, b"SNOD")
        block.skip(2)
        entries = block.number(2)
        size = 2 * file.offsets + 24
        block = Cursor(file, file.at(node + 8, entries * size))
        for _ in range(entries):
            name, header, cache = block.address(), block.address(), block.number(4)
            block.skip(4)
            scratch = Cursor(file, block.take(16))
            target = Cursor(file, names, min(scratch.number(4), len(names))).text() if cache == 2 else None
            yield Cursor(file, names, min(name, len(names))).text(), header, target


def local_heap(file: File, address: int) -> bytes:
    """The names of an old group, or of the files of an external dataset."""
    block = file.block(address, 8 + 2 * file.lengths + file.offsets, b"HEAP")
    block.skip(4)
    size, _, segment = block.length(), block.length(), block.address()
    if size > OBJECT:
        raise Malformed("a local heap of an impossible size")
    return file.at(segment, size)


def _leaves(file: File, address: int, depth: int) -> Iterator[int]:
    head = file.block(address, 8 + 2 * file.offsets, b"TREE")
    kind, level, used = head.number(1), head.number(1), head.number(2)
    if kind != 0 or depth > DEEPEST:
        raise Malformed("the index of a group is not a tree of groups")
    size = used * (file.lengths + file.offsets)
    body = Cursor(file, file.at(address + 8 + 2 * file.offsets, size))
    for _ in range(used):
        body.length()
        child = body.address()
        if level == 0:
            yield child
        else:
            yield from _leaves(file, child, depth + 1)


def global_object(file: File, collection: int, index: int) -> bytes:
    """Object ``index`` of the global heap at ``collection``: the value of a variable-length string."""
    for found, (place, size) in heap_objects(file, collection):
        if found == index:
            if size > OBJECT:
                raise Malformed(f"a value of {size:,} bytes")
            return file.at(place, size)
    raise Malformed(f"no object {index} in the global heap at {collection}")


def heap_objects(file: File, collection: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """The number, and the address and size, of each object of the global heap at ``collection``."""
    head = file.block(collection, 8 + file.lengths, b"GCOL")
    head.skip(4)
    end = collection + head.length()
    place, header = collection + 8 + file.lengths, 8 + file.lengths
    while place + header <= end:
        entry = Cursor(file, file.at(place, header))
        found = entry.number(2)
        entry.skip(6)
        size = entry.length()
        if found == 0:
            break
        yield found, (place + header, size)
        place += header + size + -size % 8


def records(file: File, address: int) -> Iterator[bytes]:
    """The records of the version 2 B-tree at ``address``, in order."""
    head = file.block(address, 22 + file.offsets + file.lengths, b"BTHD")
    head.skip(2)
    size, record, depth = head.number(4), head.number(2), head.number(2)
    head.skip(2)
    root, used = head.address(), head.number(2)
    if not 16 <= size <= NODE or not 0 < record <= size or depth > DEEPEST:
        raise Malformed("a B-tree of impossible measures")
    most = [(size - 10) // record]  # records that fit into a node, by level
    totals = [most[0]]
    for level in range(1, depth + 1):
        pointer = file.offsets + _width(most[0]) + (_width(totals[-1]) if level > 1 else 0)
        most.append(max((size - 10 - pointer) // (record + pointer), 0))
        totals.append(most[-1] + (most[-1] + 1) * totals[-1])
    if root != file.undefined:
        yield from _node(file, root, used, depth, (size, record, most, totals))


def _node(
    file: File, address: int, used: int, depth: int, shape: tuple[int, int, list[int], list[int]]
) -> Iterator[bytes]:
    size, record, most, totals = shape
    block = file.block(address, size, b"BTIN" if depth else b"BTLF")
    block.skip(2)
    if used > most[depth]:
        raise Malformed("a node of a B-tree has more records than fit into it")
    found = [block.take(record) for _ in range(used)]
    if depth == 0:
        yield from found
        return
    for index in range(used + 1):
        child, held = block.address(), block.number(_width(most[0]))
        if depth > 1:
            block.skip(_width(totals[depth - 1]))
        yield from _node(file, child, held, depth - 1, shape)
        yield from found[index : index + 1]


def _width(largest: int) -> int:
    """Bytes that an integer up to ``largest`` takes."""
    return max((largest.bit_length() + 7) // 8, 1)


class FractalHeap:
    """The objects of a fractal heap, by the ids that a B-tree holds."""

    def __init__(self, file: File, address: int) -> None:
        head = file.block(address, 22 + 12 * file.lengths + 3 * file.offsets, b"FRHP")
        head.skip(1)
        self._file = file
        self._id, filters, _ = head.number(2), head.number(2), head.number(1)
        largest = head.number(4)
        head.length()
        self._huge = head.address()
        head.length()
        head.address()
        head.skip(8 * file.lengths)
        self._columns, self._start, direct = head.number(2), head.length(), head.length()
        bits, _ = head.number(2), head.number(2)
        self._root, self._rows = head.address(), head.number(2)
        if filters:
            raise Malformed("a compressed heap of links or attributes")
        if not self._start or not self._columns or direct < self._start or bits > 64:
            raise Malformed("a heap of impossible measures")
        self._offset = (bits + 7) // 8
        self._length = min((direct.bit_length() + 6) // 8, _width(largest))
        self._direct = (direct // self._start).bit_length() + 1  # rows of direct blocks

    def get(self, identity: bytes) -> bytes:
        """The object that ``identity`` stands for: inside a block, inside the id itself, or by itself."""
        place = Cursor(self._file, identity)
        kind = place.number(1) >> 4 & 3
        match kind:
            case 0:
                offset, length = place.number(self._offset), place.number(self._length)
                return self._managed(offset, length)
            case 1:
                return self._large(place)
            case 2:
                return place.take((identity[0] & 15) + 1)
        raise Malformed("an object of a heap that is of no known kind")

    def _managed(self, offset: int, length: int) -> bytes:
        """Walk the doubling table: rows of blocks, each row but the second twice the size of the last."""
        block, rows, base = self._root, self._rows, 0
        for _ in range(DEEPEST):
            if rows == 0:
                return self._file.at(block + offset - base, length)
            row, first = self._row(offset - base)
            size = self._size(row)
            column = (offset - base - first) // size
            block = self._child(block, row, column)
            base += first + column * size
            rows = 0 if row < self._direct else self._depth(size)
        raise Malformed("the blocks of a heap go in circles")

    def _size(self, row: int) -> int:
        return self._start << max(row - 1, 0)

    def _row(self, offset: int) -> tuple[int, int]:
        """The row of an indirect block that ``offset`` falls into, and where that row begins."""
        first = 0
        for row in count():
            span = self._columns * self._size(row)
            if offset < first + span:
                return row, first
            first += span
        raise AssertionError  # rows grow without end

    def _depth(self, size: int) -> int:
        """Rows of an indirect block that covers ``size`` bytes."""
        return (size // (self._start * self._columns)).bit_length()

    def _child(self, block: int, row: int, column: int) -> int:
        index = row * self._columns + column
        start = 5 + self._file.offsets + self._offset
        if index > NODE:
            raise Malformed("an object that lies outside its heap")
        self._file.block(block, start, b"FHIB")
        return int.from_bytes(
            self._file.at(block + start + index * self._file.offsets, self._file.offsets), "little"
        )

    def _large(self, place: Cursor) -> bytes:
        """An object by itself: its place in the id, if that is long enough, or else in a B-tree."""
        file = self._file
        if self._id - 1 >= file.offsets + file.lengths:
            address, length = place.address(), place.length()
            return self._file.at(address, min(length, OBJECT))
        key = place.take(min(file.lengths, place.left))
        for record in records(file, self._huge):
            entry = Cursor(file, record)
            address, length = entry.address(), entry.length()
            if entry.take(entry.left)[: len(key)] == key:
                return self._file.at(address, min(length, OBJECT))
        raise Malformed("an object that is not in the index of its heap")
