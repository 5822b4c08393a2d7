"""What a call does: a function of the program, glue, pure computation, an effect, or unknown."""

from __future__ import annotations

import re
from dataclasses import replace

from scanner.analysis import attributes, containers, effects, evaluate, pure, special, subscripts
from scanner.analysis.containers import HOLE, compute, concatenate, element, elements, piece, spilled
from scanner.analysis.here import Here
from scanner.analysis.pure import NotConstant
from scanner.analysis.values import (
    UNKNOWN,
    Box,
    ClassObject,
    Closure,
    Getter,
    Instance,
    Method,
    Object,
    Partial,
    Value,
    join,
    made,
    named,
)  # fmt: skip
from scanner.ir import Call


def perform(here: Here, op: Call) -> Value:
    """The Call operation: fetch the operands, spread what is starred, and apply."""
    get = here.frame.registers.get
    callee = get(op.callee, UNKNOWN)
    args = _spread([get(a, UNKNOWN) for a in op.args])
    kwargs: dict[str, Value] = {}
    for name, reg in op.kwargs:
        value = get(reg, UNKNOWN)
        inner = containers.boxes(value) if name == "**" else []
        if inner:
            kwargs.update({str(k): v for box in inner for k, v in box.entries.items()})
        else:
            kwargs[name] = value
    if op.how == "state":
        return _set_state(here, callee, args[0] if args else UNKNOWN)
    if op.how == "decorate":
        return _decorate(here, callee, args)
    return apply(here, callee, args, kwargs, new=op.how == "new")


def _spread(args: list[Value]) -> list[Value]:
    result = []
    for arg in args:
        spread = next((o for o in arg.objects if isinstance(o, Box) and o.kind == "spread"), None)
        if spread is None:
            result.append(arg)
        else:
            inner = spread.items[0] if spread.items else UNKNOWN
            result.extend(elements(inner) or [element(inner)])
    return result


def apply(here: Here, callee: Value, args: list[Value],
          kwargs: dict[str, Value], *, new: bool = False) -> Value:  # fmt: skip
    """Call ``callee``, whatever it may be; the join of what its alternatives return."""
    here.machine.budget.spend("steps")
    results = [_call_object(here, thing, args, kwargs, new=new) for thing in callee.objects]
    results += [_call_name(here, name, callee, args, kwargs, new=new) for name in callee.names]
    if not results:
        effects.computed(here, HOLE, callee, args)
        here.run_callbacks([*args, *kwargs.values()])
        results = [UNKNOWN.tainted(callee, *args, *kwargs.values())]
    return join(results)


def _call_object(here: Here, thing: Object, args: list[Value], kwargs: dict[str, Value], *,
                 new: bool = False) -> Value:  # fmt: skip
    match thing:
        case Closure():
            return here.invoke(thing, args, kwargs)
        case ClassObject():
            return _instantiate(here, thing, args, kwargs, new=new)
        case Instance():
            member = here.attribute(made(thing), "__call__")
            return apply(here, member, args, kwargs) if member.objects else UNKNOWN.tainted(*args)
        case Method():
            return _call_method(here, thing, args, kwargs)
        case Partial():
            both = {**dict(thing.kwargs), **kwargs}
            return apply(here, thing.callee, [*thing.args, *args], both)
        case Getter():
            return special.apply_getter(here, thing, args)
    return UNKNOWN.tainted(*args, *kwargs.values())


def _instantiate(here: Here, cls: ClassObject, args: list[Value], kwargs: dict[str, Value], *,
                 new: bool) -> Value:  # fmt: skip
    """An object of a class of the program; ``new``: without its initialiser."""
    instance = cls.instantiate()
    for name in ("__new__",) if new else ("__new__", "__init__", "__post_init__"):
        start = cls.find(name)
        for method in start.objects if start else ():
            if isinstance(method, Closure):
                here.invoke(method.bind(instance), args, kwargs)
    return instance


def _call_method(here: Here, method: Method, args: list[Value],
                 kwargs: dict[str, Value]) -> Value:  # fmt: skip
    receiver = method.receiver
    taint = Value(sources=tuple(s for v in (receiver, *args, *kwargs.values()) for s in v.sources))
    try:
        constant = compute(lambda r, *a: evaluate.call_method(r, method.name, a, kwargs), (receiver, *args))
        return constant.tainted(taint)
    except NotConstant:
        pass
    if method.name == "format_map" and args:
        subscripts.subscript(here, args[0], UNKNOWN)
    for box in containers.boxes(receiver):
        if method.name in ("__getitem__", "__missing__") and args:
            return subscripts.subscript(here, receiver, args[0])
        here.run_callbacks(kwargs.values())
        return containers.call_method(box, method.name, args, certain=here.frame.certain)
    if method.name == "join" and receiver.known and args and (items := elements(args[0])) is not None:
        return concatenate(items, piece(receiver))
    if method.name == "format" and receiver.known:
        return _format(receiver, args, kwargs).tainted(taint)
    return UNKNOWN.tainted(*map(spilled, (receiver, *args, *kwargs.values())))


