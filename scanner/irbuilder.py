"""Writing programs down, operation by operation.

What a configuration names is looked up and called by its loader, in order: a program without variables,
branches or functions, and all that it takes is a list of operations (:meth:`Builder.program`). A language
with more to it builds its functions out of the same pieces.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeAlias

from scanner.blob import Blob
from scanner.ir import (
    Attr,
    Binary,
    Call,
    Const,
    Entry,
    Function,
    Item,
    Make,
    Name,
    Op,
    Program,
    Reg,
    Scalar,
    Unknown,
)
from scanner.limits import Budget

NEAR = 1 << 20  # bytes: looking for what is not there must not go through all of a document
Kind: TypeAlias = Literal["tuple", "list", "dict", "str", "slice", "spread"]


class Builder:
    """The operations so far, in ``body``. Every method returns the register of its result.

    ``at`` is the position (byte offset or line) of what is being written down; set it as reading goes on.
    """

    def __init__(self, budget: Budget) -> None:
        self.at = 0
        self.body: list[Op] = []
        self._next = 0
        self._budget = budget

    def emit(self, make: Callable[[int, Reg], Op]) -> Reg:
        """Any operation that has a result: ``make`` is given its position and its register."""
        self._budget.spend("steps")
        self._next += 1
        self.body.append(make(self.at, self._next - 1))
        return self._next - 1

    def const(self, value: Scalar) -> Reg:
        """A literal."""
        return self.emit(lambda at, dst: Const(at, dst, value))

    def unknown(self, why: str) -> Reg:
        """A value that is not known before it is loaded."""
        return self.emit(lambda at, dst: Unknown(at, dst, why))

    def name(self, module: str, name: str) -> Reg:
        """``name`` of ``module``, which is imported for it."""
        return self.emit(lambda at, dst: Name(at, dst, f"{module}.{name}" if module else name, module))

    def make(self, kind: Kind, items: Iterable[Reg]) -> Reg:
        """A container; a ``dict`` alternates keys and values."""
        parts = tuple(items)
        return self.emit(lambda at, dst: Make(at, dst, kind, parts))

    def call(
        self,
        callee: Reg,
        args: Iterable[Reg] = (),
        kwargs: Mapping[str, Reg] | None = None,
        how: Literal["call", "new", "state"] = "call",
    ) -> Reg:
        """A call, and its result."""
        given, named = tuple(args), tuple((kwargs or {}).items())
        return self.emit(lambda at, dst: Call(at, dst, callee, given, named, how))

    def binary(self, op: str, left: Reg, right: Reg) -> Reg:
        """An operator between two values."""
        return self.emit(lambda at, dst: Binary(at, dst, op, left, right))

    def attr(self, base: Reg, name: str) -> Reg:
        """``base.name``."""
        return self.emit(lambda at, dst: Attr(at, dst, base, name))

    def item(self, base: Reg, key: Reg) -> Reg:
        """``base[key]``."""
        return self.emit(lambda at, dst: Item(at, dst, base, key))

    @contextmanager
    def inside(self) -> Iterator[list[Op]]:
        """What is written down meanwhile goes into a body of its own."""
        outer, self.body = self.body, []
        yield self.body
        self.body = outer

    def program(
        self, language: str, blob: Blob, note: str = "", unit: Literal["offset", "line"] = "offset"
    ) -> Program:
        """All of it, run when ``blob`` is loaded; ``note`` says why, for people (one clause)."""
        main = Function("main", (), tuple(self.body))
        entry = Entry("main", blob.trigger, note)
        return Program(language, blob.trail, unit, {"main": main}, (entry,), steps=blob.steps)


class Places:
    """Where the strings of a JSON document stand, for a reading that goes through it in order.

    No two questions get the same answer: calls at one place would be taken for one call.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = -1

    def after(self, text: str) -> int:
        """The offset of the next place of ``text``, or one behind the last answer when there is none near."""
        quoted, start = json.dumps(text).encode(), self._position + 1
        self._position = max(self._data.find(quoted, start, start + NEAR), start)
        return self._position
