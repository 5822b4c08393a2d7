"""Arrow and Parquet, written message by message: the smallest files that their readers take."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from typing import TypeAlias

from tests.recipes.flatbuffers import Table, Wide, flatbuffer

Pairs: TypeAlias = dict[bytes, bytes]
Thrift: TypeAlias = "int | bytes | list[Thrift] | dict[int, Thrift]"

SCHEMA, BATCH = 1, 3
END = b"\xff\xff\xff\xff\0\0\0\0"


def pairs(of: Pairs) -> list[Table]:
    return [{0: key, 1: value} for key, value in of.items()]


def extension(name: bytes, parameters: bytes) -> Pairs:
    """The metadata of a column of an extension type."""
    return {b"ARROW:extension:name": name, b"ARROW:extension:metadata": parameters}


def column(name: bytes, metadata: Pairs, children: Sequence[Table] = ()) -> Table:
    return {0: name, 2: 2, 3: {}, 5: [*children], 6: pairs(metadata)}


def schema(*columns: Table, metadata: Pairs | None = None) -> Table:
    return {1: [*columns], 2: pairs(metadata or {})}


def message(kind: int, header: Table, body: int = 0, *, marked: bool = True) -> bytes:
    """The message without its body, of ``body`` bytes."""
    data = flatbuffer({0: 4, 1: kind, 2: header, 3: Wide(body)})
    data += bytes(-len(data) % 8)
    return (b"\xff" * 4 if marked else b"") + struct.pack("<i", len(data)) + data


def arrow_stream(of: Table, *, marked: bool = True) -> bytes:
    return message(SCHEMA, of, marked=marked) + (END if marked else bytes(4))


def arrow_file(first: Table, last: Table | None = None) -> bytes:
    """A file whose first message has one schema and whose footer has, perhaps, another."""
    footer = flatbuffer({0: 4, 1: last or first})
    return b"ARROW1\0\0" + arrow_stream(first) + footer + struct.pack("<i", len(footer)) + b"ARROW1"


def feather_v1(text: bytes) -> bytes:
    footer = flatbuffer({0: b"", 1: Wide(1), 2: [{0: b"a", 4: text}], 4: text})
    return b"FEA1" + bytes(8) + footer + struct.pack("<I", len(footer)) + b"FEA1"


def _varint(value: int) -> bytes:
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + _varint(value >> 7)


def _kind(value: Thrift) -> int:
    return {int: 6, bytes: 8, list: 9, dict: 12}[type(value)]


def thrift(value: Thrift, after: int = 0) -> bytes:
    """Compact protocol: numbers of 64 bits, strings, lists, structs by the number of the field. What the
    fields of a struct stand behind is the field ``after``."""
    if isinstance(value, int):
        return _varint(value << 1 if value >= 0 else -value * 2 - 1)
    if isinstance(value, bytes):
        return _varint(len(value)) + value
    if isinstance(value, list):
        kind = _kind(value[0]) if value else 12
        return bytes([0xF0 | kind]) + _varint(len(value)) + b"".join(thrift(each) for each in value)
    out, last = b"", after
    for number, each in value.items():
        kind, step = _kind(each), number - last
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _varint(number << 1)
        out, last = out + thrift(each), number
    return out + b"\0"


def parquet(
    pages: bytes = b"",
    *,
    chunk: dict[int, Thrift] | None = None,
    metadata: Pairs | None = None,
    size: int = 0,
) -> bytes:
    """A file of one column, with ``pages`` where there should be some, of which ``size`` are accounted for."""
    place: dict[int, Thrift] = {1: 1, 3: [b"a"], 5: 1, 6: size, 7: size, 9: 4}
    group: dict[int, Thrift] = {1: [{2: 4, 3: place, **(chunk or {})}], 2: size, 3: 1}
    kept: list[Thrift] = [{1: key, 2: value} for key, value in (metadata or {}).items()]
    footer = b"\x15\x04" + thrift({2: [{4: b"a"}], 3: 1, 4: [group], 5: kept, 6: b"recipe"}, after=1)
    return b"PAR1" + pages + footer + struct.pack("<I", len(footer)) + b"PAR1"


def arrow_schema(of: Table) -> Pairs:
    """What pyarrow adds to the footer of a Parquet file."""
    return {b"ARROW:schema": base64.b64encode(message(SCHEMA, of))}