def _format(template: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``str.format`` with unknown arguments: the template with holes in it."""
    position = iter(args)

    def fill(match: re.Match[str]) -> str:
        field = match[1]
        if field in kwargs:
            return piece(kwargs[field])
        if field.isdigit() and int(field) < len(args):
            return piece(args[int(field)])
        return HOLE if field else piece(next(position, UNKNOWN))

    return Value(parts=(re.sub(r"\{(\w*)[^{}]*\}", fill, piece(template)[: containers.PIECE]),))


def _call_name(here: Here, name: str, callee: Value, args: list[Value],
               kwargs: dict[str, Value], *, new: bool) -> Value:  # fmt: skip
    """Call something imported, or something that an earlier call returned."""
    if name.endswith(")"):  # not the callee once more: what it returned
        name = f"{name}.__call__"
    canonical = here.knowledge.canonical(name)
    everything = [*args, *kwargs.values()]
    # Taint of the object that a method is called on; a module has none.
    receiver = Value(parts=callee.parts, sources=callee.sources)
    api = effects.lookup(here.knowledge, name)
    if (entry := subscripts.look_up(here, canonical, everything)) is not None:
        here.machine.called.add(name)
        return entry
    model = special.MODELS.get(canonical)
    outcome = UNKNOWN
    if api is not None and not effects.patches(here, api, args):
        outcome = effects.act(here, api, name, receiver, args, kwargs, modelled=model is not None)
    if model is not None:
        modelled = model(here, args, kwargs).tainted(receiver)
        return join([modelled, *([outcome] if outcome.sources else [])])
    if canonical in pure.PURE:
        try:
            return compute(lambda *a: evaluate.evaluate(pure.PURE[canonical], a, kwargs), args).tainted(
                *(Value(sources=v.sources) for v in everything)
            )
        except NotConstant:
            pass
    if api is not None:
        return outcome
    # Scripts call unknown functions all the time; an unknown *program* is another matter.
    judged = not here.program.script or here.program.language == "shell"
    vouched = here.knowledge.inert(canonical) is not None and not effects.misled(here, canonical, everything)
    if judged and not new and effects.handed_out(here, name):
        effects.computed(here, canonical, callee, args)
    elif judged and not vouched:
        effects.unknown(here, f"{canonical}.__new__" if new else canonical, args, kwargs)
    here.run_callbacks(everything)
    return effects.returned(name).tainted(receiver, *map(spilled, everything))


def _decorate(here: Here, callee: Value, args: list[Value]) -> Value:
    """A decorator of the program runs; one of a library wraps. The function stays reachable."""
    own = Value(objects=tuple(o for o in callee.objects if isinstance(o, Closure)), exact=True)
    results = [apply(here, own, args, {})] if own.objects else []
    if "builtins.staticmethod" in callee.names:
        return made(*(replace(o, free=True) for a in args for o in a.objects if isinstance(o, Closure)))
    return join([*args, *results])


# What unpickling calls on an object that has it: a second BUILD, a copy.
_HOOKS = frozenset({"__setstate__", "__reduce__", "__reduce_ex__", "__getattr__"})


def _set_state(here: Here, target: Value, state: Value) -> Value:
    """BUILD: ``__setstate__`` or an update of ``__dict__``; on an imported thing, a patch."""
    for thing in target.objects:
        match thing:
            case Partial():
                _restate(thing, elements(state) or [])
            case Instance():
                _restore(here, thing, state)
    for name in target.names:
        if name.endswith(")"):
            kind = name.removesuffix("()")
            method = f"{here.knowledge.canonical(kind)}.__setstate__"
            api = here.knowledge.effect(kind)
            if api is not None and api.kind == "code.carry":
                effects.act(here, api, method, Value(), [state], {}, modelled=False)
            elif here.knowledge.inert(kind) is None and here.knowledge.inert(method) is None:
                effects.unknown(here, method, [state], {})
            hooks = [v for key, v in _state_entries(state) if key in _HOOKS]
            for hook in hooks:
                here.record("attr.write", method, (here.argument("0", hook),))
            continue
        entries = _state_entries(state)
        for key, value in entries:
            attributes.patch(here, named(name), key, value)
        if not entries:
            attributes.patch(here, named(name), "__dict__", state)
    return target


def _restore(here: Here, instance: Instance, state: Value) -> None:
    """An object of the program's own classes: its ``__setstate__``, or its attributes."""
    method = here.attribute(made(instance), "__setstate__")
    if method.objects:
        apply(here, method, [state], {})
        return
    for key, value in _state_entries(state):
        instance.attributes[key] = value


def _restate(partial: Partial, state: list[Value]) -> None:
    """``functools.partial.__setstate__``: the callable, its arguments, its keywords, its attributes."""
    match state:
        case [callee, args, kwargs, *_]:
            partial.callee = callee
            partial.args = tuple(elements(args) or ())
            partial.kwargs = tuple(
                (str(k), v) for box in containers.boxes(kwargs) for k, v in box.entries.items()
            )


def _state_entries(state: Value) -> list[tuple[str, Value]]:
    found = []
    for box in containers.boxes(state):
        found += [(str(k), v) for k, v in box.entries.items()]
        if box.kind == "tuple":  # (state, slot state)
            found += [pair for item in box.items for pair in _state_entries(item)]
    return found
