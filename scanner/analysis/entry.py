"""Entry points: what a loader calls, in which order, and with what."""

from __future__ import annotations

from scanner import ir
from scanner.analysis import protocols
from scanner.analysis.here import Frame
from scanner.analysis.inline import Piece
from scanner.analysis.machine import Machine
from scanner.analysis.scope import Scope
from scanner.analysis.values import UNKNOWN, ClassObject, Closure, Value
from scanner.facts import Source
from scanner.site import Step, Trigger


def run(machine: Machine) -> None:
    """Every entry point in order, then whatever none of them reached, as merely callable."""
    main = Piece(machine.main, machine.main.scope)
    for entry in main.module.program.entries:
        _start(machine, main, entry)
    if main.module.program.script:
        protocols.enter(machine, main)
    for piece in machine.pieces:  # which grow while they run
        for entry in piece.module.program.entries[1:]:
            _start(machine, piece, entry)
    machine.pieces.insert(0, main)
    for piece in machine.pieces:
        for name, function in piece.module.program.functions.items():
            if id(function) not in machine.reached:
                enter(machine, piece, name, Trigger.CALL, "runs when called")
    if not machine.main.program.script:
        _tell_references(machine)


def _tell_references(machine: Machine) -> None:
    """What data refers to without calling it, when calling it would run something."""
    kinds = machine.knowledge.vocabulary.kinds
    moment = machine.main.program.entries[0].trigger if machine.main.program.entries else Trigger.CALL
    for name, at in machine.referenced.items():
        api = machine.knowledge.effect(name)
        held = name not in machine.called and api is not None and kinds[api.kind].severity_class == "runs"
        for kind in (machine.knowledge.source(name), "reference.held" if held else None):
            if kind is not None:
                site, callee = machine.main.program.site(at), machine.knowledge.canonical(name)
                machine.recorder.effect(
                    kind, callee, site, moment, machine.main.program.steps, (), script=False
                )


def _start(machine: Machine, piece: Piece, entry: ir.Entry) -> None:
    note = f"runs on {entry.trigger}" + (f": {entry.note}" if entry.note else "")
    enter(machine, piece, entry.function, entry.trigger, note)


def enter(machine: Machine, piece: Piece, name: str, trigger: Trigger, note: str) -> None:
    """Run one function as its caller outside the program would."""
    program = piece.module.program
    function = program.functions[name]
    steps = program.steps
    if not steps or name != "main":  # how code in a constant came to run is told already
        start = program.site(function.body[0].at if function.body else 1)
        steps = (*steps, Step(start, f"{_title(name)} {note}"))
    machine.entered.add(id(function))
    outside = Frame(piece.module, piece.scope, trigger, steps)
    if function.parent is None and not function.params:
        machine.reached.add(id(function))
        machine.execute(outside, function.body)
        machine.activations.catch_up()
        return
    owner, _, member = name.rpartition(".")
    closure, decorated = _find(piece, owner, member.partition(":")[0], function)
    names = [p.name for p in function.params if p.kind in ("plain", "keyword")]
    skip = 1 if closure.receiver is not None else 0
    kwargs = {n: _given(n, trigger) for n in names[skip:]} | protocols.given(function, skip)
    machine.invoke(outside, closure, [], kwargs, None)
    for wrapper in decorated:
        machine.invoke(outside, wrapper, [], {}, None)
    machine.activations.catch_up()


def _title(name: str) -> str:
    return "this code" if name == "main" else name


def _enclosing(piece: Piece, function: ir.Function) -> Scope:
    parent = piece.module.program.functions.get(function.parent or "")
    return piece.scope if parent is None or parent.name == "main" else Scope(parent, piece.scope)


def _given(parameter: str, trigger: Trigger) -> Value:
    asked = trigger is Trigger.USE and parameter in protocols.REQUESTS
    return Value(sources=(Source("net.recv", ()),)) if asked else UNKNOWN


def _find(piece: Piece, owner: str, member: str, function: ir.Function) -> tuple[Closure, list[Closure]]:
    """The function, and what its decorators have put in its place; methods of a class of the module are bound
    to the one instance there is."""
    plain = Closure(piece.module, function, _enclosing(piece, function), {})
    value = piece.scope.owner(owner).get(owner)
    for thing in value.objects if value else ():
        if isinstance(thing, ClassObject):
            found = thing.find(member)
            closures = [o for o in found.objects if isinstance(o, Closure)] if found else []
            closure = next((c for c in closures if c.function is function), plain)
            instance = thing.instantiate()
            decorated = [c.bind(instance) for c in closures if c.function is not function]
            return closure.bind(instance), decorated
    return plain, []
