"""HDF5, a layer beside the third: rows of variable length, in which PyTables keeps one pickle each.

Sources: the HDF5 File Format Specification, version 3.0, sections III.A.1 and IV.A.2; ``VLArray`` and
``ObjectAtom`` of PyTables, which pandas uses for columns of objects. A dataset is a table of places in global
heaps; its table is read, and of the heaps the headers of their objects.
"""

import zlib
from collections.abc import Iterator

from scanner.errors import Malformed, OverBudget
from scanner.formats._hdf5file import Cursor, File, Message
from scanner.formats._hdf5heaps import DEEPEST, heap_objects
from scanner.formats._hdf5objects import (
    DATASPACE,
    DATATYPE,
    LAYOUT,
    VARIABLE,
    Attribute,
    content,
    datatype,
    elements,
)

FILTERS = 0x0B
COMPACT, CONTIGUOUS, CHUNKED = range(3)  # classes of layouts
DEFLATE, SHUFFLE, FLETCHER32 = 1, 2, 3
TABLE = 64 << 20  # bytes of a table of places, uncompressed
PICKLED = {
    "PSEUDOATOM": b"object",
    "FLAVOR": b"Object",
}  # the marks of this version of the format and of the first


def pickled(attributes: list[Attribute]) -> bool:
    """Whether PyTables unpickles what is in the rows of a dataset with these attributes."""
    return any(PICKLED.get(a.name) == b"".join(a.texts).rstrip(b"\0") for a in attributes)


def rows(file: File, messages: list[Message]) -> Iterator[tuple[int, int]]:
    """The place in the blob and the size of each row; raises :class:`Malformed`."""
    found = {message.kind: message for message in messages}
    if not {DATASPACE, DATATYPE, LAYOUT} <= found.keys():
        return
    kind = datatype(Cursor(file, content(file, found[DATATYPE])))
    if kind.kind != VARIABLE:
        return
    left = elements(Cursor(file, content(file, found[DATASPACE])))
    filters = _filters(Cursor(file, found[FILTERS].data)) if FILTERS in found else []
    heaps: dict[int, dict[int, tuple[int, int]]] = {}
    for first, table in _tables(file, Cursor(file, found[LAYOUT].data), filters):
        body = Cursor(file, table)
        for _ in range(min(len(table) // kind.size, max(left - first, 0))):
            file.budget.spend("steps")
            size, heap, index = body.number(4), body.address(), body.number(4)
            if not size or heap in (0, file.undefined):
                continue
            if heap not in heaps:
                heaps[heap] = dict(heap_objects(file, heap))
            if index not in heaps[heap]:
                raise Malformed(f"no object {index} in the global heap at {heap}")
            address, room = heaps[heap][index]
            yield file.base + address, min(size, room)


def _tables(file: File, body: Cursor, filters: list[int]) -> Iterator[tuple[int, bytes]]:
    """The number of the first row of each stretch of the dataset, and its places."""
    version, kind = body.number(1), body.number(1)
    if version != 3 or kind > CHUNKED:
        raise Malformed(f"rows in a layout of version {version} and class {kind}, which is not read")
    if kind == COMPACT:
        yield 0, body.take(body.number(2))
    elif kind == CONTIGUOUS:
        address, size = body.address(), body.length()
        if size > TABLE:
            raise OverBudget(f"a table of {size:,} bytes")
        if address != file.undefined:
            yield 0, file.at(address, size)
    else:
        dimensions, tree = body.number(1), body.address()
        size = 1
        for _ in range(dimensions):
            size *= body.number(4)
        if tree != file.undefined:
            for first, address, stored, mask in _chunks(file, tree, dimensions, 0):
                used = [f for place, f in enumerate(filters) if not mask >> place & 1]
                yield first, _unfiltered(file.at(address, stored), used, size)


def _chunks(file: File, address: int, dimensions: int, depth: int) -> Iterator[tuple[int, int, int, int]]:
    """First row, address, bytes and mask of filters of each chunk below a node of the index."""
    head = file.block(address, 8 + 2 * file.offsets, b"TREE")
    kind, level, used = head.number(1), head.number(1), head.number(2)
    if kind != 1 or depth > DEEPEST:
        raise Malformed("the index of a dataset is not a tree of chunks")
    size = used * (8 + 8 * dimensions + file.offsets)
    body = Cursor(file, file.at(address + 8 + 2 * file.offsets, size))
    for _ in range(used):
        stored, mask, first = body.number(4), body.number(4), body.number(8)
        body.skip(8 * (dimensions - 1))
        child = body.address()
        if level == 0:
            yield first, child, stored, mask
        else:
            yield from _chunks(file, child, dimensions, depth + 1)


def _filters(body: Cursor) -> list[int]:
    """The numbers of the filters, in the order in which they were applied."""
    version, number = body.number(1), body.number(1)
    body.skip(6 if version == 1 else 0)
    found = []
    for _ in range(number):
        which = body.number(2)
        name = body.number(2) if version == 1 or which >= 256 else 0
        body.skip(2)
        values = body.number(2)
        body.skip(name + (-name % 8 if version == 1 else 0))
        body.skip(4 * values + (4 if version == 1 and values % 2 else 0))
        found.append(which)
    return found


def _unfiltered(data: bytes, filters: list[int], size: int) -> bytes:
    """A chunk of ``size`` bytes as it was; raises :class:`Malformed` for filters that are not read."""
    if size > TABLE:
        raise OverBudget(f"a table of {size:,} bytes")
    for which in reversed(filters):
        if which == DEFLATE:
            try:
                data = zlib.decompressobj().decompress(data, size)
            except zlib.error as error:
                raise Malformed(f"a compressed table of rows: {error}") from None
        elif which == SHUFFLE:
            data = _unshuffled(data)
        elif which == FLETCHER32:
            data = data[:-4]
        else:
            raise Malformed(f"a table of rows behind filter {which}, which is not read")
    return data


def _unshuffled(data: bytes, width: int = 16) -> bytes:
    """Bytes that were put in order of their place in an element of ``width`` bytes."""
    count = len(data) // width
    out = bytearray(data)
    for place in range(width):
        out[place : count * width : width] = data[place * count : (place + 1) * count]
    return bytes(out)
