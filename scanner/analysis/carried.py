"""Classes that a pickle carries or looks up by name: what their makers do, and what is called of them."""

from __future__ import annotations

import builtins
import re

from scanner.analysis import classes
from scanner.analysis.attributes import set_attribute
from scanner.analysis.containers import boxes, elements
from scanner.analysis.here import Here
from scanner.analysis.values import UNKNOWN, Box, Value, const, join, named

_HOOKS = frozenset({
    "__new__", "__setstate__", "__setattr__", "__getattr__", "__getattribute__", "__setitem__", "__hash__",
    "__eq__", "__del__", "__init_subclass__", "__set_name__", "__class_getitem__", "__prepare__",
    "__instancecheck__", "__subclasscheck__", "append", "extend", "add",
})  # fmt: skip

# What unpickling asks an object for, whatever its class makes of that.
_ATTRIBUTES = ("__getattr__", "__getattribute__")
_ASKED = (Value(consts=("__setstate__", "append", "extend", "add"), exact=True),)

_TYPES = {
    "ClassType": "builtins.type", "PartialType": "functools.partial", "SuperType": "builtins.super",
    "ItemGetterType": "operator.itemgetter", "AttrGetterType": "operator.attrgetter",
}  # fmt: skip

_MISSING = (UNKNOWN,) * 3
_NAMED = 3  # where the type stands between the quotes of the ``repr`` of a method


def set_state(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``cloudpickle``'s ``_class_setstate(cls, (attributes, …))`` sets them one by one."""
    state = elements(args[1]) if len(args) > 1 else None
    for box in boxes(state[0]) if state else ():
        for name, value in box.entries.items():
            set_attribute(here, args[0], str(name), value)
        _call_hooks(here, box)
    return args[0] if args else UNKNOWN


def create(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``dill``'s ``_create_type(type, name, bases, members)``."""
    for box in (box for arg in args[1:] for box in boxes(arg)):
        _call_hooks(here, box)
    return named("dill._dill._create_type()")


def look_up(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A type by the name that ``cloudpickle`` and ``dill`` have for it: a builtin or one of ``types``."""
    names = (
        [_TYPES.get(text) or _type(text) for text in args[0].consts if isinstance(text, str)] if args else []
    )
    return named(*names) if names else UNKNOWN


def _type(name: str) -> str:
    return f"builtins.{name}" if isinstance(getattr(builtins, name, None), type) else f"types.{name}"


def cell(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A cell of a closure holds what it is handed, or later put into it, and calls nothing."""
    return join([named("dill._dill._create_cell()"), *args[:1]])


def skeleton(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``cloudpickle``'s ``_make_skeleton_class(type, name, bases, members, …)``: a class, whose methods come
    later. A metaclass that the pickle carries makes it."""
    if len(args) < 4:
        return named("cloudpickle.cloudpickle._make_skeleton_class()")
    if args[0].names != ("builtins.type",):
        here.call(args[0], args[1:4])
    return _made(args[1], elements(args[2]), args[3])


def enumeration(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``_make_skeleton_enum(bases, name, qualname, members, …)`` of ``cloudpickle``; calling it looks a
    member up."""
    return _made(args[1], elements(args[0]), args[3]) if len(args) > 3 else UNKNOWN


def _made(name: Value, bases: list[Value] | None, members: Value) -> Value:
    text = next((text for text in name.consts if isinstance(text, str)), "type")
    return classes.from_parts(text, tuple(bases or ()), members)


def getattribute(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``dill``'s ``_getattr(type, name, repr)`` evaluates the type's name that it finds in the ``repr``,
    with the other name behind it."""
    _, name, shown = (next((c for c in a.consts if isinstance(c, str)), "") for a in (*args, *_MISSING)[:3])
    quoted = shown.split("'")
    kind = quoted[_NAMED] if len(quoted) > _NAMED else ""
    if kind and not (kind.replace(".", "").isidentifier() and name.isidentifier()):
        here.call(named("builtins.eval"), [const(f'{kind}.__dict__["{name}"]')])
    if len(args) > 2 and not (name and shown):
        here.call(named("builtins.eval"), [args[2]])  # of what is only known when it is loaded
    return here.call(named("builtins.getattr"), args[:2])


def _call_hooks(here: Here, members: Box) -> None:
    """What unpickling, or the interpreter on its own, calls of a class that a pickle carries."""
    for name, value in members.entries.items():
        if name in _HOOKS and value.consts != (None,) and not _own(name, value):
            here.call(value, [UNKNOWN, *_ASKED] if name in _ATTRIBUTES else [])


def _own(name: str, value: Value) -> bool:
    """Whether it is what every class has as this method: ``object.__setattr__``."""
    return bool(value.names) and all(re.fullmatch(rf"builtins\.\w+\.{name}", each) for each in value.names)


MODELS = {
    "cloudpickle.cloudpickle._make_cell": cell,
    "cloudpickle.cloudpickle._make_empty_cell": cell,
    "dill._dill._create_cell": cell,
    "cloudpickle.cloudpickle._class_setstate": set_state,
    "cloudpickle.cloudpickle._builtin_type": look_up,
    "cloudpickle.cloudpickle._make_skeleton_class": skeleton,
    "cloudpickle.cloudpickle._make_skeleton_enum": enumeration,
    "dill._dill._create_type": create,
    "dill._dill._getattr": getattribute,
    "dill._dill._load_type": look_up,
}
