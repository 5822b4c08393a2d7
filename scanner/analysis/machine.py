"""The abstract machine: walks a program as its loader would and records what it does.

Calls of the program's own functions are followed (with the arguments of each call, so constants
and taint pass through helpers), branches are both taken, loops over known elements are unrolled and
others run twice, so that what one turn leaves behind reaches the next. Budgets bound all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner import ir
from scanner.analysis import calls, classes, flow, linking, subscripts
from scanner.analysis.attributes import get_attribute, set_attribute
from scanner.analysis.containers import element
from scanner.analysis.environment import pick
from scanner.analysis.here import Frame, Here
from scanner.analysis.inline import Piece
from scanner.analysis.linking import Linker
from scanner.analysis.operators import binary, bind, make, unary
from scanner.analysis.record import OWN_FILE, Recorder
from scanner.analysis.scope import Module, Scope
from scanner.analysis.unread import Unread
from scanner.analysis.values import (
    STEPS,
    UNKNOWN,
    Box,
    Closure,
    Value,
    const,
    join,
    made,
    named,
    outline,
)  # fmt: skip
from scanner.blob import Blob, Fragment
from scanner.errors import OverBudget
from scanner.facts import Anomaly, Source
from scanner.knowledge.tables import Knowledge
from scanner.limits import Budget
from scanner.site import Site, Step

DEPTH = 32  # activations of the program's own functions, one inside the other
RECURSION = 2  # activations of the same function
CONTEXTS = 32  # calls of one function that are told apart
CONSTANT = 16_384  # and of those, on constants alone

COMPARISONS = frozenset({"in", "not in", "==", "!="})


class Machine:
    """Runs one program symbolically. ``recorder`` has the facts, ``nested`` the code in constants,
    ``modules`` the neighbours that it imports, by path, ``linked`` by the name they were imported by."""

    def __init__(self, program: ir.Program, knowledge: Knowledge, budget: Budget, linker: Linker) -> None:
        self.main = Module.of(program)
        self.knowledge = knowledge
        self.budget = budget
        self.linker = linker
        self.recorder = Recorder(knowledge)
        self.modules: dict[str, Module] = {}
        self.linked: dict[str, Module] = {}
        self.importing = 0
        self.inlined = 0
        self.written: dict[str, Value] = {}  # what the program puts into files, by path
        self.pieces: list[Piece] = []
        self.evaluated: dict[tuple[object, ...], Value] = {}
        self.anomalies: list[Anomaly] = []
        self.exceeded: list[tuple[OverBudget | RecursionError, Site]] = []
        self.arms = 0
        self.nested: dict[tuple[object, ...], Blob | Fragment] = {}
        self.patched: dict[str, Value] = {}
        self.called: set[str] = set()
        self.referenced: dict[str, int] = {}
        self._active: list[int] = []
        self._memo: dict[tuple[object, ...], Value] = {}
        self._contexts: dict[int, int] = {}
        self.entered: set[int] = set()  # functions that a loader calls
        self.reached: set[int] = set()  # functions, by their identity

    # Calls of the program's own functions

    def invoke(self, caller: Frame, closure: Closure, args: Sequence[Value], kwargs: dict[str, Value],
               site: Site | None) -> Value:  # fmt: skip
        """Run a function of the program on these arguments; its results joined."""
        function = closure.function
        self.reached.add(id(function))
        if closure.receiver is not None:
            args = [closure.receiver, *args]
        given = join([*args, *kwargs.values()]) if args or kwargs else UNKNOWN
        if len(self._active) >= DEPTH or self._active.count(id(function)) >= RECURSION:
            return Value(parts=given.parts, sources=given.sources)
        key = self._context(caller, closure, args, kwargs, given)
        if key in self._memo:
            return self._memo[key]
        self._memo[key] = Value(parts=given.parts, sources=given.sources)
        steps = caller.steps
        if site is not None and len(steps) < STEPS:
            steps = (*steps, Step(site, f"calls {function.name}"))
        frame = Frame(closure.module, Scope(function, closure.scope), caller.trigger, steps)
        bind(frame.scope, function, closure.defaults, args, kwargs)
        self._active.append(id(function))
        try:
            self.execute(frame, function.body)
        finally:
            self._active.pop()
        if frame.yielded:
            frame.results.append(made(Box("list", frame.yielded, exact=not frame.inexact)))
        self._memo[key] = result = join(frame.results) if frame.results else const(None)
        return result

    def _context(self, caller: Frame, closure: Closure, args: Sequence[Value], kwargs: dict[str, Value],
                 given: Value) -> tuple[object, ...]:  # fmt: skip
        """What tells this call from others: calls alike in it share one result.

        After :data:`CONTEXTS` different ones a function is taken to be the same for all callers who
        hand it the same kinds of taint, unless what they hand it is telling.
        """
        name = id(closure.function)
        seen = self._contexts.get(name, 0)
        self._contexts[name] = seen + 1
        if (
            seen >= CONTEXTS
            and (seen >= CONSTANT or not all(v.known for v in (*args, *kwargs.values())))
            and not any(self.recorder.indicators(t) for t in given.texts)
        ):
            return name, caller.trigger, frozenset(s.kind for s in given.sources), given.names
        values = [*(("", v) for v in args), *kwargs.items()]
        return name, id(closure.scope), caller.trigger, tuple((k, outline(v)) for k, v in values)

    # Operations

    def call(self, here: Here, callee: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call any value; for the models of calls."""
        return calls.apply(here, callee, args, kwargs)

    def build(self, here: Here, cls: Value, args: list[Value]) -> Value:
        """An instance of any value, without its initialiser; for the models of calls."""
        return calls.apply(here, cls, args, {}, new=True)

    def attribute(self, here: Here, base: Value, name: str) -> Value:
        """``base.name``; for the models of calls."""
        return get_attribute(here, base, name)

    def subscript(self, here: Here, base: Value, key: Value) -> Value:
        """``base[key]``; for the models of calls."""
        return subscripts.subscript(here, base, key)

    def hand_over(self, here: Here, values: Sequence[Value]) -> None:
        """Objects of the program get where something may call what they implement; for the models."""
        if any(v.objects for v in values):
            classes.handed(here, values)

    def execute(self, frame: Frame, body: ir.Body) -> None:
        self.budget.spend("steps", len(body))
        for op in body:
            self.step(frame, op)

    def step(self, frame: Frame, op: ir.Op) -> None:
        """One operation: those that write a register here, the others in :meth:`_statement`."""
        regs = frame.registers
        get = regs.get
        match op:
            case ir.Const():
                regs[op.dst] = const(op.value)
            case ir.Name():
                regs[op.dst] = self._name(Here(self, frame, op.at), op)
            case ir.Load():
                regs[op.dst] = self.load(frame, op.at, op.var)
            case ir.Attr():
                regs[op.dst] = get_attribute(Here(self, frame, op.at), get(op.base, UNKNOWN), op.name)
            case ir.Call():
                regs[op.dst] = calls.perform(Here(self, frame, op.at), op)
            case ir.Make():
                regs[op.dst] = self._make(frame, op)
            case ir.Binary():
                left, right = get(op.left, UNKNOWN), get(op.right, UNKNOWN)
                here = Here(self, frame, op.at)
                if op.op in COMPARISONS:
                    pick(here, left, right)
                answer = classes.overloaded(here, op.op, left, right)
                regs[op.dst] = binary(op.op, left, right) if answer is None else answer
            case ir.Unary():
                operand = get(op.operand, UNKNOWN)
                answer = classes.sent(Here(self, frame, op.at), operand, classes.UNARY[op.op], [])
                regs[op.dst] = unary(op.op, operand) if answer is None else answer
            case ir.Item():
                here = Here(self, frame, op.at)
                regs[op.dst] = subscripts.subscript(here, get(op.base, UNKNOWN), get(op.key, UNKNOWN))
            case ir.Merge():
                regs[op.dst] = join([get(i, UNKNOWN) for i in op.items])
            case ir.Iter():
                regs[op.dst] = element(classes.iterated(Here(self, frame, op.at), get(op.base, UNKNOWN)))
            case ir.Define():
                defaults = {k: get(r, UNKNOWN) for k, r in op.defaults}
                function = frame.module.program.functions[op.function]
                regs[op.dst] = made(Closure(frame.module, function, frame.scope.enclosing, defaults))
            case ir.DefineClass():
                regs[op.dst] = self._define_class(frame, op)
            case ir.Data():
                regs[op.dst] = made(Unread(op.blob))
            case ir.Unknown():
                regs[op.dst] = UNKNOWN
            case _:
                self._statement(frame, op)

    def _statement(self, frame: Frame, op: ir.Op) -> None:
        get = frame.registers.get
        match op:
            case ir.Store():
                self._store(frame, op)
            case ir.SetItem():
                key = None if op.key is None else get(op.key, UNKNOWN)
                here = Here(self, frame, op.at)
                subscripts.assign_item(here, get(op.base, UNKNOWN), key, get(op.src, UNKNOWN))
            case ir.SetAttr():
                here = Here(self, frame, op.at)
                set_attribute(here, get(op.base, UNKNOWN), op.name, get(op.src, UNKNOWN))
            case ir.Return():
                (frame.yielded if op.yielded else frame.results).append(get(op.src, UNKNOWN))
                frame.inexact |= op.yielded and not frame.certain
            case ir.If():
                flow.branch(self, frame, op)
            case ir.Loop():
                flow.loop(self, frame, op)
            case ir.Try():
                flow.handlers(self, frame, op)

    def _make(self, frame: Frame, op: ir.Make) -> Value:
        parts = [frame.registers.get(i, UNKNOWN) if i >= 0 else None for i in op.items]
        if op.kind in ("dict", "set", "str"):
            here = Here(self, frame, op.at)
            if op.kind == "str":
                parts = [classes.shown(here, p) if p else p for p in parts]
            self.hand_over(here, [p for p in parts if p])
        return make(op.kind, parts, tuple(frame.arms))

    def _name(self, here: Here, op: ir.Name) -> Value:
        value = self.global_name(here, op.name)
        return linking.imported(here, value, op.name, op.imports)

    def global_name(self, here: Here, name: str) -> Value:
        """An importable thing, as this program has left it."""
        if here.frame.module is self.main:
            self.referenced.setdefault(name, here.at)
        value = named(name)
        if name in self.patched:
            value = join([value, self.patched[name]])
        kind = self.knowledge.source(name)
        if kind is not None:
            step = Step(here.site, f"reads {self.knowledge.canonical(name)}")
            value = Value(value.consts, value.names, value.objects, (), (Source(kind, (step,)),), value.exact)
        return value

    def load(self, frame: Frame, at: int, var: str) -> Value:
        """A variable; when nothing is known to bind it, perhaps a starred import did."""
        scope: Scope | None = frame.scope.owner(var)
        while scope is not None:
            value = scope.get(var)
            if value is not None:
                return value
            scope = scope.parent
        if var == OWN_FILE:
            return named(var)
        found = linking.starred(Here(self, frame, at), frame.module, var)
        return UNKNOWN if found is None else found

    def _store(self, frame: Frame, op: ir.Store) -> None:
        step = Step(frame.module.program.site(op.at), f"into {op.var}")
        value = frame.registers.get(op.src, UNKNOWN).stepped(step)
        owner = frame.scope.owner(op.var)
        old = owner.get(op.var)
        if owner is not frame.scope and old is not None:  # who knows when this function is called
            value = join([old, value])
        owner.set(op.var, value)

    def _define_class(self, frame: Frame, op: ir.DefineClass) -> Value:
        bases = tuple(frame.registers.get(b, UNKNOWN) for b in op.bases)
        body = frame.module.program.functions[op.body]
        self.reached.add(id(body))
        scope = Scope(body, frame.scope.enclosing, class_body=True)
        inner = Frame(frame.module, scope, frame.trigger, frame.steps)
        self.execute(inner, body.body)
        kwargs = {name: frame.registers.get(r, UNKNOWN) for name, r in op.kwargs}
        return classes.define(Here(self, frame, op.at), op, inner.scope, bases, kwargs)
