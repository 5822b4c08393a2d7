"""Branches, loops and handlers: what is certain to run, what may, and how often.

Both arms of a branch run and their variables are joined. Loops over known elements, and loops whose
test is a known constant each time, are unrolled, and inside those only the arm that is taken counts:
that is how decoders give up their payload. An arm that no turn takes is walked all the same, for what
it does to the world, without touching a container.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner import ir
from scanner.analysis import classes
from scanner.analysis.containers import elements
from scanner.analysis.here import Frame, Here
from scanner.analysis.values import UNKNOWN, Value

if TYPE_CHECKING:
    from scanner.analysis.machine import Machine

UNROLLED = 200_000  # operations that one loop over constants may cost
TURNS = 20_000  # of a loop whose test is a constant each time


def branch(machine: Machine, frame: Frame, op: ir.If) -> None:
    """Either arm, or the one that is known to be taken, in an unrolled loop."""
    test = frame.registers.get(op.test, UNKNOWN)
    machine.hand_over(Here(machine, frame, op.at), [test])
    truth = _truth(test) if frame.unrolled else None
    if truth is None:
        arms(machine, frame, (op.then, op.orelse), may_skip=False)
        return
    taken, other = (op.then, op.orelse) if truth else (op.orelse, op.then)
    frame.left.setdefault(id(other), other)
    frame.taken.add(id(taken))
    machine.execute(frame, taken)


def arms(machine: Machine, frame: Frame, bodies: Sequence[ir.Body], *, may_skip: bool) -> None:
    """Alternatives, of which one runs (or none)."""
    written = []
    for body in bodies:
        machine.arms += 1
        frame.arms.append(machine.arms)
        frame.scope.layers.append({})
        machine.execute(frame, body)
        written.append(frame.scope.layers.pop())
        frame.arms.pop()
    frame.scope.merge(written, may_skip=may_skip)


def loop(machine: Machine, frame: Frame, op: ir.Loop) -> None:
    """Every turn if they are known, else two, so that what the one leaves behind reaches the next."""
    if op.ordered and op.body:
        first, last = op.body[0], op.body[-1]
        if isinstance(first, ir.Iter):
            if _for(machine, frame, first, op.body[1:]):
                return
        elif isinstance(last, ir.If) and not last.orelse and _while(machine, frame, op.body[:-1], last):
            return
    for _ in range(2):
        arms(machine, frame, (op.body,), may_skip=True)


def _for(machine: Machine, frame: Frame, head: ir.Iter, body: ir.Body) -> bool:
    """Run a loop over known elements; False if they are not known, or too many."""
    base = frame.registers.get(head.base, UNKNOWN)
    turns = elements(classes.iterated(Here(machine, frame, head.at), base))
    if not turns or len(turns) * (len(body) + 1) > UNROLLED:
        return turns == []
    frame.unrolled += 1
    for turn in turns:
        frame.registers[head.dst] = turn.tainted(Value(sources=base.sources))
        machine.execute(frame, body)
    _leave(machine, frame)
    return True


def _while(machine: Machine, frame: Frame, test: ir.Body, op: ir.If) -> bool:
    """Run a loop as often as its test holds; False as soon as that is not known."""
    if all(isinstance(part, ir.Const) for part in test):
        return False
    frame.unrolled += 1
    for _ in range(min(TURNS, UNROLLED // (len(test) + len(op.then) + 1))):
        machine.execute(frame, test)
        truth = _truth(frame.registers.get(op.test, UNKNOWN))
        if not truth:
            break
        machine.execute(frame, op.then)
    _leave(machine, frame)
    return truth is False


def _leave(machine: Machine, frame: Frame) -> None:
    """Walk the arms that no turn has taken."""
    frame.unrolled -= 1
    if frame.unrolled or not frame.left:
        return
    left = [body for key, body in frame.left.items() if key not in frame.taken and body]
    frame.left.clear()
    frame.taken.clear()
    frame.ghost = True
    for body in left:
        frame.scope.layers.append({})
        machine.execute(frame, body)
        frame.scope.layers.pop()
    frame.ghost = False


def handlers(machine: Machine, frame: Frame, op: ir.Try) -> None:
    """The body, perhaps a handler, and what runs in any case."""
    if not op.handlers:
        machine.execute(frame, op.body)
    else:
        arms(machine, frame, (op.body,), may_skip=True)
        arms(machine, frame, op.handlers, may_skip=True)
    machine.execute(frame, op.final)


def _truth(value: Value) -> bool | None:
    """Whether a value is known to be true, or to be false."""
    if value.known:
        return bool(value.consts[0])
    items = elements(value)
    return None if items is None else bool(items)
