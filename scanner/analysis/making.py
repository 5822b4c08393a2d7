"""Callables that make classes, methods and objects: ``type``, ``super``, ``namedtuple``, ``property``."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from scanner.analysis import classes, introspection
from scanner.analysis.containers import boxes, elements
from scanner.analysis.here import Here
from scanner.analysis.iteration import Model
from scanner.analysis.values import UNKNOWN, Box, ClassObject, Instance, Value, join, made, named


def _texts(value: Value) -> list[str]:
    return [c for c in value.consts if isinstance(c, str)]


def _wrapped(kind: Literal["static", "class", "property"]) -> Model:
    """What a class makes of a function that it is told so about."""

    def wrap(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
        found = [replace(o, kind=kind) for a in args[:1] for o in classes.closures(a)]
        return made(*found) if found else (args or [UNKNOWN])[0]

    return wrap


def _type(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A class of parts, or the class of an object."""
    match args:
        case [name, bases, body, *_]:
            if here.program.language == "pickle":  # what data makes a member, the interpreter calls
                for member in (v for box in boxes(body) for v in box.entries.values()):
                    here.call(member, [])
            text = next(iter(_texts(name)), "type")
            return classes.from_parts(text, tuple(elements(bases) or ()), body)
        case [thing]:
            found = [made(o.cls) for o in thing.objects if isinstance(o, Instance)]
            found += introspection.class_of(thing)
            found += [named(*(f"{n}.__class__" for n in thing.names))] if thing.names else []
            return join(found) if found else UNKNOWN
    return UNKNOWN


def _type_new(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``type.__new__(metaclass, name, bases, body)``, and that of ``super()``."""
    return (
        _type(here, args[-3:], kwargs)
        if len(args) > 2
        else here.build(args[0], args[1:])
        if args
        else UNKNOWN
    )


def _super(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return classes.parent(here, args)


def _named_tuple(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``namedtuple(name, fields)`` in all its spellings."""
    fields: list[str] = []
    for value in args[1:2]:
        for text in _texts(value):
            fields += text.replace(",", " ").split()
        for item in elements(value) or [] if not value.consts else []:
            fields += _texts(item) or [t for part in (elements(item) or [])[:1] for t in _texts(part)]
    body = made(Box("dict", entries=dict.fromkeys([*fields, *kwargs], UNKNOWN)))
    return classes.from_parts(next(iter(_texts(args[0])), "namedtuple") if args else "namedtuple", (), body)


def _namespace(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """An object of these attributes."""
    thing = classes.from_parts("namespace", (), UNKNOWN).objects[0]
    assert isinstance(thing, ClassObject)
    instance = Instance(thing)
    instance.attributes.update(kwargs.items())
    return made(instance)


# What these return is what they are handed, in another role.
WRAPPERS = frozenset({"builtins.staticmethod", "builtins.classmethod", "builtins.property", "builtins.super"})
MODELS: dict[str, Model] = {
    "builtins.type": _type,
    "builtins.type.__new__": _type_new,
    "builtins.object.__new__": _type_new,
    "types.new_class": _type,
    "builtins.super": _super,
    "collections.namedtuple": _named_tuple,
    "typing.NamedTuple": _named_tuple,
    "types.SimpleNamespace": _namespace,
    "datasets.BuilderConfig": _namespace,
    "argparse.Namespace": _namespace,
    "types.ModuleType": _namespace,
    "builtins.staticmethod": _wrapped("static"),
    "builtins.classmethod": _wrapped("class"),
    "builtins.property": _wrapped("property"),
}
