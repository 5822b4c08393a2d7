"""What each operation does: to the registers and variables of its frame, or to the world."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scanner import ir
from scanner.analysis import arrays, calls, classes, effects, flow, linking, loops, subscripts
from scanner.analysis.attributes import get_attribute, set_attribute
from scanner.analysis.containers import element
from scanner.analysis.environment import pick
from scanner.analysis.evaluate import CUT
from scanner.analysis.here import Frame, Here
from scanner.analysis.operators import binary, make, unary
from scanner.analysis.record import OWN_FILE
from scanner.analysis.scope import Scope
from scanner.analysis.unread import Unread
from scanner.analysis.values import UNKNOWN, Closure, Value, const, join, made, named
from scanner.site import Step

if TYPE_CHECKING:
    from scanner.analysis.machine import Machine

LARGE, KIBIBYTE = 1 << 16, 1 << 10  # a constant that is longer costs a step for each of these
COMPARISONS = frozenset({"in", "not in", "==", "!="})


def _const(_machine: Machine, frame: Frame, op: ir.Const) -> None:
    frame.registers[op.dst] = const(op.value)


def _data(_machine: Machine, frame: Frame, op: ir.Data) -> None:
    frame.registers[op.dst] = made(Unread(op.blob))


def _unknown(_machine: Machine, frame: Frame, op: ir.Unknown) -> None:
    frame.registers[op.dst] = UNKNOWN


def _name(machine: Machine, frame: Frame, op: ir.Name) -> None:
    here = Here(machine, frame, op.at)
    if op.imports and op.imports not in machine.initialised and not here.program.script:
        machine.initialised.add(op.imports)
        effects.initialise(here, op.imports)
    value = machine.global_name(here, op.name)
    frame.registers[op.dst] = linking.imported(here, value, op.name, op.imports)


def _load(machine: Machine, frame: Frame, op: ir.Load) -> None:
    """A variable; when nothing is known to bind it, perhaps a starred import did."""
    var = op.var
    scope: Scope | None = frame.scope.owner(var)
    while scope is not None:
        value = scope.get(var)
        if value is not None:
            frame.registers[op.dst] = value
            return
        scope = scope.parent
    if var.partition("@")[0] == OWN_FILE:  # of a function by value, too
        frame.registers[op.dst] = named(OWN_FILE)
        return
    found = linking.starred(Here(machine, frame, op.at), frame.module, var)
    frame.registers[op.dst] = UNKNOWN if found is None else found


def _store(_machine: Machine, frame: Frame, op: ir.Store) -> None:
    value = frame.registers.get(op.src, UNKNOWN)
    if value.sources:
        value = value.stepped(Step(frame.module.program.site(op.at), f"into {op.var}"))
    owner = frame.scope.owner(op.var)
    if owner is not frame.scope:  # who knows when this function is called
        old = owner.get(op.var)
        value = value if old is None else join([old, value])
    owner.set(op.var, value)
    for trial in frame.trials:
        before = trial.get(op.var)
        trial[op.var] = value if before is None else join([before, value])


def _attr(machine: Machine, frame: Frame, op: ir.Attr) -> None:
    base = frame.registers.get(op.base, UNKNOWN)
    frame.registers[op.dst] = get_attribute(Here(machine, frame, op.at), base, op.name)


def _set_attr(machine: Machine, frame: Frame, op: ir.SetAttr) -> None:
    get = frame.registers.get
    here = Here(machine, frame, op.at)
    set_attribute(here, get(op.base, UNKNOWN), op.name, get(op.src, UNKNOWN))


def _item(machine: Machine, frame: Frame, op: ir.Item) -> None:
    get = frame.registers.get
    here = Here(machine, frame, op.at)
    frame.registers[op.dst] = subscripts.subscript(here, get(op.base, UNKNOWN), get(op.key, UNKNOWN))


def _set_item(machine: Machine, frame: Frame, op: ir.SetItem) -> None:
    get = frame.registers.get
    key = None if op.key is None else get(op.key, UNKNOWN)
    here = Here(machine, frame, op.at)
    subscripts.assign_item(here, get(op.base, UNKNOWN), key, get(op.src, UNKNOWN))


def _make(machine: Machine, frame: Frame, op: ir.Make) -> None:
    get = frame.registers.get
    parts = [get(i, UNKNOWN) if i >= 0 else None for i in op.items]
    if op.kind in ("dict", "set", "str") and any(p is not None and p.objects for p in parts):
        here = Here(machine, frame, op.at)
        if op.kind == "str":
            parts = [classes.shown(here, p) if p else p for p in parts]
        machine.hand_over(here, [p for p in parts if p])
    frame.registers[op.dst] = make(op.kind, parts, tuple(frame.arms))


def _binary(machine: Machine, frame: Frame, op: ir.Binary) -> None:
    get = frame.registers.get
    left, right = get(op.left, UNKNOWN), get(op.right, UNKNOWN)
    answer = None
    if op.op in COMPARISONS and (left.sources or right.sources):
        pick(Here(machine, frame, op.at), left, right)
    if left.objects or right.objects:
        answer = classes.overloaded(Here(machine, frame, op.at), op.op, left, right)
        answer = arrays.binary(op.op, left, right) if answer is None else answer
    frame.registers[op.dst] = value = binary(op.op, left, right) if answer is None else answer
    _weigh(machine, value)


def _unary(machine: Machine, frame: Frame, op: ir.Unary) -> None:
    operand = frame.registers.get(op.operand, UNKNOWN)
    answer = classes.sent(Here(machine, frame, op.at), operand, classes.UNARY[op.op], [])
    frame.registers[op.dst] = unary(op.op, operand) if answer is None else answer


def _merge(_machine: Machine, frame: Frame, op: ir.Merge) -> None:
    get = frame.registers.get
    frame.registers[op.dst] = join([get(i, UNKNOWN) for i in op.items])


def _iter(machine: Machine, frame: Frame, op: ir.Iter) -> None:
    base = frame.registers.get(op.base, UNKNOWN)
    some = element(classes.iterated(Here(machine, frame, op.at), base))
    frame.registers[op.dst] = some.tainted(CUT) if frame.loops and frame.loops[-1].cut else some


def _call(machine: Machine, frame: Frame, op: ir.Call) -> None:
    frame.registers[op.dst] = value = calls.perform(Here(machine, frame, op.at), op)
    _weigh(machine, value)


def _weigh(machine: Machine, value: Value) -> None:
    """A large constant has cost more than a step."""
    for constant in value.consts:
        if isinstance(constant, str | bytes) and len(constant) > LARGE:
            machine.budget.spend("steps", len(constant) // KIBIBYTE)


def _define(_machine: Machine, frame: Frame, op: ir.Define) -> None:
    get = frame.registers.get
    defaults = {name: get(register, UNKNOWN) for name, register in op.defaults}
    function = frame.module.program.functions[op.function]
    frame.registers[op.dst] = made(Closure(frame.module, function, frame.scope.enclosing, defaults))


def _define_class(machine: Machine, frame: Frame, op: ir.DefineClass) -> None:
    get = frame.registers.get
    bases = tuple([get(base, UNKNOWN) for base in op.bases])
    body = frame.module.program.functions[op.body]
    machine.reached.add(id(body))
    scope = Scope(body, frame.scope.enclosing, class_body=True)
    machine.execute(Frame(frame.module, scope, frame.trigger, frame.steps), body.body)
    kwargs = {name: get(register, UNKNOWN) for name, register in op.kwargs}
    frame.registers[op.dst] = classes.define(Here(machine, frame, op.at), op, scope, bases, kwargs)


def _return(_machine: Machine, frame: Frame, op: ir.Return) -> None:
    (frame.yielded if op.yielded else frame.results).append(frame.registers.get(op.src, UNKNOWN))
    frame.inexact |= op.yielded and not frame.certain
    if not op.yielded:
        loops.leave(frame, "return")


PERFORM: dict[type[ir.Op], Callable[[Machine, Frame, Any], None]] = {
    ir.Const: _const,
    ir.Data: _data,
    ir.Unknown: _unknown,
    ir.Name: _name,
    ir.Load: _load,
    ir.Store: _store,
    ir.Attr: _attr,
    ir.SetAttr: _set_attr,
    ir.Item: _item,
    ir.SetItem: _set_item,
    ir.Make: _make,
    ir.Binary: _binary,
    ir.Unary: _unary,
    ir.Merge: _merge,
    ir.Iter: _iter,
    ir.Call: _call,
    ir.Define: _define,
    ir.DefineClass: _define_class,
    ir.Return: _return,
    ir.If: flow.branch,
    ir.Loop: loops.loop,
    ir.Jump: loops.jump,
    ir.Try: flow.handlers,
}
"""By the operation's type: what a machine does with it in a frame."""
