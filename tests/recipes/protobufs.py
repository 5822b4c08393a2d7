"""Protocol buffers, written field by field: for shapes that no honest writer makes."""

import struct
from typing import TypeAlias

Value: TypeAlias = int | float | str | bytes


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def field(number: int, value: Value) -> bytes:
    """One field: a number as varint, a float in 32 bits, anything else with its length in front."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (1 << 64) - 1)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def message(*fields: tuple[int, Value]) -> bytes:
    """Fields in the order that is given."""
    return b"".join(field(number, value) for number, value in fields)
