"""Flatbuffers without their library: parents first, and every child behind them."""

import struct
from typing import TypeAlias

Value: TypeAlias = "int | Wide | bytes | list[int] | list[Table] | Table"
Table: TypeAlias = "dict[int, Value]"  # by the number of the field: 0, 1, 2 and so on


class Wide(int):
    """A number of 64 bits."""


def flatbuffer(root: Table, identifier: bytes = b"") -> bytes:
    """The file. Numbers have 32 bits, bytes are strings or vectors of bytes."""
    out = bytearray(4) + identifier
    _refer(out, 0, root)
    return bytes(out)


def _refer(out: bytearray, at: int, value: Value) -> None:
    """Write ``value`` at the end, and at ``at`` how far away that is."""
    out += bytes(-len(out) % 4)
    if isinstance(value, dict):
        slots = max(value, default=-1) + 1
        sizes = {slot: 8 if isinstance(value[slot], Wide) else 4 for slot in sorted(value)}
        before = {slot: 4 + sum(size for other, size in sizes.items() if other < slot) for slot in sizes}
        entries = [before.get(slot, 0) for slot in range(slots)]
        out += struct.pack(f"<HH{slots}H", 4 + 2 * slots, 4 + sum(sizes.values()), *entries)
        out += bytes(-len(out) % 4)
        start = len(out)
        vtable = start - (4 + 2 * slots + -(4 + 2 * slots) % 4)
        struct.pack_into("<I", out, at, start - at)
        out += struct.pack("<i", start - vtable) + bytes(sum(sizes.values()))
        places = [(start + entries[slot], value[slot]) for slot in sorted(value)]
    else:
        struct.pack_into("<I", out, at, len(out) - at)
        out += struct.pack("<I", len(value))
        start = len(out)
        out += value if isinstance(value, bytes) else bytes(4 * len(value))
        places = [] if isinstance(value, bytes) else [(start + 4 * n, each) for n, each in enumerate(value)]
    for place, each in places:
        if isinstance(each, int):
            struct.pack_into("<q" if isinstance(each, Wide) else "<i", out, place, each)
        else:
            _refer(out, place, each)


def strings(*texts: str) -> bytes:
    """The buffer of a TFLite tensor of strings."""
    data = "".join(texts).encode()
    ends = [8 + 4 * len(texts) + sum(len(each.encode()) for each in texts[:n]) for n in range(len(texts) + 1)]
    return struct.pack(f"<I{len(ends)}I", len(texts), *ends) + data


def tflite(*operators: tuple[str, bytes, list[int]], texts: tuple[str, ...] = ()) -> bytes:
    """Operators with a name, their options and the numbers of their inputs; one tensor for each of ``texts``.

    The output of operator ``n`` is tensor ``100 + n``.
    """
    codes = [{1: name.encode(), 3: 32} for name, _, _ in operators]
    tensors = [{1: 5, 2: 1 + n, 3: b"t"} for n in range(len(texts))]
    nodes = [{0: n, 1: inputs, 2: [100 + n], 5: options} for n, (_, options, inputs) in enumerate(operators)]
    buffers: list[Table] = [{}, *({0: strings(text)} for text in texts)]
    return flatbuffer({0: 3, 1: codes, 2: [{0: tensors, 3: nodes}], 4: buffers}, b"TFL3")


def described(buffers: int = 1) -> bytes:
    """A TFLite graph that says that it has metadata, whose files stand in an archive behind it."""
    metadata: list[Table] = [{0: b"TFLITE_METADATA", 1: 0}]
    return flatbuffer({0: 3, 1: [{3: 1}], 2: [{}], 4: [{}] * buffers, 6: metadata}, b"TFL3")
