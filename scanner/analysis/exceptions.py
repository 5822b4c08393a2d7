"""Exceptions carry what they are made with to whoever catches them."""

from __future__ import annotations

import builtins

from scanner.analysis.values import Box, ClassObject, Instance, Value, join, made, named

KIND = "exception"  # of the container that one is
NAMES = frozenset(
    f"builtins.{name}"
    for name, thing in vars(builtins).items()
    if isinstance(thing, type) and issubclass(thing, BaseException)
)


def create(callee: str, args: list[Value], _kwargs: dict[str, Value]) -> Value | None:
    """``ValueError("text")``; None if ``callee`` is no exception, or is told nothing."""
    if callee not in NAMES or not args:
        return None
    return join([named(f"{callee}()"), made(Box(KIND, [*args]))])


def keep(cls: ClassObject, instance: Value, args: list[Value]) -> None:
    """``args`` of an exception whose class the program defines."""
    if args and _is_one(cls):
        for thing in instance.objects:
            if isinstance(thing, Instance):
                thing.attributes["args"] = made(Box("tuple", [*args]))


def text(value: Value) -> Value | None:
    """``str(exception)``: what it was made with, if that is one thing."""
    found = []
    for thing in value.objects:
        match thing:
            case Box(items=[only]) if thing.kind == KIND:
                found.append(only)
            case Instance(cls=cls, attributes={"args": Value(objects=(Box(items=[only]),))}) if _is_one(cls):
                found.append(only)
    return join(found) if found else None


def _is_one(cls: ClassObject) -> bool:
    return any(base in NAMES for base in cls.external())
