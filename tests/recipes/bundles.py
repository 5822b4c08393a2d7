"""The index of a TensorFlow checkpoint without TensorFlow: a table of one block."""

import struct

from tests.recipes.protobufs import message, varint

MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
FLOAT, STRING = 1, 7  # types of tensors


def index(*tensors: tuple[str, int, int, int], shard: int = 0) -> bytes:
    """The names of tensors, with the type of each, and where in that shard it starts and how long it is."""
    entries = [(b"", message((1, 1)))]
    for name, kind, start, size in sorted(tensors):
        entry = message(
            (1, kind), (2, message((2, message((1, size // 4))))), (3, shard), (4, start), (5, size)
        )
        entries.append((name.encode(), entry))
    data = _block(entries)
    names = _block([])
    place = _block([(entries[-1][0], varint(0) + varint(len(data) - 5))])
    handles = varint(len(data)) + varint(len(names) - 5)
    handles += varint(len(data) + len(names)) + varint(len(place) - 5)
    return data + names + place + handles.ljust(40, b"\0") + MAGIC


def _block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Keys that share what they can with the one before, one whole key at the start, and a trailer."""
    data, before = b"", b""
    for key, value in entries:
        shared = next((i for i, (a, b) in enumerate(zip(before, key, strict=False)) if a != b), 0)
        data += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return data + struct.pack("<II", 0, 1) + bytes(5)
