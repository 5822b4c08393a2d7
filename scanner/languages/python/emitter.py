"""Where lowered operations go: one emitter per function, one file around all of them."""

import ast
from typing import Literal, TypeAlias

from msgspec import Struct, field

from scanner import ir
from scanner.languages.python.scope import BUILTINS, GIVEN, Function, Scope, function_bindings, parameters

Container: TypeAlias = Literal["tuple", "list", "set", "dict", "str", "slice", "spread"]

MAIN = "main"  # the function that is the module's top level
LONGEST = 200  # characters of a function's name


class ClassSeen(Struct, frozen=True):
    """A class of the file: its name among the functions, its bases as dotted names, its methods."""

    name: str
    bases: tuple[str, ...]
    methods: dict[str, str]  # name in the class -> name among the functions


class File(Struct):
    """What all functions of one file share."""

    walrus: bool  # may contain assignment expressions
    enters: bool  # may define a context manager
    renames: bool  # may set its own ``__name__``
    functions: dict[str, ir.Function] = field(default_factory=dict)
    classes: list[ClassSeen] = field(default_factory=list)
    toplevel: dict[str, str] = field(default_factory=dict)  # ``def`` of the module -> function
    aliases: dict[str, str] = field(default_factory=dict)  # variable -> what it was imported as
    never: list[str] = field(default_factory=list)  # bodies of ``if __name__ == "__main__"``
    starred: bool = False  # there was a ``from m import *``
    comprehensions: int = 0
    namesakes: dict[str, int] = field(default_factory=dict)

    def unique(self, name: str, line: int) -> str:
        """A name for a function that no other function has; of bounded length."""
        name = name[-LONGEST:]
        if name in self.functions:
            name = f"{name}:{line}"
        while name in self.functions:
            self.namesakes[name] = count = self.namesakes.get(name, 1) + 1
            name = f"{name}:{count}"
        self.functions[name] = ir.Function(name, (), ())  # taken; the body comes later
        return name

    def dotted(self, node: ast.expr) -> str:
        """The dotted name that an expression spells, through the imports of the file; or ``""``."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Subscript) and not parts:  # Generic[T]
            return self.dotted(node.value)
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self.aliases.get(node.id, node.id))
        return ".".join(reversed(parts))


class Emitter:
    """Collects the operations of one function.

    ``prefix`` starts the names of the functions inside it; ``parent`` is the function that is
    around those (a class body is nobody's parent: its members are not in scope).
    """

    __slots__ = ("file", "inlined", "ops", "parent", "prefix", "registers", "scope")

    def __init__(self, file: File, scope: Scope, prefix: str, parent: str) -> None:
        self.file = file
        self.scope = scope
        self.prefix = prefix
        self.parent = parent
        self.ops: list[ir.Op] = []
        self.registers = 0
        self.inlined: set[str] = set()  # variables of comprehensions, and of a generator

    def register(self) -> ir.Reg:
        self.registers += 1
        return self.registers - 1

    def const(self, at: int, value: ir.Scalar) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Const(at, dst, value))
        return dst

    def unknown(self, at: int, why: str) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Unknown(at, dst, why))
        return dst

    def name(self, at: int, name: str, imports: str) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Name(at, dst, name, imports))
        return dst

    def builtin(self, at: int, name: str) -> ir.Reg:
        return self.name(at, f"builtins.{name}", "builtins")

    def attribute(self, at: int, base: ir.Reg, name: str) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Attr(at, dst, base, name))
        return dst

    def item(self, at: int, base: ir.Reg, key: ir.Reg) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Item(at, dst, base, key))
        return dst

    def make(self, at: int, kind: Container, items: tuple[ir.Reg, ...]) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Make(at, dst, kind, items))
        return dst

    def merge(self, at: int, *items: ir.Reg) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Merge(at, dst, items))
        return dst

    def call(self, at: int, callee: ir.Reg, *args: ir.Reg) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Call(at, dst, callee, args))
        return dst

    def method(self, at: int, base: ir.Reg, name: str, *args: ir.Reg) -> ir.Reg:
        """Call ``base.name(*args)``."""
        return self.call(at, self.attribute(at, base, name), *args)

    def load(self, at: int, name: str) -> ir.Reg:
        """Read what ``name`` means here: a variable, a builtin, or whatever a starred import has."""
        variable = self.scope.find(name)
        if variable is None and name in BUILTINS:
            dotted = BUILTINS[name]
            return self.name(at, dotted, dotted.partition(".")[0])
        if variable is None and name == "__builtins__":
            return self.name(at, "builtins", "builtins")
        if variable is None and name in GIVEN:
            return self.name(at, name, name)
        dst = self.register()
        self.ops.append(ir.Load(at, dst, variable or name))
        return dst

    def sent(self, at: int) -> ir.Reg:
        """What a generator is sent."""
        self.inlined.add(ir.SENT)
        dst = self.register()
        self.ops.append(ir.Load(at, dst, ir.SENT))
        return dst

    def store(self, at: int, name: str, src: ir.Reg) -> None:
        self.ops.append(ir.Store(at, self.scope.find(name) or name, src))

    def finish(self, name: str, params: tuple[ir.Param, ...], parent: str | None) -> None:
        """Put the function into the file."""
        local = self.inlined.union(self.scope.variables.values()) if parent else ()
        self.file.functions[name] = ir.Function(name, params, tuple(self.ops), frozenset(local), parent)


def function_scope(file: File, outer: Scope, node: Function) -> Scope:
    """The scope of a function's body."""
    bindings = function_bindings(node, walrus=file.walrus)
    names = bindings.names.keys() - bindings.globals - bindings.nonlocals | {*parameters(node.args)}
    return Scope("function", outer, {name: name for name in names}, frozenset(bindings.globals))
