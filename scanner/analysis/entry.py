"""Entry points: what a loader calls, in which order, and with what."""

from __future__ import annotations

from scanner import ir
from scanner.analysis.here import Frame
from scanner.analysis.machine import Machine
from scanner.analysis.scope import Scope
from scanner.analysis.values import UNKNOWN, ClassObject, Closure, Value, named
from scanner.site import Step, Trigger

# What loaders hand to parameters of these names (the builder protocol of ``datasets`` and tfds).
PARAMETERS = {"dl_manager": "datasets.DownloadManager()"}


def run(machine: Machine) -> None:
    """Every entry point in order, then whatever none of them reached, as merely callable."""
    for entry in machine.main.program.entries:
        note = f"runs on {entry.trigger}" + (f": {entry.note}" if entry.note else "")
        enter(machine, entry.function, entry.trigger, note)
    for name in machine.main.program.functions:
        if name not in machine.reached:
            enter(machine, name, Trigger.CALL, "runs when called")
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


def enter(machine: Machine, name: str, trigger: Trigger, note: str) -> None:
    """Run one function as its caller outside the program would."""
    function = machine.main.program.functions[name]
    steps = machine.main.program.steps
    if not steps or name != "main":  # how code in a constant came to run is told already
        start = machine.main.program.site(function.body[0].at if function.body else 1)
        steps = (*steps, Step(start, f"{_title(name)} {note}"))
    if function.parent is None and not function.params:
        machine.reached.add(name)
        machine.execute(Frame(machine.main, machine.main.scope, trigger, steps), function.body)
        return
    owner, _, member = name.rpartition(".")
    closure = _find(machine, owner, member.partition(":")[0], function)
    outside = Frame(machine.main, machine.main.scope, trigger, steps)
    names = [p.name for p in function.params if p.kind in ("plain", "keyword")]
    skip = 1 if closure.receiver is not None else 0
    kwargs = {n: _given(n) for n in names[skip:]}
    machine.invoke(outside, closure, [], kwargs, None)


def _title(name: str) -> str:
    return "this code" if name == "main" else name


def _enclosing(machine: Machine, function: ir.Function) -> Scope:
    parent = machine.main.program.functions.get(function.parent or "")
    return (
        machine.main.scope if parent is None or parent.name == "main" else Scope(parent, machine.main.scope)
    )


def _given(parameter: str) -> Value:
    known = PARAMETERS.get(parameter)
    return UNKNOWN if known is None else named(known)


def _find(machine: Machine, owner: str, member: str, function: ir.Function) -> Closure:
    """The function; a method of a class of the module is bound to the one instance there is."""
    plain = Closure(machine.main, function, _enclosing(machine, function), {})
    value = machine.main.scope.get(owner)
    for thing in value.objects if value else ():
        if isinstance(thing, ClassObject):
            found = thing.find(member)
            closures = [o for o in found.objects if isinstance(o, Closure)] if found else []
            closure = next((c for c in closures if c.function is function), plain)
            return closure.bind(thing.instantiate())
    return plain
