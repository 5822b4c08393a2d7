"""Attributes: of modules, of what calls return, of the program's own objects."""

from __future__ import annotations

import sys

from scanner.analysis import classes, exceptions, introspection, linking, network
from scanner.analysis.containers import element
from scanner.analysis.here import Here
from scanner.analysis.scope import Module
from scanner.analysis.unread import Sibling
from scanner.analysis.values import (
    PATH,
    UNKNOWN,
    Box,
    ClassObject,
    Closure,
    Instance,
    Method,
    Object,
    Partial,
    Super,
    Value,
    as_text,
    const,
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
                found.append(_of_class(here, thing, name))
            case Super():
                found.append(_of_super(here, thing, name))
            case Closure():
                found.append(_of_function(thing, name))
            case Box(kind="slice", items=[_, _, _]) if name in _BOUNDS:
                found.append(thing.items[_BOUNDS.index(name)])
            case Box(kind=exceptions.KIND) if name == "args":
                found.append(made(Box("tuple", thing.items)))
            case Box() | Sibling():
                found.append(made(Method(made(thing), name)))
            case Module():
                found.append(linking.member(here, made(thing), name) or UNKNOWN)
    if base.consts and name in ("value", "_value_"):  # of a member of an enumeration
        found.append(base)
    elif base.consts:
        found.append(made(Method(base, name)))
    if name == "__class__" and (own := introspection.class_of(base)):
        found = own
    value = join(found) if found else UNKNOWN
    if not (base.parts or base.sources):
        return value
    return value.tainted(Value(parts=base.parts, sources=base.sources))


_BOUNDS = ("start", "stop", "step")
# Attributes through which a callable, or what wraps it, gives the callable itself.
_ITSELF = frozenset({"__call__", "__func__", "__wrapped__", "fget", "fset", "fdel"})


def _of_name(here: Here, owner: str, name: str) -> Value:
    """An attribute of something imported; in a folder without ``__init__.py`` perhaps a neighbour."""
    if name in _ITSELF and not owner.endswith(")"):
        return named(owner)
    if name == "__self__" and not owner.endswith(")"):  # a built-in function's module
        return named(here.knowledge.canonical(owner).rpartition(".")[0] or owner)
    if (higher := introspection.above(owner, name)) is not None:
        return higher
    if name == "mro" and not owner.endswith(")"):
        return made(Partial(named("builtins.type.mro"), (named(owner),)))
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
    if name in thing.attributes:
        return thing.attributes[name]
    if name == "__class__":
        return made(thing.cls)
    if name == "__dict__":
        return made(Box("dict", entries=thing.attributes))
    if name == "_asdict" and thing.cls.find(name) is None:
        return made(Method(made(Box("dict", entries=thing.attributes)), "copy"))
    member = thing.cls.find(name)
    if member is not None:
        return _bound(here, member, made(thing))
    if name == "config" and (configs := thing.cls.find("BUILDER_CONFIGS")) is not None:
        return element(configs)  # of a dataset builder: one of these
    computed = classes.call(here, thing, "__getattr__", [const(name)])
    computed = classes.call(here, thing, "__getattribute__", [const(name)]) if computed is None else computed
    if computed is not None:
        return computed
    classes.inherited(here, thing, name)
    values = [here.machine.global_name(here, f"{n}().{name}") for n in thing.cls.external()]
    return join(values) if values else UNKNOWN


def _bound(here: Here, member: Value, receiver: Value) -> Value:
    """A member of a class as its object has it: methods bound, properties and descriptors asked."""
    objects: list[Object] = []
    computed: list[Value] = []
    for thing in member.objects:
        match thing:
            case Closure(kind="property"):
                computed.append(here.invoke(thing.bind(receiver), [], {}))
            case Closure(kind="class"):
                classes_of = [made(o.cls) for o in receiver.objects if isinstance(o, Instance)]
                objects.append(thing.bind(join(classes_of) if classes_of else receiver))
            case Closure():
                objects.append(thing.bind(receiver))
            case Partial(method=True):
                objects.append(Partial(_bound(here, thing.callee, receiver), thing.args, thing.kwargs))
            case Instance() if (
                answer := classes.call(here, thing, "__get__", [receiver, UNKNOWN])
            ) is not None:
                computed.append(answer)
            case _:
                objects.append(thing)
    own = Value(member.consts, member.names, tuple(objects), member.parts, member.sources, member.exact)
    return (
        join([own, *computed]) if own.consts or own.names or own.objects or not computed else join(computed)
    )


def _of_class(here: Here, cls: ClassObject, name: str) -> Value:
    member = cls.find(name)
    if member is None:
        if name == "__name__":
            return const(cls.name)
        metas = [o for o in cls.meta.objects if isinstance(o, ClassObject)] if cls.meta else []
        found = [_bound(here, v, made(cls)) for meta in metas if (v := meta.find(name)) is not None]
        found += [here.machine.global_name(here, f"{n}.{name}") for n in cls.external()]
        return join(found) if found else UNKNOWN
    if any(isinstance(o, Closure) and o.kind == "class" for o in member.objects):
        return _bound(here, member, made(cls))
    if any(isinstance(o, Instance) for o in member.objects):
        return _bound(here, member, made(cls))
    return member


def _of_super(here: Here, thing: Super, name: str) -> Value:
    found = []
    for base in thing.cls.bases:
        for parent in base.objects:
            member = parent.find(name) if isinstance(parent, ClassObject) else None
            if member is not None:
                found.append(_bound(here, member, thing.receiver))
    if not found and name == "__init__":
        found = [named(*thing.cls.external())] if thing.cls.external() else []
    if not found:
        found = [here.machine.global_name(here, f"{n}().{name}") for n in thing.cls.external()]
    return join(found) if found else here.machine.global_name(here, f"builtins.object.{name}")


def _of_function(thing: Closure, name: str) -> Value:
    match name:
        case "__globals__":
            return named("builtins.globals()")
        case "__call__" | "__func__" | "__wrapped__":
            return made(thing)
        case "__code__" if name not in thing.attributes:
            return made(thing)
        case "setter" | "getter" | "deleter" if thing.kind == "property":
            return made(Method(made(thing), name))
        case "__get__":
            return made(Method(made(thing), name))
        case "register" if name not in thing.attributes:  # of ``functools.singledispatch``
            return made(Method(made(thing), name))
    return thing.attributes.get(name, UNKNOWN)


def set_attribute(here: Here, base: Value, name: str, value: Value) -> None:
    """``base.name = value``. On something imported this is a patch, which is an effect."""
    for thing in base.objects:
        match thing:
            case Instance():
                if not _intercepted(here, thing, name, value):
                    old = thing.attributes.get(name) or thing.cls.find(name)
                    thing.attributes[name] = _rewritten(here, thing, name, old, value)
            case Closure():
                thing.attributes[name] = _rewritten(here, thing, name, thing.attributes.get(name), value)
            case ClassObject():
                members = thing.members.layers[0]
                members[name] = _rewritten(here, thing, name, members.get(name), value)
            case Module():
                variables = thing.scope.layers[0]
                variables[name] = _rewritten(here, thing, name, variables.get(name), value)
    for owner in base.names if classes.closures(value) else ():
        if network.speaks(here, owner):
            network.deliver(here, owner, value)
    patch(here, base, name, value)


def _rewritten(here: Here, thing: Object, name: str, old: Value | None, value: Value) -> Value:
    """What the attribute is from now on. What an arm left behind that ends in ``return`` or the like stays:
    the code behind that arm did not run after it."""
    frame = here.frame
    key = id(thing), name
    if frame.leaving:
        frame.kept.add(key)
    return value if old is None or (frame.certain and key not in frame.kept) else join([old, value])


def _intercepted(here: Here, thing: Instance, name: str, value: Value) -> bool:
    """Whether a property takes the assignment; ``__setattr__`` is told of it and may store it or not."""
    classes.call(here, thing, "__setattr__", [const(name), value])
    member = thing.cls.find(name)
    setters = [o.attributes["setter"] for o in classes.closures(member) if "setter" in o.attributes]
    for setter in setters:
        for method in classes.closures(setter):
            here.invoke(method.bind(made(thing)), [value], {})
    for descriptor in member.objects if member else ():
        if isinstance(descriptor, Instance):
            classes.call(here, descriptor, "__set__", [made(thing), value])
    return bool(setters)


def patch(here: Here, base: Value, key: Scalar, value: Value) -> None:
    """Record that an imported thing is changed, and remember what it is from now on."""
    for owner in base.names:
        if owner.endswith(")") and owner != "builtins.globals()":  # made by a call: this program's own
            continue
        canonical = here.knowledge.canonical(owner)
        if canonical == "builtins.globals":
            here.frame.module.scope.set(as_text(key), value)
        if canonical in ("sys.modules", "builtins.globals", "builtins.__dict__"):
            target = as_text(key)
        else:
            target = f"{canonical.removesuffix('.__dict__')}.{as_text(key)}"
        passes = _passes_on(here, canonical, target, value)
        if key == "__qualname__" and value.known:  # how a class is called in messages
            continue
        here.machine.patched[target] = value
        name = "around" if passes else "0"
        here.record("attr.write", target, (here.argument(name, value),))


def _passes_on(here: Here, owner: str, target: str, value: Value) -> bool:
    """Whether a function that takes the place of ``target`` calls what was there. Somebody will call it: what
    belongs to the interpreter at once, and in a script whatever else is replaced."""
    ours = owner.partition(".")[0] in sys.stdlib_module_names
    if not ours and not (here.program.script and classes.closures(value)):
        return any(isinstance(o, Partial) for o in value.objects)
    called = here.machine.called
    here.machine.called = set()
    here.run_callbacks([value])
    passes = any(here.knowledge.canonical(n) == target for n in here.machine.called)
    here.machine.called |= called
    return passes or any(isinstance(o, Partial) for o in value.objects)
