"""Operations of one command line, as they are written down."""

from collections.abc import Callable

from msgspec import Struct, field

from scanner import ir
from scanner.limits import Budget

DEEPEST = 12  # command substitutions inside each other
ALTERNATIVES = 4  # texts that a variable may hold


class Emitter(Struct):
    """The body under construction. Every method returns the register of its result.

    ``nested`` lowers a whole text; command substitutions need it.
    """

    budget: Budget
    nested: Callable[["Emitter", str], ir.Reg]
    ops: list[ir.Op] = field(default_factory=list)
    line: int = 1
    assigned: set[str] = field(default_factory=set)
    depth: int = 0
    texts: dict[str, list[str]] = field(default_factory=dict)  # what variables may hold, if all is known
    written: set[str] = field(default_factory=set)  # names of files that this line has made
    pipes: bool = False  # a named pipe was made: what is written last may be read first
    _next: int = 0

    def _register(self) -> ir.Reg:
        self.budget.spend("steps")
        self._next += 1
        return self._next - 1

    def const(self, value: ir.Scalar) -> ir.Reg:
        dst = self._register()
        self.ops.append(ir.Const(self.line, dst, value))
        return dst

    def unknown(self, why: str) -> ir.Reg:
        dst = self._register()
        self.ops.append(ir.Unknown(self.line, dst, why))
        return dst

    def concat(self, parts: list[ir.Reg]) -> ir.Reg:
        if len(parts) == 1:
            return parts[0]
        dst = self._register()
        self.ops.append(ir.Make(self.line, dst, "str", tuple(parts)))
        return dst

    def merge(self, values: list[ir.Reg]) -> ir.Reg:
        if len(values) == 1:
            return values[0]
        dst = self._register()
        self.ops.append(ir.Merge(self.line, dst, tuple(values)))
        return dst

    def call(self, name: str, *args: ir.Reg, **kwargs: ir.Reg | None) -> ir.Reg:
        """Call ``shell.<name>``, or a dotted name of Python; keywords that are None are left out."""
        callee, dst = self._register(), self._register()
        self.ops.append(ir.Name(self.line, callee, name if "." in name else f"shell.{name}", ""))
        given = tuple((k, v) for k, v in kwargs.items() if v is not None)
        self.ops.append(ir.Call(self.line, dst, callee, args, given))
        return dst

    def store(self, variable: str, value: ir.Reg, text: str | None = None) -> None:
        """Assign ``value``, whose ``text`` is known or not."""
        before = self.texts.get(variable, [] if variable not in self.assigned else None)
        if text is None or before is None:
            self.texts.pop(variable, None)
        else:
            self.texts[variable] = [*before, text][-ALTERNATIVES:]
        self.assigned.add(variable)
        self.ops.append(ir.Store(self.line, variable, value))

    def load(self, variable: str) -> ir.Reg:
        dst = self._register()
        self.ops.append(ir.Load(self.line, dst, variable))
        return dst
