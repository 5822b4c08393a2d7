"""What making an object of a class does."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tools.derive import calling
from tools.derive.binding import Given
from tools.derive.domain import Hop, Parameter, Summary, Value, data, join
from tools.derive.library import Class, Code

if TYPE_CHECKING:
    from tools.derive.linking import Linker
    from tools.derive.unit import Walk

_FAMILY = 32  # classes above one that are looked at
# Bases and metaclasses whose making of objects and classes does nothing by itself.
_HARMLESS = """
    builtins.object builtins.type abc.ABC abc.ABCMeta enum.Enum enum.IntEnum enum.Flag enum.IntFlag
    enum.StrEnum enum.EnumMeta enum.EnumType typing.Generic typing.Protocol typing.NamedTuple
    typing.TypedDict typing_extensions.Protocol typing_extensions.TypedDict typing_extensions.NamedTuple
    collections.UserDict collections.namedtuple threading.local threading._local
"""
HARMLESS = frozenset(_HARMLESS.split())
_STEPS = ("__new__", "__init__", "__post_init__", "__del__")


def lineage(linker: Linker, cls: Class) -> list[Class]:
    """The class and those of the package above it, nearest first."""
    if cls.name in linker.families:
        return linker.families[cls.name]
    found = {cls.name: cls}
    waiting = [cls]
    while waiting and len(found) < _FAMILY:
        for base in waiting.pop(0).bases:
            for name in sorted(base.names):
                parent = linker.find(name)
                if isinstance(parent, Class) and parent.name not in found:
                    found[parent.name] = parent
                    waiting.append(parent)
    family = list(found.values())
    if linker.complete:
        linker.families[cls.name] = family
    return family


class _Making:
    """Stands in the place of a walk: a constructor calls the methods of its class one after the other."""

    def __init__(self, linker: Linker, cls: Class) -> None:
        self.linker = linker
        self.code = Code(cls.name, cls.module, _EMPTY, {}, cls)
        self.module = cls.module
        self.top = False
        self.summary = Summary()
        self.read: set[object] = set()
        self.nesting = 0
        self.line = 0

    def effect(self, kind: str, atom: int | str | None, role: str, callee: str, depth: int) -> None:
        """As of a walk; what only comes out of the new object comes out of nowhere."""
        if isinstance(atom, str):
            return
        self.summary.reach(kind, atom, role, Hop(depth, self.line, callee))

    def unknown(self, callee: str, depth: int) -> None:
        """As of a walk."""
        self.summary.doubt(Hop(depth, self.line, callee))

    def itself(self, value: Value) -> Class | None:
        """The object that is made."""
        return self.code.owner if value is _OBJECT else None

    def put(self, name: str, value: Value) -> None:
        """An attribute of the new object."""
        old = self.summary.stores.get(name)
        self.summary.stores[name] = value if old is None else join([old, value])

    def bind(self, *_: object) -> None:
        """There are no functions in here."""

    def apply(self, code: Code, args: list[Given]) -> None:
        """Call one of the methods."""
        calling.apply(cast("Walk", self), code.name, self.linker.summary(code.name), args)


_OBJECT = Value(box=False, consts=frozenset({"<the new object>"}))


def constructor(linker: Linker, cls: Class) -> Summary:
    """The summary of ``C(...)``; its parameters are those of ``__init__`` or ``__new__`` after the first."""
    making = _Making(linker, cls)
    methods = [(name, code) for name in _STEPS if (code := _method(linker, cls, name)) is not None]
    shaping = next((c for n, c in methods if n == "__init__"), None) or next(
        (c for n, c in methods if n == "__new__"), None
    )
    parameters = shaping.parameters()[1:] if shaping else _fields(linker, cls)
    making.summary.parameters = parameters
    args = [_passed(i, p) for i, p in enumerate(parameters)]
    for _ in range(2):  # a method may use what one before it has put into the object
        for name, code in methods:
            making.line = code.function.body[0].at if code.function.body else 0
            given = args if name in ("__new__", "__init__") else []
            first = Given(_OBJECT if name != "__new__" else Value(names=frozenset({cls.name})))
            making.apply(code, [first, *given])
        _overriding(linker, cls, making, args)
    _bases(linker, cls, making)
    making.summary.stores = {}
    making.summary.virtual = frozenset()
    making.summary.returns = Value(frozenset(range(len(parameters))), frozenset({f"{cls.name}()"}))
    return making.summary


def _passed(position: int, parameter: Parameter) -> Given:
    """A parameter of the constructor, passed on to a method."""
    keyword = {"plain": None, "star": None, "stars": "**"}.get(parameter.kind, parameter.name)
    return Given(Value(frozenset({position})), keyword, parameter.kind == "star")


def _method(linker: Linker, cls: Class, name: str) -> Code | None:
    value = linker.member(cls, name)
    found = [c for n in sorted(value.names) if isinstance(c := linker.find(n), Code)] if value else []
    found = [c for c in found if c.owner is None or c.owner.name not in HARMLESS]
    return found[0] if found else None


def _fields(linker: Linker, cls: Class) -> tuple[Parameter, ...]:
    """The fields of a data class or a named tuple."""
    names = [
        n
        for c in reversed(lineage(linker, cls))
        for n in c.members
        if not n.startswith("_") and not (isinstance(linker.find(next(iter(c.members[n].names), "")), Code))
    ]
    return (
        *(Parameter(n) for n in dict.fromkeys(names)),
        Parameter("args", "star"),
        Parameter("kwargs", "stars"),
    )


def _overriding(linker: Linker, cls: Class, making: _Making, args: list[Given]) -> None:
    """What an inherited initialiser calls on the object may be another method here."""
    for name in sorted(making.summary.virtual):
        code = _method(linker, cls, name)
        if code is not None and code.owner is not None and name not in _STEPS:
            loose = [Given(data(*(a.value for a in args)).but(box=False, opaque=True), None, spread=True)]
            first = Given(_OBJECT)
            making.line = code.function.body[0].at if code.function.body else 0
            if code.owner is cls and any(c.members.keys() & {name} for c in lineage(linker, cls)[1:]):
                making.apply(code, [first, *loose])


def _bases(linker: Linker, cls: Class, making: _Making) -> None:
    """Bases from elsewhere, metaclasses and decorators have a say in the making."""
    family = lineage(linker, cls)
    making.line = 0
    for parent in family:
        wraps = parent.members.get("<decorated>")
        for value in (*parent.bases, *([parent.meta] if parent.meta.names or parent.meta.opaque else []),
                      *([wraps] if wraps is not None else [])):  # fmt: skip
            if not value.names:
                making.unknown("a base that was computed", 0)
            for name in sorted(value.names):
                _base(linker, making, name)
    if cls.module.lost:
        making.unknown("what could not be read", 0)


def _base(linker: Linker, making: _Making, name: str) -> None:
    plain = name.removesuffix("()")
    owner = making.code.owner
    if isinstance(linker.find(name), Class) and (owner is None or name not in owner.meta.names):
        return
    if plain in HARMLESS or linker.vouched(plain):
        return
    target = linker.target(plain)
    if target is not None and target[1].inert:
        return
    making.unknown(name, 0 if target is None else 1)


class _Empty:
    params = ()
    name = ""
    body = ()


_EMPTY: object = _Empty()  # type: ignore[assignment]
