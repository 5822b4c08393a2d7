"""Writing a program down: for readers of configurations and headers, whose programs are straight lines.

What a configuration names is looked up and called by its loader, in order; so it is a program without
variables, branches or functions, and all that it takes is a list of operations.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from scanner.blob import Blob
from scanner.ir import Call, Const, Entry, Function, Make, Name, Op, Program, Reg, Scalar, Unknown
from scanner.limits import Budget


class Builder:
    """The operations so far. Every method returns the register of its result.

    ``at`` is the byte offset of what is being written down; set it as reading goes on.
    """

    def __init__(self, budget: Budget) -> None:
        self.at = 0
        self._ops: list[Op] = []
        self._next = 0
        self._budget = budget

    def _register(self) -> Reg:
        self._budget.spend("steps")
        self._next += 1
        return self._next - 1

    def const(self, value: Scalar) -> Reg:
        """A literal."""
        dst = self._register()
        self._ops.append(Const(self.at, dst, value))
        return dst

    def unknown(self, why: str) -> Reg:
        """A value that is not known before it is loaded."""
        dst = self._register()
        self._ops.append(Unknown(self.at, dst, why))
        return dst

    def name(self, module: str, name: str) -> Reg:
        """``name`` of ``module``, which is imported for it."""
        dst = self._register()
        self._ops.append(Name(self.at, dst, f"{module}.{name}" if module else name, module))
        return dst

    def make(self, kind: Literal["list", "dict"], items: Iterable[Reg]) -> Reg:
        """A container; a ``dict`` alternates keys and values."""
        items = tuple(items)
        dst = self._register()
        self._ops.append(Make(self.at, dst, kind, items))
        return dst

    def call(self, callee: Reg, args: Iterable[Reg] = (), kwargs: Mapping[str, Reg] | None = None) -> Reg:
        """A call, and its result."""
        dst = self._register()
        self._ops.append(Call(self.at, dst, callee, tuple(args), tuple((kwargs or {}).items())))
        return dst

    def program(self, language: str, blob: Blob, note: str = "") -> Program:
        """All of it, run when ``blob`` is loaded; ``note`` says why, for people (one clause)."""
        main = Function("main", (), tuple(self._ops))
        entry = Entry("main", blob.trigger, note)
        return Program(language, blob.trail, "offset", {"main": main}, (entry,), steps=blob.steps)
