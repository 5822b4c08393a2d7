"""The tables of TensorFlow's ``lib/io``, which are those of LevelDB: sorted keys and their values, in blocks.

Source: ``lib/io/format.cc``, ``block.cc`` and the table format of LevelDB. TensorFlow has not compressed the
tables of checkpoints since version 1.1; older ones are not read.
"""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.formats._protobuf import varint

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")  # at the end of a table
FOOTER = 48  # bytes: two handles, padding, the magic number
TRAILER = 5  # bytes behind a block: how it is compressed, a checksum
PLAIN, SNAPPY = 0, 1
LARGEST = 1 << 24  # bytes of a block


def entries(table: Blob) -> Iterator[tuple[bytes, bytes]]:
    """Every key with its value; raises :class:`Malformed` where the table breaks."""
    footer = table.read_at(max(table.size - FOOTER, 0), FOOTER)
    _, at = _handle(footer, 0)  # of the blocks that tell about the table
    index, _ = _handle(footer, at)
    if sum(index) + TRAILER + FOOTER != table.size:
        raise Malformed("the blocks of a table do not stand where it says")
    for _, handle in _block(table, *index):
        yield from _block(table, *_handle(handle, 0)[0])


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Place and size of a block, and where that ends in ``data``."""
    place, at = varint(data, at)
    size, at = varint(data, at)
    return (place, size), at


def _block(table: Blob, place: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    data = table.read_at(place, min(size, LARGEST) + 1)
    if len(data) != size + 1 or size < 4 or data[size] not in (PLAIN, SNAPPY):
        raise Malformed(f"a table has no block of {size:,} bytes at byte {place}")
    if data[size] == SNAPPY:
        return
    stop = size - 4 - 4 * int.from_bytes(data[size - 4 : size], "little")  # the places of whole keys
    at, key = 0, b""
    while at < stop:
        shared, at = varint(data, at)
        more, at = varint(data, at)
        length, at = varint(data, at)
        if at + more + length > stop:
            raise Malformed("an entry of a table is longer than its block")
        key = key[:shared] + data[at : at + more]
        yield key, data[at + more : at + more + length]
        at += more + length
