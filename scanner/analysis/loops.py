"""Loops: every turn where they are known, else as many as it takes; and the ways out of them.

A loop over known elements, or whose test is a known constant each time, is unrolled, and inside only the
arm that is taken counts: that is how decoders give up their payload. What a turn skips (arms that none
takes, what stands behind a ``break``) is walked all the same, for what it does to the world, without
touching a container. All unrolled loops of a program share one allowance; when it is spent, or a loop
would cost too much of it, the rest of its turns are taken at once, with any element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from scanner import ir
from scanner.analysis import classes
from scanner.analysis.containers import elements
from scanner.analysis.evaluate import CUT
from scanner.analysis.flow import Left, arms, news, truth
from scanner.analysis.here import Frame, Here
from scanner.analysis.values import UNKNOWN, Value, join

if TYPE_CHECKING:
    from scanner.analysis.machine import Machine

UNROLLED = 1_000_000  # operations that the loops of a program may cost whose every turn is run
SHARE = 5  # of what is left of them, one loop with all that it contains may have the fifth part
TURNS = 16  # with any element, until nothing new gets from one to the next
_TELLING = frozenset({ir.Store, ir.Loop, ir.If, ir.Try, ir.Jump, ir.Return})


class Shape(Struct, frozen=True):
    """What the text of a loop says: how many loops are inside each other, this one included; which
    variables are written in it; whether anything leaves it."""

    height: int
    stored: tuple[str, ...]
    left: bool


class Turns(Struct, eq=False):
    """A loop that is running in a frame. ``unrolled``: each turn is one of the program's; ``arms``: the
    branches that it stands in; ``jumps``: its variables where something may have left this turn."""

    shape: Shape
    unrolled: bool
    arms: int
    jumps: dict[str, Value] = field(default_factory=dict)
    doubtful: bool = False  # a turn may have been left
    cut: bool = False  # there are more turns that are known than the program may have


def loop(machine: Machine, frame: Frame, op: ir.Loop) -> None:
    """Every turn if they are known and not too many, else some."""
    shape = _shape(machine, op)
    turns = Turns(shape, unrolled=True, arms=len(frame.arms))
    if not (op.ordered and op.body and _unroll(machine, frame, op, turns)):
        _widen(machine, frame, op, Turns(shape, unrolled=False, arms=turns.arms, cut=turns.cut))


def _shape(machine: Machine, op: ir.Loop) -> Shape:
    known = machine.shapes.get(id(op))
    if known is None:
        known = machine.shapes[id(op)] = _outline(machine, op.body)
    return known


def _outline(machine: Machine, body: ir.Body) -> Shape:
    """The shape of a loop with this body."""
    height, stored, left = 1, dict[str, None](), False
    for part in body:
        kind = type(part)
        if kind not in _TELLING:
            continue
        inside: list[Shape] = []
        match part:
            case ir.Store(var=var):
                stored[var] = None
            case ir.Loop():
                inner = _shape(machine, part)
                inside = [Shape(inner.height + 1, inner.stored, inner.left)]
            case ir.If(then=then, orelse=orelse):
                inside = [_outline(machine, then), _outline(machine, orelse)]
            case ir.Try(body=tried, handlers=handlers, final=final):
                inside = [_outline(machine, arm) for arm in (tried, *handlers, final)]
            case ir.Jump() | ir.Return(yielded=False):
                left = True
        for shape in inside:
            height, left = max(height, shape.height), left or shape.left
            stored.update(dict.fromkeys(shape.stored))
    return Shape(height, tuple(stored), left)


# Turns with any element


def _widen(machine: Machine, frame: Frame, op: ir.Loop, turns: Turns) -> None:
    """Two turns, so that what the one leaves behind reaches the next, and more while that is news.

    Loops in loops in loops go through their bodies once, then in full, then once more, so that the cost
    is the sum of the levels and not a power of two.
    """
    shape = turns.shape
    frame.loops.append(turns)
    for var in shape.stored if turns.cut else ():
        owner = frame.scope.owner(var)
        value = owner.get(var)
        if value is not None and (value.consts or value.parts):
            owner.set(var, value.tainted(CUT))

    def turn(*, brief: bool) -> None:
        before, frame.brief = frame.brief, brief
        arms(machine, frame, (op.body,), may_skip=True)
        _rejoin(frame, turns)
        frame.brief = before

    deep = shape.height > 2
    turn(brief=frame.brief or deep)
    if not frame.brief:
        told = _reach(machine, frame, shape)
        turn(brief=False)
        for extra in range(min(TURNS, len(shape.stored) + 1)):
            before, told = told, _reach(machine, frame, shape)
            if told <= before and (extra or not deep):
                break
            turn(brief=True)
    frame.loops.pop()


def _reach(machine: Machine, frame: Frame, shape: Shape) -> set[tuple[str, object]]:
    """What has got into the variables of a loop so far."""
    telling = machine.recorder.indicators
    found: set[tuple[str, object]] = set()
    for var in shape.stored:
        value = frame.scope.owner(var).get(var)
        if value is not None:
            found.update((var, s.kind) for s in value.sources)
            found.update((var, n) for n in value.names if not n.endswith(")"))
            found.update((var, i) for c in value.consts if isinstance(c, str) for i in telling(c))
    return found


# Ways out


def jump(_machine: Machine, frame: Frame, op: ir.Jump) -> None:
    """``break``, ``continue`` and an empty ``return``."""
    leave(frame, op.to)


def leave(frame: Frame, to: str) -> None:
    """Something leaves the innermost loop, or its turn: for certain in an unrolled one, else perhaps."""
    if not frame.loops:
        return
    turns = frame.loops[-1]
    if turns.unrolled and len(frame.arms) == turns.arms:
        raise Left(to)
    turns.doubtful = True
    for var in turns.shape.stored:
        value = frame.scope.owner(var).get(var)
        if value is not None:
            before = turns.jumps.get(var)
            turns.jumps[var] = value if before is None else join([before, value])


def _rejoin(frame: Frame, turns: Turns) -> None:
    """What variables were where a turn was left, they may be where the loop goes on."""
    for var, value in turns.jumps.items():
        owner = frame.scope.owner(var)
        now = owner.get(var)
        if now is None:
            owner.set(var, value)
        elif value is not now and (more := news(value, now) if turns.unrolled else value) is not None:
            owner.set(var, join([now, more]))
    turns.jumps.clear()


# Every turn


def _unroll(machine: Machine, frame: Frame, op: ir.Loop, turns: Turns) -> bool:
    """Run every turn, as long as it is known that there is another one; whether that was all.

    A loop shares its allowance with those that it contains and those of the functions that it calls.
    """
    start, outer = machine.budget.spent.get("steps", 0), machine.horizon
    if outer is None:
        machine.horizon = start + (UNROLLED - machine.unrolled) // SHARE
    frame.loops.append(turns)
    frame.unrolled += 1
    try:
        first, last = op.body[0], op.body[-1]
        done = False
        if isinstance(first, ir.Iter):
            done = _for(machine, frame, turns, first, op.body[1:])
        elif isinstance(last, ir.If) and not last.orelse:
            done = _while(machine, frame, turns, op.body[:-1], last)
    finally:
        frame.loops.pop()
        frame.unrolled -= 1
        if outer is None:
            machine.horizon = None
            machine.unrolled += machine.budget.spent.get("steps", 0) - start
    if not frame.unrolled and frame.skipped:
        _visit(machine, frame)
    return done


def _affords(machine: Machine, before: int, turns: int) -> bool:
    """Whether so many more turns can be run, each like the one that began ``before`` so many steps."""
    now = machine.budget.spent.get("steps", 0)
    return machine.horizon is None or now + (now - before) * turns <= machine.horizon


def _for(machine: Machine, frame: Frame, turns: Turns, head: ir.Iter, body: ir.Body) -> bool:
    """Run a loop over known elements; False if they are not known, or too many."""
    base = frame.registers.get(head.base, UNKNOWN)
    items = elements(classes.iterated(Here(machine, frame, head.at), base))
    spent = machine.budget.spent
    if not items or not _affords(machine, spent.get("steps", 0) - len(body) - 1, len(items)):
        turns.cut = bool(items) or base.known  # a text may be too long
        return items == []
    taint, done = Value(sources=base.sources), False
    for index, item in enumerate(items, 1):
        before = spent.get("steps", 0)
        frame.registers[head.dst] = item.tainted(taint)
        done = not _turn(machine, frame, turns, body) or index == len(items)
        # What the first turn costs, an import for example, the others may not.
        turns.cut = not done and index > 1 and not _affords(machine, before, len(items) - index)
        if done or turns.cut:
            break
    return done


def _while(machine: Machine, frame: Frame, turns: Turns, test: ir.Body, op: ir.If) -> bool:
    """Run a loop as often as its test holds; False as soon as that is not known."""
    endless = all(isinstance(part, ir.Const) for part in test)
    if endless and not turns.shape.left:
        return False
    while True:
        before = machine.budget.spent.get("steps", 0)
        machine.execute(frame, test)
        holds = truth(frame.registers.get(op.test, UNKNOWN))
        done = holds is False and not endless
        if holds:
            done = not _turn(machine, frame, turns, op.then)
        if done or not holds or (endless and turns.doubtful):
            break
        turns.cut = not _affords(machine, before, 1)
        if turns.cut:
            break
    return done


def _turn(machine: Machine, frame: Frame, turns: Turns, body: ir.Body) -> bool:
    """One turn; whether there may be another."""
    try:
        machine.execute(frame, body)
    except Left as left:
        frame.skipped.setdefault(id(turns.shape), body)
        return left.to == "continue"
    finally:
        _rejoin(frame, turns)
    return True


def _visit(machine: Machine, frame: Frame) -> None:
    """Walk the arms that no turn has taken, and what has been left."""
    skipped = [body for key, body in frame.skipped.items() if key not in frame.taken and body]
    frame.skipped.clear()
    frame.taken.clear()
    before, frame.ghost = frame.ghost, True
    for body in skipped:
        frame.scope.layers.append({})
        machine.execute(frame, body)
        frame.scope.layers.pop()
    frame.ghost = before
