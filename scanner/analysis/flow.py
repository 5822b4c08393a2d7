"""Branches and handlers: what is certain to run, and what may.

Both arms of a branch run and their variables are joined, unless a loop is unrolled (:mod:`loops`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner import ir
from scanner.analysis.containers import elements
from scanner.analysis.here import Frame, Here
from scanner.analysis.values import UNKNOWN, Value, as_text, join

if TYPE_CHECKING:
    from scanner.analysis.machine import Machine


class Left(Exception):  # noqa: N818 - a way, not an error
    """A ``break``, ``continue`` or ``return`` that is certain to be reached in this turn."""

    def __init__(self, to: str) -> None:
        self.to = to


def branch(machine: Machine, frame: Frame, op: ir.If) -> None:
    """Either arm, or the one that is known to be taken, in an unrolled loop."""
    test = frame.registers.get(op.test, UNKNOWN)
    machine.hand_over(Here(machine, frame, op.at), [test])
    holds = truth(test) if frame.unrolled else None
    if holds is None:
        arms(machine, frame, (op.then, op.orelse), may_skip=False)
        return
    taken, other = (op.then, op.orelse) if holds else (op.orelse, op.then)
    frame.skipped.setdefault(id(other), other)
    frame.taken.add(id(taken))
    machine.execute(frame, taken)


def arms(machine: Machine, frame: Frame, bodies: Sequence[ir.Body], *, may_skip: bool) -> None:
    """Alternatives, of which one runs (or none)."""
    written = []
    for body in bodies:
        machine.arms += 1
        frame.arms.append(machine.arms)
        frame.scope.layers.append({})
        leaves = bool(body) and _leaves(body[-1])
        frame.leaving += leaves
        machine.execute(frame, body)
        frame.leaving -= leaves
        written.append(frame.scope.layers.pop())
        frame.arms.pop()
    frame.scope.merge(written, may_skip=may_skip)


def _leaves(last: ir.Op) -> bool:
    """Whether what stands behind a body that ends like this does not run after it."""
    match last:
        case ir.Return(yielded=False) | ir.Jump() | ir.Store(var=ir.RAISED):
            return True
    return False


def handlers(machine: Machine, frame: Frame, op: ir.Try) -> None:
    """The body, perhaps a handler after any part of it, and what runs in any case."""
    try:
        if op.handlers:
            _try(machine, frame, op)
        else:
            machine.execute(frame, op.body)
    except Left:
        machine.execute(frame, op.final)
        raise
    machine.execute(frame, op.final)


def _try(machine: Machine, frame: Frame, op: ir.Try) -> None:
    frame.trials.append({})
    try:
        arms(machine, frame, (op.body,), may_skip=True)
    finally:
        stored = frame.trials.pop()
    for var, value in stored.items():
        owner = frame.scope.owner(var)
        now = owner.get(var)
        if now is not None and (more := news(value, now)) is not None:
            owner.set(var, join([now, more]))
    arms(machine, frame, op.handlers, may_skip=True)


def news(value: Value, now: Value) -> Value | None:
    """``value`` without numbers and without beginnings of what the variable has become: they tell
    nothing, and what is decoded must stay a constant."""
    whole = [as_text(c) for c in now.consts if isinstance(c, str | bytes)]
    consts = tuple(
        c
        for c in value.consts
        if isinstance(c, str | bytes) and not any(text.startswith(as_text(c)) for text in whole)
    )
    sources = tuple(s for s in value.sources if s not in now.sources)
    names = tuple(n for n in value.names if n not in now.names)
    objects = tuple(o for o in value.objects if not any(o is known for known in now.objects))
    if not (consts or sources or names or objects):
        return None
    return Value(consts, names, objects, value.parts, sources, value.exact)


def truth(value: Value) -> bool | None:
    """Whether a value is known to be true, or to be false."""
    if value.known:
        return bool(value.consts[0])
    items = elements(value)
    return None if items is None else bool(items)
