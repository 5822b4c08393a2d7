"""What the analysis knows about a value: everything that it *may* be, within bounds.

A value is a set of alternatives of several sorts. The more alternatives, the less is known; nothing
here ever claims more than the program allows, except that bounds drop alternatives beyond
:data:`ALTERNATIVES` and mark the value as not exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from scanner.facts import Source
from scanner.ir import Function, Scalar
from scanner.site import Step

if TYPE_CHECKING:
    from scanner.analysis.scope import Module, Scope
    from scanner.analysis.unread import Sibling, Unread

ALTERNATIVES = 8
_FAMILY = 32  # ancestors of a class that are looked at
PARTS = 12
PATH = 160  # characters of an access path
STEPS = 16
ARRAY = "array."  # how the kind of a box of numbers begins that all are of one type, which follows
TEXTS = (str, bytes)  # a union of them would be made anew each time it is asked for


class Closure(Struct, eq=False):
    """A function of a module over the scope that it was defined in, and what a class makes of it:
    a ``static`` one is never bound, a ``property`` is called when it is looked up."""

    module: Module
    function: Function
    scope: Scope
    defaults: dict[str, Value]
    receiver: Value | None = None
    kind: Literal["method", "static", "class", "property"] = "method"
    attributes: dict[str, Value] = field(default_factory=dict)

    def bind(self, receiver: Value) -> Closure:
        """The method of an object."""
        return self if self.kind == "static" else replace(self, receiver=receiver)


class ClassObject(Struct, eq=False):
    """A class of the program; ``members`` are the variables of its body, ``instance`` stands for all
    of its objects."""

    name: str
    members: Scope
    bases: tuple[Value, ...]
    meta: Value | None = None
    instance: Value | None = None
    ancestors: list[ClassObject] | None = None  # once they have been asked for

    def instantiate(self) -> Value:
        """The one object of this class that there is."""
        if self.instance is None:
            self.instance = made(Instance(self))
        return self.instance

    def find(self, name: str, depth: int = 0) -> Value | None:
        """A member of the class or of a base class that the program defines."""
        own = self.members.get(name)
        if (own is not None and own is not UNKNOWN) or depth > ALTERNATIVES:
            return own  # UNKNOWN itself is what a mere annotation leaves
        for base in self.bases:
            for parent in base.objects:
                if isinstance(parent, ClassObject):
                    found = parent.find(name, depth + 1)
                    if found is not None:
                        return found
        return None

    def family(self) -> list[ClassObject]:
        """The class and those of the program that it derives from."""
        if self.ancestors is not None:
            return self.ancestors
        found = {id(self): self}
        waiting = [self]
        while waiting and len(found) < _FAMILY:
            parents = [o for b in waiting.pop(0).bases for o in b.objects if isinstance(o, ClassObject)]
            waiting += [p for p in parents if id(p) not in found]
            found.update((id(p), p) for p in parents)
        self.ancestors = list(found.values())
        return self.ancestors

    def external(self) -> tuple[str, ...]:
        """Access paths of the base classes that the program imports."""
        return tuple(n for cls in self.family() for base in cls.bases for n in base.names)


class Instance(Struct, eq=False):
    """An object of a class of the program."""

    cls: ClassObject
    attributes: dict[Scalar, Value] = field(default_factory=dict)


class Super(Struct, frozen=True):
    """``super()`` in a method of ``cls``: what its bases have, bound to ``receiver``."""

    receiver: Value
    cls: ClassObject


class Box(Struct, eq=False):
    """A container. ``entries`` are a dict's values by constant key; ``items`` the elements, in
    order when ``exact``; otherwise some elements may be missing, extra or elsewhere. ``factory`` is
    what a ``defaultdict`` calls for a key that is not there."""

    kind: str
    items: list[Value] = field(default_factory=list)
    entries: dict[Scalar, Value] = field(default_factory=dict)
    exact: bool = True
    factory: Value | None = None
    arms: tuple[int, ...] = ()  # the branches of its function that it was made in
    generator: Generator | None = None  # the call that made it, if it is what a generator yields

    def element(self) -> Value:
        """Any one of the elements."""
        return join([*self.items, *self.entries.values()])


class Generator(Struct, eq=False):
    """A call of a generator, which runs on when it is sent something; ``sent`` is all of that so far."""

    closure: Closure
    args: tuple[Value, ...]
    kwargs: dict[str, Value]
    sent: Value | None = None


class Method(Struct, frozen=True):
    """An attribute of a constant or a container, to be called: ``"".join``."""

    receiver: Value
    name: str


class Partial(Struct, eq=False):
    """A callable with arguments bound already: ``functools.partial``, ``methodcaller``.

    Its state can be replaced, as unpickling one does."""

    callee: Value
    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...] = ()
    method: bool = False  # of the object that it is looked up on: ``functools.partialmethod``


class Getter(Struct, frozen=True):
    """``operator.attrgetter`` (``attribute``), ``itemgetter`` or ``methodcaller`` (with a call)."""

    key: Value
    attribute: bool
    call: Partial | None = None


Object: TypeAlias = (
    "Closure | ClassObject | Instance | Box | Method | Partial | Getter | Unread | Sibling | Super | Module"
)


class Value(Struct, frozen=True):
    """All that a value may be.

    ``consts``: literals. ``names``: access paths of importable things and of what their calls
    return (``socket.socket()``). ``objects``: things that the program made. ``parts``: constant
    text that went into it. ``sources``: where its data come from. ``exact``: there is no other
    possibility.
    """

    consts: tuple[Scalar, ...] = ()
    names: tuple[str, ...] = ()
    objects: tuple[Object, ...] = ()
    parts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    exact: bool = False

    @property
    def known(self) -> bool:
        """Exactly one constant and nothing else."""
        return self.exact and len(self.consts) == 1 and not self.names and not self.objects

    @property
    def texts(self) -> tuple[str, ...]:
        """Every piece of constant text in it."""
        if not self.consts:
            return self.parts
        return (*[as_text(c) for c in self.consts if isinstance(c, TEXTS)], *self.parts)

    def tainted(self, *others: Value) -> Value:
        """The same value, also carrying the sources and text of ``others``."""
        giving = [o for o in others if o.sources or o.parts or o.consts]
        if not giving:
            return self
        parts, sources = [*self.parts], [*self.sources]
        for other in giving:
            parts += other.texts if other.consts else other.parts
            sources += other.sources
        return Value(
            self.consts, self.names, self.objects, bounded(parts, PARTS), merge_sources(sources), self.exact
        )

    def stepped(self, step: Step) -> Value:
        """The same value, one hop further on its way."""
        if not self.sources:
            return self
        sources = tuple(
            s if len(s.steps) >= STEPS or s.steps[-1:] == (step,) else Source(s.kind, (*s.steps, step))
            for s in self.sources
        )
        return Value(self.consts, self.names, self.objects, self.parts, sources, self.exact)


UNKNOWN = Value()


def const(value: Scalar) -> Value:
    """Exactly this literal."""
    return Value(consts=(value,), exact=True)


def named(*names: str) -> Value:
    """Exactly these importable things."""
    return Value(names=bounded([n for n in names if len(n) <= PATH], ALTERNATIVES), exact=True)


def made(*objects: Object) -> Value:
    """Exactly these objects of the program."""
    return Value(objects=objects, exact=True)


def as_text(constant: Scalar) -> str:
    """A constant as text; bytes byte by byte, so that nothing in them is lost."""
    return constant.decode("latin-1") if isinstance(constant, bytes) else str(constant)


def bounded(items: Sequence[str], limit: int) -> tuple[str, ...]:
    """The first ``limit`` distinct strings."""
    return tuple(items if len(items) < 2 else dict.fromkeys(items))[:limit]


def merge_sources(sources: Sequence[Source]) -> tuple[Source, ...]:
    """One source of each kind and origin, the first way that was found to it."""
    if len(sources) < 2:  # nearly always
        return tuple(sources)
    found: list[Source] = []
    for source in sources:
        for other in found:
            if source is other or (source.kind == other.kind and source.steps[:1] == other.steps[:1]):
                break
        else:
            found.append(source)
            if len(found) == ALTERNATIVES:
                break
    return tuple(found)


def join(values: Iterable[Value]) -> Value:
    """Any one of these values."""
    alternatives = list(values)
    if len(alternatives) > 1:
        alternatives = list({id(v): v for v in alternatives}.values())
    if len(alternatives) == 1:
        return alternatives[0]
    telling = [v for v in alternatives if v.consts or v.names or v.objects or v.parts or v.sources]
    if not telling:
        return UNKNOWN
    exact = all([v.exact for v in alternatives])  # noqa: C419 - half as dear as a generator
    if len(telling) == 1 and telling[0].exact == exact:
        return telling[0]
    consts: dict[object, Scalar] = {}
    names: dict[str, None] = {}
    objects: dict[int, Object] = {}
    parts: list[str] = []
    sources: list[Source] = []
    for value in telling:
        for constant in value.consts:
            consts[type(constant), constant] = constant
        for name in value.names:
            names[name] = None
        for thing in value.objects:
            objects[id(thing)] = thing
        parts += value.parts
        sources += value.sources
    if len(consts) > ALTERNATIVES:
        parts += [as_text(c) for c in list(consts.values())[ALTERNATIVES:] if isinstance(c, TEXTS)]
    return Value(
        tuple(consts.values())[:ALTERNATIVES],
        tuple(names)[:ALTERNATIVES],
        tuple(objects.values())[:ALTERNATIVES],
        bounded(parts, PARTS),
        merge_sources(sources),
        exact=exact and max(len(consts), len(names), len(objects)) <= ALTERNATIVES,
    )
