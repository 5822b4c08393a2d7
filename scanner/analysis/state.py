"""BUILD: what a pickle does to an object that it has made."""

from __future__ import annotations

from scanner.analysis import attributes, derived, effects, strangers
from scanner.analysis.containers import boxes, elements
from scanner.analysis.here import Here
from scanner.analysis.values import Instance, Partial, Value, made, named

# What unpickling calls on an object that has it: a second BUILD, a copy.
_HOOKS = frozenset({"__setstate__", "__reduce__", "__reduce_ex__", "__getattr__"})


def set_state(here: Here, target: Value, state: Value) -> Value:
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
            else:
                _derived(here, kind, method, state)
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


def _derived(here: Here, kind: str, method: str, state: Value) -> None:
    """What no row is about: the ``__setstate__`` in the library's source, or who knows what."""
    acts = derived.act(here, f"{kind}().__setstate__", Value(), [state], {})
    if acts is None and not derived.harmless(here, f"{kind}.__setstate__"):
        strangers.unknown(here, method, [state], {})


def _restore(here: Here, instance: Instance, state: Value) -> None:
    """An object of the program's own classes: its ``__setstate__``, or its attributes."""
    method = here.attribute(made(instance), "__setstate__")
    if method.objects or any(here.knowledge.effect(name) is not None for name in method.names):
        here.call(method, [state])
        return
    for key, value in _state_entries(state):
        instance.attributes[key] = value


def _restate(partial: Partial, state: list[Value]) -> None:
    """``functools.partial.__setstate__``: the callable, its arguments, its keywords, its attributes."""
    match state:
        case [callee, args, kwargs, *_]:
            partial.callee = callee
            partial.args = tuple(elements(args) or ())
            partial.kwargs = tuple((str(k), v) for box in boxes(kwargs) for k, v in box.entries.items())


def _state_entries(state: Value) -> list[tuple[str, Value]]:
    found = []
    for box in boxes(state):
        found += [(str(k), v) for k, v in box.entries.items()]
        if box.kind == "tuple":  # (state, slot state)
            found += [pair for item in box.items for pair in _state_entries(item)]
    return found
