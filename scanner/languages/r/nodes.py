"""What an R object is made of, as far as code can be in it. Everything else is :class:`Other`."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field


class Symbol(Struct, frozen=True):
    """A name."""

    name: str


class Constant(Struct, frozen=True):
    """A short vector of texts, numbers, truth values or bytes."""

    values: tuple[str | float | bool | None, ...]
    kind: Literal["text", "number", "bytes"]


class Item(Struct, frozen=True):
    """An element of a pairlist. An ``active`` one is a binding whose value is computed on every access."""

    tag: str
    value: Node
    active: bool = False


class Pairs(Struct, frozen=True):
    """A pairlist: data, or a call, whose first item is the function. ``at`` is its byte offset."""

    kind: Literal["list", "call"]
    items: tuple[Item, ...]
    at: int


class Closure(Struct, frozen=True):
    """A function."""

    formals: Node
    body: Node
    at: int


class Promise(Struct, frozen=True):
    """An expression that is evaluated when somebody asks for its value; ``kept`` once that has happened."""

    code: Node
    kept: bool
    at: int


class Bytecode(Struct, frozen=True):
    """A compiled expression: its constants, the first of which is what it is said to be compiled from."""

    constants: tuple[Node, ...]


class Vector(Struct, frozen=True):
    """A list or a vector of expressions: the elements with code in them."""

    items: tuple[Node, ...]


class Environment(Struct):
    """Variables. Environments refer to each other, so they are filled after they were made."""

    frame: list[Node] = field(default_factory=list)


class Other(Struct, frozen=True):
    """Anything that is not looked into, by what it is."""

    what: str


Node: TypeAlias = (
    Symbol | Constant | Pairs | Closure | Promise | Bytecode | Vector | Environment | Other
)  # fmt: skip
CODE = (Pairs, Closure, Promise, Bytecode, Vector, Environment)
