"""Recipes for pickle streams: an assembler that never imports what it names.

Values nest: constants, lists, tuples and dicts as they are, and the nodes below for what a pickle
can do that a constant cannot. ``stream(value, protocol)`` is the whole pickle.
"""

import struct
from dataclasses import dataclass
from typing import Any

NEWEST = 5


@dataclass(frozen=True, slots=True)
class Global:
    """An importable object: GLOBAL up to protocol 3, STACK_GLOBAL from 4 on."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """REDUCE: ``callee(*args)``."""

    callee: Any
    args: Any  # a tuple, or a node that gives one


@dataclass(frozen=True, slots=True)
class New:
    """NEWOBJ: ``callee.__new__(callee, *args)``."""

    callee: Any
    args: Any


@dataclass(frozen=True, slots=True)
class Object:
    """OBJ: ``callee(*args)`` by way of a MARK."""

    callee: Any
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """INST: the same with the callee's name in the opcode."""

    module: str
    name: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """BUILD: ``target.__setstate__(state)`` or an update of its ``__dict__``."""

    target: Any
    state: Any


@dataclass(frozen=True, slots=True)
class First:
    """``values`` one after the other, of which only the last is kept."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """Opcodes as they are."""

    opcodes: bytes


def function(path: str) -> Global:
    """``posix.system``: the global of that dotted path."""
    module, _, name = path.rpartition(".")
    return Global(module, name)


def call(path: str, *args: Any) -> Call:
    """The call of a global by its dotted path."""
    return Call(function(path), args)


def stream(value: Any, protocol: int = NEWEST, *, end: bytes = b".") -> bytes:
    """The pickle of ``value``, with a header (and a frame) where the protocol has one."""
    body = encode(value, protocol) + end
    if protocol < 2:
        return body
    head = b"\x80" + bytes([protocol])
    return head + body if protocol < 4 else head + b"\x95" + struct.pack("<Q", len(body)) + body


def encode(value: Any, protocol: int = NEWEST) -> bytes:
    """The opcodes that leave ``value`` on the stack."""

    def inner(*values: Any) -> bytes:
        return b"".join(encode(v, protocol) for v in values)

    match value:
        case Raw(opcodes):
            return opcodes
        case Global(module, name) if protocol < 4:
            return f"c{module}\n{name}\n".encode()
        case Global(module, name):
            return inner(module, name) + b"\x93"
        case Call(callee, args):
            return inner(callee, args) + b"R"
        case New(callee, args):
            return inner(callee, args) + b"\x81"
        case Object(callee, args):
            return b"(" + inner(callee, *args) + b"o"
        case Instance(module, name, args):
            return b"(" + inner(*args) + f"i{module}\n{name}\n".encode()
        case Build(target, state):
            return inner(target, state) + b"b"
        case First(values):
            return b"0".join(encode(v, protocol) for v in values)
        case tuple():
            return b"(" + inner(*value) + b"t"
        case list():
            return b"(l" + b"".join(encode(v, protocol) + b"a" for v in value)
        case dict():
            return b"(" + inner(*(x for pair in value.items() for x in pair)) + b"d"
    return _constant(value, protocol)


def _constant(value: Any, protocol: int) -> bytes:
    match value:
        case None:
            return b"N"
        case bool():
            return b"I01\n" if value else b"I00\n"
        case int():
            return f"I{value}\n".encode()
        case float():
            return f"F{value!r}\n".encode()
        case str() if protocol < 1:
            return (
                b"V"
                + value.replace("\\", "\\u005c").replace("\n", "\\u000a").encode("raw-unicode-escape")
                + b"\n"
            )
        case str() if protocol < 4 or len(value.encode()) > 255:
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case str():
            return b"\x8c" + bytes([len(value.encode())]) + value.encode()
        case bytes() if protocol < 3:  # as Python 3 writes bytes for Python 2
            return encode(call("_codecs.encode", value.decode("latin-1"), "latin1"), protocol)
        case bytes():
            return b"B" + struct.pack("<I", len(value)) + value
    raise TypeError(f"no recipe for {type(value).__name__}")
