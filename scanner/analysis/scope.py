"""Variables, and the modules that they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from scanner import ir
from scanner.analysis.values import Value, join
from scanner.blob import place
from scanner.ir import Function, Program


class Scope(Struct, eq=False):
    """The variables of one activation. ``layers`` hold what the arms of branches have written.

    The names of a class body are not visible in the functions that it defines: for those,
    ``enclosing`` is the scope around the class.
    """

    function: Function
    parent: Scope | None
    class_body: bool = False
    layers: list[dict[str, Value]] = field(default_factory=lambda: [{}])

    @property
    def enclosing(self) -> Scope:
        """The scope that a function defined here can see."""
        return self.parent if self.class_body and self.parent is not None else self

    def get(self, var: str) -> Value | None:
        for layer in reversed(self.layers):
            if var in layer:
                return layer[var]
        return None

    def set(self, var: str, value: Value) -> None:
        self.layers[-1][var] = value

    def owner(self, var: str) -> Scope:
        """The scope that a Load or Store of ``var`` means: lexical, the module's at last."""
        scope = self
        while var not in scope.function.local and scope.parent is not None:
            scope = scope.parent
        return scope

    def merge(self, arms: Sequence[dict[str, Value]], *, may_skip: bool) -> None:
        """Join what alternative arms have written into the current layer."""
        for var in {var: None for arm in arms for var in arm}:
            before = self.get(var)
            values = [arm.get(var, before) for arm in arms]
            if may_skip:
                values.append(before)
            self.set(var, join(v for v in values if v is not None))


class Module(Struct, eq=False):
    """A piece of code with variables of its own: the one that is analysed, or a neighbour of it that it
    imports. ``path`` is its file in the tree, ``package`` the folder that a leading dot means."""

    program: Program
    scope: Scope
    loaded: dict[str, Value] = field(default_factory=dict)  # what its imports have found already
    sought: set[str] = field(default_factory=set)  # names that are being looked for in what it has starred

    @classmethod
    def of(cls, program: Program) -> Module:
        """A module that has not run yet."""
        main = program.functions.get("main") or ir.Function("main", (), ())
        return cls(program, Scope(main, None))

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return place(self.program.trail)
