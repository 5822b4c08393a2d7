"""What is known of a value, and of a function."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Atom: TypeAlias = int | str  # a parameter by its position, or an attribute of ``self`` by its name
ANY = "*"  # the attribute that stands for all of them
MOST = 12  # alternatives of one value; beyond that nobody knows


@dataclass(frozen=True, slots=True)
class Value:
    """``atoms``: the parameters that went into it. ``names``: importable things that it may be, and what
    their calls return (``socket.socket()``); a name that starts with a dot is a method of something
    without a name. ``inner``: functions of the function. ``consts``: short constants. ``opaque``: it may be
    something else altogether; ``box``: it is a container, or data; ``partial``: arguments are bound to it
    already; ``made``: the parameters only went into it, it is none of them itself; ``shared``: it outlives
    the call.
    """

    atoms: frozenset[Atom] = frozenset()
    names: frozenset[str] = frozenset()
    inner: frozenset[str] = frozenset()
    consts: frozenset[str] = frozenset()
    opaque: bool = False
    box: bool = False
    partial: bool = False
    made: bool = False
    shared: bool = False

    def but(self, **changes: Any) -> Value:
        """The same value with other fields."""
        given = changes.get
        return Value(
            given("atoms", self.atoms), given("names", self.names), given("inner", self.inner),
            given("consts", self.consts), given("opaque", self.opaque), given("box", self.box),
            given("partial", self.partial), given("made", self.made), given("shared", self.shared),
        )  # fmt: skip


NOTHING = Value()
DATA = Value(box=True)
OPAQUE = Value(opaque=True)


def join(values: Iterable[Value]) -> Value:
    """Any one of these."""
    result = NOTHING
    for value in values:
        if result is NOTHING:
            result = value
        elif value is not result and value is not NOTHING:
            result = _either(result, value)
    return result


def _either(a: Value, b: Value) -> Value:
    names, consts = a.names | b.names, a.consts | b.consts
    full, many = len(names) > MOST, len(consts) > MOST
    return Value(
        a.atoms | b.atoms,
        frozenset(sorted(names)[:MOST]) if full else names,
        a.inner | b.inner,
        frozenset() if many else consts,
        a.opaque or b.opaque or full,
        a.box or b.box or many,
        a.partial or b.partial,
        (a.made or not a.atoms) and (b.made or not b.atoms) and bool(a.atoms or b.atoms),
        a.shared or b.shared,
    )


def data(*values: Value) -> Value:
    """Data that these went into."""
    return Value(frozenset().union(*(v.atoms for v in values)), box=True, made=True)


@dataclass(frozen=True, slots=True, order=True)
class Hop:
    """The next step of a flow: how many more there are, the line, and what is called there."""

    depth: int
    line: int
    callee: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """``kind`` is that of :class:`scanner.ir.Param`; ``default`` says that it has one that matters."""

    name: str
    kind: str = "plain"
    default: bool = False


@dataclass(slots=True)
class Summary:
    """What calling a function does.

    ``effects``: by kind and by the parameter that reaches it (None: whatever it is handed), the role that the
    parameter has there, and the way. ``unknown``: a call inside that nobody can judge. ``stores``: what
    it leaves in the attributes of ``self``; ``virtual``: methods of ``self`` that it calls.
    """

    parameters: tuple[Parameter, ...] = ()
    effects: dict[tuple[str, Atom | None], tuple[str, Hop]] = field(default_factory=dict)
    unknown: Hop | None = None
    returns: Value = NOTHING
    stores: dict[str, Value] = field(default_factory=dict)
    virtual: frozenset[str] = frozenset()

    def reach(self, kind: str, atom: Atom | None, role: str, hop: Hop) -> None:
        """A parameter reaches an effect; the shortest way to it is kept."""
        old = self.effects.get((kind, atom))
        if old is None or hop < old[1]:
            self.effects[kind, atom] = role, hop

    def doubt(self, hop: Hop) -> None:
        """A call that nobody can judge; the nearest is kept."""
        if self.unknown is None or hop < self.unknown:
            self.unknown = hop

    @property
    def inert(self) -> bool:
        """Whether it is known to do nothing to the world."""
        return not self.effects and self.unknown is None

    def outline(self) -> tuple[object, ...]:
        """What its callers do by: not the ways, which may become shorter without end."""
        effects = frozenset((key, role) for key, (role, _) in self.effects.items())
        return effects, self.unknown is None, self.returns, self.virtual, frozenset(self.stores.items())
