"""One function, walked with symbolic parameters until nothing more is learned.

Variables hold everything that is ever stored in them, in whatever order: that is less precise than
following the order, and never claims too little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner import ir
from tools.derive import attributes, calling
from tools.derive.binding import Given
from tools.derive.domain import ANY, DATA, NOTHING, OPAQUE, Atom, Hop, Summary, Value, data, join
from tools.derive.library import Class, Code

if TYPE_CHECKING:
    from tools.derive.linking import Linker

PASSES = 6
STEPS = 40_000  # operations of one pass: beyond that nothing is known of the function
COMPARES = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"})
GROWING = frozenset(
    {"append", "extend", "insert", "add", "update", "setdefault", "appendleft", "__setitem__"}
)
TEXT = 80  # characters of a constant that is worth remembering


class Walk:
    """The walk of one function; ``summary`` is what it finds. For the top level of a module,
    ``top`` is true: what is called there runs on import and is nobody's call."""

    def __init__(self, linker: Linker, code: Code, *, top: bool = False) -> None:
        self.linker = linker
        self.code = code
        self.module = code.module
        self.top = top
        self.summary = Summary(code.parameters())
        self.variables: dict[tuple[str, str], Value] = {}
        self.returns: dict[str, Value] = {}
        self.defined: dict[str, dict[str, Value]] = {}  # functions inside, with their defaults
        self.spreads: set[tuple[str, int]] = set()
        self.bases: dict[tuple[str, int], Value] = {}  # what the methods in registers are methods of
        self.steps = 0
        self.nesting = 0
        self.read: set[object] = set()  # variables and attributes that have been looked at
        self.changed = False  # since they have
        self.line = 0

    def run(self) -> Summary:
        """Walk until nothing changes."""
        function = self.code.function
        for position, parameter in enumerate(function.params):
            self.bind(function, parameter.name, self._parameter(position, parameter))
        for _ in range(PASSES):
            self.changed = False
            self.steps = 0
            self._function(function)
            done: set[str] = set()
            while left := [name for name in self.defined if name not in done]:
                done.add(left[0])
                self._function(self._named(left[0]))
            if not self.changed or self.summary.unknown == OVER:
                break
        else:
            self.unknown("more passes than allowed", 0)
        self.summary.returns = _outside(self.returns.get(function.name, DATA))
        self.summary.stores = {name: _outside(value) for name, value in self.summary.stores.items()}
        return self.summary

    def _parameter(self, position: int, parameter: ir.Param) -> Value:
        owner, kind = self.code.owner, self.code.kind
        if position == 0 and owner is not None and kind in ("method", "property"):
            return Value(frozenset({0}), frozenset({f"{owner.name}()"}))
        if position == 0 and owner is not None and kind == "class":
            return Value(names=frozenset({owner.name}))
        given = Value(frozenset({position}), box=parameter.kind in ("star", "stars"))
        default = self.code.defaults.get(parameter.name, NOTHING)
        return given if not default.names else given.but(names=default.names)

    def _named(self, name: str) -> ir.Function:
        assert self.module.program is not None
        return self.module.program.functions[name]

    def _function(self, function: ir.Function) -> None:
        if function is not self.code.function:
            for parameter in function.params:
                default = self.defined.get(function.name, {}).get(parameter.name, NOTHING)
                self.bind(function, parameter.name, join([OPAQUE, default]))
        self.body(function, {}, function.body)

    def bind(self, function: ir.Function, name: str, value: Value) -> None:
        """One more thing that a variable of a function may be."""
        key = function.name, name
        old = self.variables.get(key)
        new = value if old is None else join([old, value])
        if new != old:
            self.variables[key] = new
            self.changed |= key in self.read

    def owner(self, function: ir.Function, name: str) -> ir.Function | None:
        """The function whose variable it is; None for the module's."""
        scope: ir.Function | None = function
        while scope is not None and scope.name != "main":
            if name in scope.local or any(p.name == name for p in scope.params):
                return scope
            scope = self._named(scope.parent) if scope.parent else None
        return None

    def load(self, function: ir.Function, name: str) -> Value:
        """What a variable may be."""
        owner = self.owner(function, name)
        if owner is not None:
            self.read.add((owner.name, name))
            return self.variables.get((owner.name, name), NOTHING)
        found = self.linker.variable(self.module, name)
        return OPAQUE if found is None else kept(found)

    # What is found

    def effect(self, kind: str, atom: Atom | None, role: str, callee: str, depth: int) -> None:
        """A parameter reaches an effect; the shortest way to it is kept."""
        self.summary.reach(kind, atom, role, Hop(depth, self.line, callee))

    def unknown(self, callee: str, depth: int) -> None:
        """A call that nobody can judge."""
        self.summary.doubt(Hop(depth, self.line, callee))

    def itself(self, value: Value) -> Class | None:
        """The class of ``self``, if that is what the value is."""
        owner = self.code.owner
        return owner if owner is not None and 0 in value.atoms and f"{owner.name}()" in value.names else None

    def put(self, name: str, value: Value) -> None:
        """An attribute of ``self`` is set."""
        old = self.summary.stores.get(name, NOTHING)
        new = join([old, value])
        if new != old:
            self.summary.stores[name] = new
            self.changed |= name in self.read or ANY in self.read
        assert self.code.owner is not None
        self.linker.keep_field(self.code.owner, name, value)

    # Operations

    def body(self, function: ir.Function, registers: dict[int, Value], body: ir.Body) -> None:
        """Every operation, both arms of everything."""
        for op in body:
            self.steps += 1
            if self.steps > STEPS:
                self.summary.unknown = OVER
                return
            self.line = op.at
            match op:
                case ir.If(then=then, orelse=orelse):
                    self.body(function, registers, then)
                    self.body(function, registers, orelse)
                case ir.Loop(body=inner):
                    self.body(function, registers, inner)
                case ir.Try(body=inner, handlers=handlers, final=final):
                    for part in (inner, *handlers, final):
                        self.body(function, registers, part)
                case ir.Store(var=name, src=src):
                    self._store(function, name, registers.get(src, OPAQUE))
                case ir.SetAttr(base=base, name=name, src=src):
                    attributes.set_attribute(
                        self, registers.get(base, OPAQUE), name, registers.get(src, OPAQUE)
                    )
                case ir.SetItem():
                    self._set_item(registers, op)
                case ir.Return(src=src):
                    value = registers.get(src, OPAQUE)
                    old = self.returns.get(function.name)
                    self.returns[function.name] = new = value if old is None else join([old, value])
                    self.changed |= new != old and function.name in self.read
                case ir.Jump():
                    pass  # every operation is walked, whatever jumps over it
                case _:
                    registers[op.dst] = self._value(function, registers, op)

    def _value(self, function: ir.Function, registers: dict[int, Value], op: ir.Op) -> Value:
        get = registers.get
        match op:
            case ir.Const(value=value):
                text = isinstance(value, str) and len(value) <= TEXT
                return Value(consts=frozenset({value}), box=True) if text else DATA  # type: ignore[arg-type]
            case ir.Name(name=name):
                return Value(names=frozenset({self.module.absolute(name)}))
            case ir.Load(var=name):
                return self.load(function, name)
            case ir.Attr(base=base, name=name):
                if name in GROWING:
                    self.bases[function.name, op.dst] = get(base, OPAQUE)
                return attributes.attribute(self, get(base, OPAQUE), name)
            case ir.Call():
                return self._call(function, registers, op)
            case ir.Item(base=base) | ir.Iter(base=base):
                return attributes.item(self, get(base, OPAQUE))
            case ir.Make(kind=kind, items=items):
                parts = [get(i, OPAQUE) for i in items if i >= 0]
                if kind == "spread":
                    self.spreads.add((function.name, op.dst))
                return data(*parts) if kind in ("str", "slice") else join([*parts, DATA])
            case ir.Binary(op=word, left=left, right=right):
                both = get(left, OPAQUE), get(right, OPAQUE)
                return DATA if word in COMPARES else join([*both, DATA]).but(consts=frozenset())
            case ir.Unary(op=word, operand=operand):
                return DATA if word == "not" else data(get(operand, OPAQUE))
            case ir.Merge(items=items):
                return join(get(i, OPAQUE) for i in items)
            case ir.Define(function=name, defaults=defaults):
                return self._define(function, name, {k: get(r, OPAQUE) for k, r in defaults})
            case ir.DefineClass():
                return self._class(function, registers, op)
        return DATA if isinstance(op, ir.Data) else OPAQUE

    def _call(self, function: ir.Function, registers: dict[int, Value], op: ir.Call) -> Value:
        callee = registers.get(op.callee, OPAQUE)
        args = [Given(registers.get(a, OPAQUE), None, (function.name, a) in self.spreads) for a in op.args]
        args += [Given(registers.get(r, OPAQUE), k) for k, r in op.kwargs]
        if (base := self.bases.get((function.name, op.callee))) is not None:
            if base.shared and any(a.value.atoms for a in args):
                self.unknown("what keeps it for good", 0)
            self._grow(base, *(a.value for a in args))
        if op.how == "decorate":
            return self.linker.decorate(callee, args[0].value)
        if self.top:
            return calling.on_import(callee, args)
        return calling.call(self, callee, args)

    def _store(self, function: ir.Function, name: str, value: Value) -> None:
        owner = self.owner(function, name)
        if owner is not None:
            self.bind(owner, name, value)
        elif self.top:
            self.linker.set_variable(self.module, name, value)
        elif value.atoms and not name.startswith("raise:"):
            self.unknown(f"global {name}", 0)

    def _set_item(self, registers: dict[int, Value], op: ir.SetItem) -> None:
        base, value = registers.get(op.base, OPAQUE), registers.get(op.src, OPAQUE)
        key = NOTHING if op.key is None else registers.get(op.key, OPAQUE)
        if not self.top:
            attributes.set_item(self, base, key, value)
        self._grow(base, value)

    def _grow(self, base: Value, *values: Value) -> None:
        """What a container holds stands beside the container, wherever that is kept."""
        added = join(values).but(consts=frozenset(), box=True)
        for attr in base.atoms if self.code.owner is not None and not self.itself(base) else ():
            if isinstance(attr, str) and attr != "__dict__":
                self.put(attr, added)
        for variable, held in list(self.variables.items()):
            if held is base and not self.itself(base):
                new = join([held, added])
                if new != held:
                    self.variables[variable] = new
                    self.changed = True

    def _define(self, function: ir.Function, name: str, defaults: dict[str, Value]) -> Value:
        if self.top and function.name == "main":
            return self.linker.define(self.module, name, defaults, None)
        self.defined.setdefault(name, {}).update(defaults)
        return Value(inner=frozenset({name}))

    def _class(self, function: ir.Function, registers: dict[int, Value], op: ir.DefineClass) -> Value:
        bases = tuple(registers.get(b, OPAQUE) for b in op.bases)
        meta = dict(op.kwargs).get("metaclass")
        if self.top and function.name == "main":
            return self.linker.define_class(
                self.module, op, bases, registers.get(meta, OPAQUE) if meta is not None else NOTHING
            )
        body = self._named(op.body)
        self.body(body, {}, body.body)
        members = [v for (owner, _), v in self.variables.items() if owner == body.name]
        inner = frozenset().union(*(v.inner for v in members))
        return Value(inner=inner, opaque=True, partial=True)


def kept(value: Value) -> Value:
    """A value that is there before and after the call: a container, or an object, of a module or a class."""
    own = value.box or any(name.endswith("()") for name in value.names)
    return value.but(shared=True) if own else value


def _outside(value: Value) -> Value:
    """A value as callers see it, who cannot look into functions of this function."""
    return value.but(inner=frozenset(), opaque=True) if value.inner else value


OVER = Hop(0, 0, "over budget")
