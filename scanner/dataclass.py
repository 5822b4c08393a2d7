"""The standard ``dataclass``, at a fraction of its price per class.

The standard decorator imports :mod:`inspect` and compiles six functions for each class before anybody
has made an instance of it: for ninety classes that was half of a worker's start. Here a class gets
its slots, and methods that fetch all fields at once in C; its ``__init__`` is compiled when the first
instance is made. :func:`dataclasses.fields`, ``asdict`` and ``replace`` work on it as well. Type
checkers see the standard one. No dataclass may inherit from another.
"""

import operator
from collections.abc import Callable, Iterator, Mapping

__all__ = ["dataclass", "field", "replace"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Method = Callable[..., Any]

_REQUIRED = object()


class _Field:
    """What is known about one field."""

    __slots__ = ("compare", "default", "factory", "repr")

    def __init__(
        self,
        *,
        default: object = _REQUIRED,
        default_factory: "Callable[[], object] | None" = None,
        compare: bool = True,
        repr: bool = True,  # noqa: A002 - the standard's word
    ) -> None:
        self.default, self.factory, self.compare, self.repr = default, default_factory, compare, repr


class _StandardFields:
    """``__dataclass_fields__``, by which :mod:`dataclasses` knows its own, made when it is asked for."""

    def __get__(self, _: object, cls: "type[Any]") -> object:
        import dataclasses  # noqa: PLC0415 - to do without it is the purpose of this module

        standard = dataclasses.make_dataclass(cls.__name__, cls.__annotations__.items())
        return standard.__dict__["__dataclass_fields__"]


def _dataclass(
    *, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False
) -> "Callable[[type[Any]], type[Any]]":
    def decorate(cls: "type[Any]") -> "type[Any]":
        written = {name: vars(cls).get(name, _REQUIRED) for name in cls.__annotations__}
        fields = {n: f if isinstance(f, _Field) else _Field(default=f) for n, f in written.items()}
        left_out = {*fields, "__dict__", "__weakref__"}
        members = {name: value for name, value in vars(cls).items() if name not in left_out}
        members |= {
            "__qualname__": cls.__qualname__,
            "__match_args__": tuple(fields),
            "__dataclass_fields__": _StandardFields(),
        }
        if slots:
            members["__slots__"] = tuple(fields)
        for name, method in _methods(fields, frozen, eq, order):
            members.setdefault(name, method)
        made: type[Any] = type(cls.__name__, cls.__bases__, members)
        return made

    return decorate


def _methods(
    fields: Mapping[str, _Field], frozen: bool, eq: bool, order: bool
) -> "Iterator[tuple[str, Method | None]]":
    yield "__init__", _first_init(fields, frozen)
    yield "__repr__", _repr([name for name, field in fields.items() if field.repr])
    if eq:
        compared = [name for name, field in fields.items() if field.compare]
        values = operator.attrgetter(*compared) if compared else lambda _: ()
        yield "__eq__", _comparison(operator.eq, values)
        yield "__hash__", (lambda self: hash(values(self))) if frozen else None
        for compare in (operator.lt, operator.le, operator.gt, operator.ge) if order else ():
            yield f"__{compare.__name__}__", _comparison(compare, values)
    if frozen:
        yield "__setattr__", _refuse
        yield "__delattr__", _refuse


def _first_init(fields: Mapping[str, _Field], frozen: bool) -> "Method":
    """An ``__init__`` that puts the compiled one in its own place."""

    def init(self: object, *args: object, **kwargs: object) -> None:
        cls: Any = type(self)
        cls.__init__ = _compiled_init(cls, fields, frozen)
        cls.__init__(self, *args, **kwargs)

    return init


def _compiled_init(cls: type, fields: Mapping[str, _Field], frozen: bool) -> "Method":
    names: dict[str, Any] = {"REQUIRED": _REQUIRED}
    parameters, lines = ["self"], []
    for name, field in fields.items():
        given = name
        if field.factory is not None:
            names[f"make_{name}"] = field.factory
            given = f"make_{name}() if {name} is REQUIRED else {name}"
            parameters.append(f"{name}=REQUIRED")
        elif field.default is not _REQUIRED:
            names[f"default_{name}"] = field.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        if frozen:
            names[f"set_{name}"] = _setter(cls, name)
        lines.append(f" set_{name}(self, {given})" if frozen else f" self.{name} = {given}")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    # Only names of fields are put together here, and those are written in this package.
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *lines]), names)  # noqa: S102
    names["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    made: Method = names["__init__"]
    return made


def _setter(cls: type, name: str) -> "Callable[[object, object], None]":
    """The way past a frozen class's ``__setattr__``."""
    slot = vars(cls).get(name)
    if slot is None:
        return lambda self, value: object.__setattr__(self, name, value)
    setter: Callable[[object, object], None] = slot.__set__
    return setter


def _repr(names: list[str]) -> "Callable[[object], str]":
    def shown(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{n}={getattr(self, n)!r}' for n in names)})"

    return shown


def _comparison(compare: "Method", values: "Callable[[Any], object]") -> "Method":
    def method(self: object, other: object) -> object:
        return compare(values(self), values(other)) if type(self) is type(other) else NotImplemented

    return method


def _refuse(self: object, name: str, *_: object) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415

    raise FrozenInstanceError(f"{type(self).__qualname__}.{name} cannot be changed")


def _replace(instance: object, **changes: object) -> object:
    cls: Any = type(instance)
    return cls(**{name: changes.get(name, getattr(instance, name)) for name in cls.__match_args__} | changes)


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    dataclass, field, replace = _dataclass, _Field, _replace
