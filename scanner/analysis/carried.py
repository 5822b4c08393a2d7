"""Classes that a pickle carries: what their makers do to them, and what is called of them."""

from __future__ import annotations

from scanner.analysis.attributes import set_attribute
from scanner.analysis.containers import boxes, elements
from scanner.analysis.here import Here
from scanner.analysis.values import UNKNOWN, Box, Value, named

_HOOKS = frozenset({
    "__new__", "__setstate__", "__setattr__", "__getattr__", "__getattribute__", "__setitem__", "__hash__",
    "__eq__", "__del__", "__init_subclass__", "__set_name__", "__class_getitem__", "__prepare__",
    "__instancecheck__", "__subclasscheck__", "append", "extend", "add",
})  # fmt: skip


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


def _call_hooks(here: Here, members: Box) -> None:
    """What unpickling, or the interpreter on its own, calls of a class that a pickle carries."""
    for name, value in members.entries.items():
        if name in _HOOKS:
            here.call(value, [])
