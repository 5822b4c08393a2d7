"""Attributes: of modules, of what calls return, of the program's own objects."""

from __future__ import annotations

from scanner.analysis import linking
from scanner.analysis.here import Here
from scanner.analysis.scope import Module
from scanner.analysis.values import (
    PATH,
    UNKNOWN,
    Box,
    ClassObject,
    Closure,
    Instance,
    Method,
    Partial,
    Sibling,
    Value,
    as_text,
    join,
    made,
    named,
)  # fmt: skip
from scanner.ir import Scalar


def get_attribute(here: Here, base: Value, name: str) -> Value:
    """``base.name``, whatever ``base`` may be."""
    found = [_of_name(here, n, name) for n in base.names if len(n) < PATH]
    for thing in base.objects:
        match thing:
            case Partial():
                found.append(_of_partial(thing, name))
            case Instance():
                found.append(_of_instance(here, thing, name))
            case ClassObject():
                member = thing.find(name)
                found.append(UNKNOWN if member is None else member)
            case Box() | Sibling():
                found.append(made(Method(made(thing), name)))
            case Module():
                found.append(linking.member(here, made(thing), name) or UNKNOWN)
    if base.consts:
        found.append(made(Method(base, name)))
    value = join(found) if found else UNKNOWN
    return value.tainted(Value(parts=base.parts, sources=base.sources))


# Attributes through which a callable, or what wraps it, gives the callable itself.
_ITSELF = frozenset({"__call__", "__func__", "__wrapped__", "fget", "fset", "fdel"})


def _of_name(here: Here, owner: str, name: str) -> Value:
    """An attribute of something imported; in a folder without ``__init__.py`` perhaps a neighbour."""
    if name in _ITSELF and not owner.endswith(")"):
        return named(owner)
    module = here.machine.linked.get(f"{owner}.{name}")
    return here.machine.global_name(here, f"{owner}.{name}") if module is None else made(module)


def _of_partial(thing: Partial, name: str) -> Value:
    match name:
        case "func" | "__func__":
            return thing.callee
        case "args":
            return made(Box("tuple", [*thing.args]))
        case "keywords":
            return made(Box("dict", entries={**dict(thing.kwargs)}))
        case "__call__":
            return made(thing)
    return UNKNOWN


def _of_instance(here: Here, thing: Instance, name: str) -> Value:
    values = [thing.attributes[name]] if name in thing.attributes else []
    member = thing.cls.find(name)
    if member is not None:
        bound = [o.bind(made(thing)) if isinstance(o, Closure) else o for o in member.objects]
        values.append(
            Value(member.consts, member.names, tuple(bound), member.parts, member.sources, member.exact)
        )
    if not values:
        values = [here.machine.global_name(here, f"{n}().{name}") for n in thing.cls.external()]
    return join(values) if values else UNKNOWN


def set_attribute(here: Here, base: Value, name: str, value: Value) -> None:
    """``base.name = value``. On something imported this is a patch, which is an effect."""
    for thing in base.objects:
        target = thing.attributes if isinstance(thing, Instance) else None
        if isinstance(thing, ClassObject):
            target = thing.members.layers[0]
        if isinstance(thing, Module):
            target = thing.scope.layers[0]
        if target is None:
            continue
        old = target.get(name)
        target[name] = value if old is None or here.frame.certain else join([old, value])
    patch(here, base, name, value)


def patch(here: Here, base: Value, key: Scalar, value: Value) -> None:
    """Record that an imported thing is changed, and remember what it is from now on."""
    for owner in base.names:
        if owner.endswith(")"):  # an object that a call made: this program's own business
            continue
        canonical = here.knowledge.canonical(owner)
        if canonical in ("sys.modules", "builtins.globals", "builtins.__dict__"):
            target = as_text(key)
        else:
            target = f"{canonical.removesuffix('.__dict__')}.{as_text(key)}"
        if key == "__qualname__" and value.known:  # how a class is called in messages
            continue
        here.machine.patched[target] = value
        here.record("attr.write", target, (here.argument("0", value),))
