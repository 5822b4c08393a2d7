"""One function of the program in the making: its stack, its registers, and what is known of them."""

from collections.abc import Iterable
from typing import Literal, TypeAlias, cast

from msgspec import Struct

from scanner import ir
from scanner.errors import Malformed
from scanner.languages.bytecode.code import Code, Slice, Value
from scanner.languages.bytecode.scope import Scope
from scanner.languages.bytecode.tables import Table

Stack: TypeAlias = tuple[ir.Reg, ...]
Container: TypeAlias = Literal["tuple", "list", "set", "frozenset", "dict", "str", "slice", "spread"]

_RECENT = 64  # operations that may be taken back
_CONSTANTS = {"None": None, "True": True, "False": False}  # names, to Python 2
NULL: ir.Reg = -2  # what PUSH_NULL pushes; no operation writes it


class Known(Struct, frozen=True):
    """A register that holds a constant."""

    value: Value


class Made(Struct, frozen=True):
    """A container and the registers it was made of; those of a dictionary as in ``ir.Make``."""

    kind: Container
    items: Stack


class Module(Struct, frozen=True):
    """A module that an import brought; ``path`` is what IMPORT_FROM continues."""

    path: str


class Marker(Struct, frozen=True):
    """Something that only stands on the stack: a class builder, a raised exception (``group`` tells
    those apart), a manager's ``__exit__``, or its ``__enter__`` or ``__aenter__`` before the call."""

    what: Literal["class", "raised", "exit", "fresh", "__enter__", "__aenter__"]
    group: int = 0


class Defined(Struct, frozen=True):
    """A function: its name in the program, and the parameters that its defaults go to."""

    name: str
    code: Code
    defaults: tuple[tuple[str, ir.Reg], ...] = ()


Origin: TypeAlias = Known | Made | Module | Marker | Defined


