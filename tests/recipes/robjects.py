"""R's serialised objects, written item by item. Calls, texts and functions are spelled as Python values."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

ENVIRONMENT, EMPTY, NOTHING, UNBOUND, WORKSPACE = 4, 242, 254, 252, 253
OBJECT, ATTRIBUTES, TAG, ACTIVE = 1 << 8, 1 << 9, 1 << 10, 1 << 27


@dataclass(frozen=True)
class Name:
    """A symbol."""

    name: str


class Call(tuple):
    """A call: the function, then its arguments; a pair of a name and a value is a named one."""


@dataclass(frozen=True)
class Promise:
    code: Value
    kept: bool = False


@dataclass(frozen=True)
class Function:
    body: Value
    parameters: tuple[str, ...] = ()
    compiled: bool = False
    shown: Call | None = None  # what the bytecode says that it was compiled from, if that is a lie


@dataclass(frozen=True)
class Pairs:
    """A pairlist of names and values: the content of a workspace."""

    items: tuple[tuple[str, Value], ...]
    active: bool = False


@dataclass(frozen=True)
class Frame:
    """An environment with these variables."""

    variables: Pairs


@dataclass(frozen=True)
class Mapped:
    """A vector that is a file, mapped into memory."""

    path: str


Value: TypeAlias = (
    "str | float | bytes | list[Value] | Name | Call | Promise | Function | Pairs | Frame | Mapped | None"
)

Token: TypeAlias = "int | float | bytes"  # a string is the bytes of one; so are raw bytes, but not as text


def call(function: str, *arguments: Value | tuple[str, Value]) -> Call:
    return Call((Name(function), *arguments))


def serialized(value: Value, *, version: int = 3, form: str = "X") -> bytes:
    """What ``serialize`` writes: big-endian (X), as this machine has it (B), or as text (A)."""
    header = _int(version, 0x040203, 0x030500 if version == 3 else 0x020300)
    encoding = [*_int(5), b"UTF-8"] if version == 3 else []
    return f"{form}\n".encode() + b"".join(
        WRITES[form](token) for token in [*header, *encoding, *_item(value)]
    )


def workspace(version: int = 3, form: str = "X", **variables: Value) -> bytes:
    """What ``save`` writes."""
    mark = f"RD{form}{version}\n".encode()
    return mark + serialized(Pairs(tuple(variables.items())), version=version, form=form)


def _word(token: Token) -> bytes:
    if isinstance(token, bytes):
        special = {ord("\n"): b"\\n", ord("\\"): b"\\\\", ord('"'): b'\\"', ord("'"): b"\\'"}
        plain = b"".join(
            special.get(byte, bytes([byte]) if 32 < byte < 127 else b"\\%03o" % byte) for byte in token
        )
        return plain + b"\n"
    return b"%a\n" % token


def _number(order: str) -> Callable[[Token], bytes]:
    def write(token: Token) -> bytes:
        if isinstance(token, bytes):
            return token
        return struct.pack(order + ("d" if isinstance(token, float) else "i"), token)

    return write


WRITES = {"X": _number(">"), "B": _number("<"), "A": _word}


def _int(*values: int) -> list[Token]:
    return [*values]


def _text(text: str) -> list[Token]:
    data = text.encode()
    return [*_int(0x00040009, len(data)), *([data] if data else [])]


def _symbol(name: str) -> list[Token]:
    return _int(1) + _text(name)


def _pairs(items: Sequence[tuple[str, Value]], kind: int = 2, flags: int = 0) -> list[Token]:
    """A list whose first cell is of ``kind``."""
    out: list[Token] = []
    for index, (tag, value) in enumerate(items):
        out += _int((kind if index == 0 else 2) | (TAG if tag else 0) | flags)
        out += (_symbol(tag) if tag else []) + _item(value)
    return out + _int(NOTHING)


def _item(value: Value) -> list[Token]:
    match value:
        case None:
            return _int(NOTHING)
        case str():
            return _int(16, 1) + _text(value)
        case bytes():
            return [*_int(24, len(value)), value]
        case int() | float():
            return [*_int(14, 1), float(value)]
        case Name(name):
            return _symbol(name)
        case Call():
            items = [
                each if isinstance(each, tuple) and not isinstance(each, Call) else ("", each)
                for each in value
            ]
            return _pairs(items, kind=6)
        case list():
            return _int(19, len(value)) + [token for each in value for token in _item(each)]
        case Promise(code, kept):
            return _int(5 | TAG, WORKSPACE) + (_item(1.0) if kept else _int(UNBOUND)) + _item(code)
        case Function(body, parameters, compiled, shown):
            formals = _pairs([(name, Name("")) for name in parameters]) if parameters else _int(NOTHING)
            return _int(3 | TAG, WORKSPACE) + formals + (_compiled(body, shown) if compiled else _item(body))
        case Pairs(items, active):
            return _pairs(items, flags=ACTIVE if active else 0)
        case Frame(variables):
            return _int(ENVIRONMENT, 0, EMPTY) + _item(variables) + _int(NOTHING, NOTHING)
        case Mapped(path):
            info = _pairs([("", Name("mmap_real")), ("", Name("base")), ("", 14.0)])
            return _int(238) + info + _pairs([("", path), ("", 8.0)]) + _int(NOTHING)
    raise TypeError(value)


def _compiled(body: Value, shown: Call | None) -> list[Token]:
    """Bytecode, whose first constant is what it was made of; here it is a call, told apart by its type."""
    code = _int(21, 1) + _int(13, 2, 12, 1)  # one repetition at most, and two words of code
    constants = [each for each in (shown, body) if isinstance(each, Call)]
    return code + _int(len(constants)) + [token for each in constants for token in [6, *_expression(each)]]


def _expression(body: Call) -> list[Token]:
    out = _int(NOTHING) + _int(1) + _item(body[0])
    for each in body[1:]:
        out += _int(2, NOTHING) + _int(1) + _item(each)
    return out + _int(NOTHING) + _int(NOTHING)
