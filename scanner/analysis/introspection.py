"""Classes of values and what is above them: the way from a literal to every class that is loaded."""

from __future__ import annotations

from scanner.analysis.containers import boxes
from scanner.analysis.here import Here
from scanner.analysis.iteration import Model
from scanner.analysis.values import UNKNOWN, Box, Value, join, made, named

_CONTAINERS = frozenset({"list", "tuple", "dict", "set", "frozenset"})
_ABOVE = ("__bases__", "__mro__")


def class_of(value: Value) -> list[Value]:
    """The builtin classes of its literals and containers."""
    kinds = {type(c).__name__: None for c in value.consts if c is not None and c is not ...}
    kinds |= {box.kind: None for box in boxes(value) if box.kind in _CONTAINERS}
    return [named(f"builtins.{kind}") for kind in kinds]


def above(owner: str, name: str) -> Value | None:
    """``__base__`` and its like of something imported that may be a class: ``object`` at last."""
    if name == "__base__":
        return named("builtins.object")
    return _line(owner) if name in _ABOVE else None


def _line(owner: str) -> Value:
    return made(Box("tuple", [named(owner), named("builtins.object")], exact=False))


def _objects(here: Here, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """Everything that the interpreter knows: among it modules that lead to something."""
    modules = [here.machine.global_name(here, name) for name in ("os", "subprocess", "builtins")]
    return made(Box("list", modules, exact=False))


def _subclasses(_here: Here, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """Every class that is loaded: those that lead to something are known by name."""
    found = [named(n) for n in ("os._wrap_close", "subprocess.Popen", "warnings.catch_warnings")]
    return made(Box("list", found, exact=False))


def _order(_here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return join([_line(name) for value in args[:1] for name in value.names] or [_line("builtins.object")])


def _document(here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return here.attribute(args[0], "__doc__") if args else UNKNOWN


MODELS: dict[str, Model] = {
    "inspect.getdoc": _document,
    "builtins.object.__subclasses__": _subclasses,
    "builtins.type.__subclasses__": _subclasses,
    "builtins.type.mro": _order,
    "inspect.getmro": _order,
    "gc.get_objects": _objects,
    "gc.get_referrers": _objects,
    "gc.get_referents": _objects,
}