class Emitter:
    """Collects the operations of one block at a time; registers are those of the whole function."""

    def __init__(self, code: Code, table: Table, scope: Scope) -> None:
        self.code = code
        self.table = table
        self.scope = scope
        self.ops: list[ir.Op] = []
        self.stack: list[ir.Reg] = []
        self.at = 1
        self.registers = 0
        self.origins: dict[ir.Reg, Origin] = {}
        self.keywords: tuple[str, ...] = ()  # of the next call, since KW_NAMES
        self.test: ir.Reg | None = None  # what the block's branch depends on

    # The stack

    def push(self, *registers: ir.Reg) -> None:
        self.stack.extend(registers)

    def pop(self) -> ir.Reg:
        if not self.stack:
            raise Malformed("an instruction takes more from the stack than is there")
        return self.stack.pop()

    def pops(self, count: int) -> Stack:
        """The topmost ``count`` registers, the lowest first."""
        if not 0 <= count <= len(self.stack):
            raise Malformed("an instruction takes more from the stack than is there")
        found = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        return found

    def peek(self, depth: int) -> ir.Reg:
        """The register ``depth`` from the top; the topmost is 1."""
        if not 1 <= depth <= len(self.stack):
            raise Malformed("an instruction looks deeper into the stack than it is")
        return self.stack[-depth]

    # Operations

    def register(self, origin: Origin | None = None) -> ir.Reg:
        self.registers += 1
        if origin is not None:
            self.origins[self.registers - 1] = origin
        return self.registers - 1

    def unknown(self, why: str, origin: Origin | None = None) -> ir.Reg:
        dst = self.register(origin)
        self.ops.append(ir.Unknown(self.at, dst, why))
        return dst

    def const(self, value: ir.Scalar) -> ir.Reg:
        dst = self.register(Known(value))
        self.ops.append(ir.Const(self.at, dst, value))
        return dst

    def constant(self, value: Value) -> ir.Reg:
        """Any constant of a code object."""
        match value:
            case tuple() | frozenset() | list():
                kind = cast(Container, type(value).__name__)
                items = tuple(self.constant(item) for item in value)
                dst = self.make(kind, items)
                if kind == "tuple":
                    self.origins[dst] = Known(value)
                return dst
            case Slice(parts=parts):
                return self.make("slice", tuple(self.constant(part) for part in parts))
            case Code():
                return self.unknown("a code object", Known(value))
            case None | bool() | int() | float() | complex() | str() | bytes():
                return self.const(value)
        return self.const(...) if value is ... else self.unknown("a constant of an unusual type")

    def name(self, name: str, imports: str, origin: Origin | None = None) -> ir.Reg:
        dst = self.register(origin)
        self.ops.append(ir.Name(self.at, dst, name, imports))
        return dst

    def builtin(self, name: str) -> ir.Reg:
        return self.name(f"builtins.{name}", "builtins")

    def make(self, kind: Container, items: Iterable[ir.Reg]) -> ir.Reg:
        items = tuple(items)
        dst = self.register(Made(kind, items))
        self.ops.append(ir.Make(self.at, dst, kind, items))
        return dst

    def attribute(self, base: ir.Reg, name: str) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Attr(self.at, dst, base, name))
        return dst

    def item(self, base: ir.Reg, key: ir.Reg) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Item(self.at, dst, base, key))
        return dst

    def binary(self, op: str, left: ir.Reg, right: ir.Reg) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Binary(self.at, dst, op, left, right))
        return dst

    def invoke(self, callee: ir.Reg, args: Stack = (), kwargs: tuple[tuple[str, ir.Reg], ...] = ()) -> ir.Reg:
        dst = self.register()
        self.ops.append(ir.Call(self.at, dst, callee, args, kwargs))
        return dst

    def method(self, base: ir.Reg, name: str, *args: ir.Reg) -> ir.Reg:
        return self.invoke(self.attribute(base, name), args)

    def load(self, name: str, *, fast: bool) -> ir.Reg:
        """Read a variable: of this function or one around it if ``fast``, of the module if not."""
        found = self.scope.variable(name) if fast else self.scope.global_variable(name)
        if found is None and name in _CONSTANTS:
            return self.const(_CONSTANTS[name])
        if found is None:
            return self.name("builtins" if name == "__builtins__" else f"builtins.{name}", "builtins")
        dst = self.register()
        self.ops.append(ir.Load(self.at, dst, found))
        return dst

    def store(self, name: str, src: ir.Reg, *, fast: bool) -> None:
        found = self.scope.variable(name) if fast else self.scope.global_variable(name)
        self.ops.append(ir.Store(self.at, found or name, src))

    def drop(self, register: ir.Reg) -> None:
        """Take back the operation that made ``register``, if it was among the last ones."""
        for index in range(len(self.ops) - 1, max(-1, len(self.ops) - 1 - _RECENT), -1):
            if getattr(self.ops[index], "dst", None) == register:
                del self.ops[index]
                return

    # What is known of registers

    def known(self, register: ir.Reg) -> Value:
        """The constant that a register holds; None too when it is not known to hold one."""
        match self.origins.get(register):
            case Known(value=value):
                return value
        return None

    def texts(self, register: ir.Reg) -> tuple[str, ...]:
        """A constant tuple of names."""
        value = self.known(register)
        return tuple(str(item) for item in value) if isinstance(value, tuple) else ()

    def items(self, register: ir.Reg) -> Stack | None:
        """The registers that a list or tuple was made of."""
        match self.origins.get(register):
            case Made(kind="tuple" | "list" | "set", items=items):
                return items
            case Known(value=tuple() as values):
                return tuple(self.constant(value) for value in values)
        return None

    def is_null(self, register: ir.Reg) -> bool:
        return register == NULL

    def marks(self, register: ir.Reg, what: str) -> bool:
        match self.origins.get(register):
            case Marker(what=found):
                return found == what
        return False
