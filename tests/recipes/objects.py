"""Harmless objects of every sort that a pickler writes, at random, and the classes that a load of them needs."""

import codecs
import collections
import copyreg
import datetime
import decimal
import enum
import fractions
import functools
import io
import pickle
import types
import uuid
from typing import Any, ClassVar

from hypothesis import strategies as st


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: Any, right: Any) -> None:
        self.left, self.right = left, right

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        return None, {"left": self.left, "right": self.right}  # as protocol 2 does by itself


class Plain:
    def __init__(self, value: Any) -> None:
        self.value = value


class Stateful(Plain):
    def __getstate__(self) -> tuple[Any]:
        return (self.value,)

    def __setstate__(self, state: tuple[Any]) -> None:
        (self.value,) = state


class Listed(list):  # type: ignore[type-arg]
    pass


class Mapped(dict):  # type: ignore[type-arg]
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.extra = 1


class Keyworded(Plain):
    def __new__(cls, value: Any = None, *, more: Any = None) -> "Keyworded":
        made = super().__new__(cls)
        made.more = more
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[Any], dict[str, Any]]:
        return (self.value,), {"more": 1}


class Everything(Plain):
    """All that ``__reduce__`` may return."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.items: list[Any] = []

    def append(self, item: Any) -> None:
        self.items.append(item)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items.append((key, value))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return Everything, (self.value,), {"value": self.value}, iter([1, 2]), iter([("a", 3)])


class Registered(Plain):
    pass


class Tint(enum.Enum):
    RED = 1
    GREEN = (2, "x")


class Stored(Plain):
    """Has a persistent id."""


copyreg.pickle(Registered, lambda it: (Registered, (it.value,)))


class Writing(pickle.Pickler):
    def persistent_id(self, it: Any) -> Any:
        return str(type(it).__name__) if isinstance(it, Stored) else None


class PlainWriting(pickle._Pickler):
    persistent_id = Writing.persistent_id
    # Without what dill has added to it, should a test before this one have imported that.
    dispatch: ClassVar = {
        kind: save for kind, save in pickle._Pickler.dispatch.items() if save.__module__ == "pickle"
    }


def written(value: Any, protocol: int, *, native: bool = True) -> bytes:
    """A pickle of ``value``, whose buffers are elsewhere, by either of the two picklers."""
    out = io.BytesIO()
    more: dict[str, Any] = {"buffer_callback": lambda buffer: None} if protocol == 5 else {}
    (Writing if native else PlainWriting)(out, protocol, fix_imports=False, **more).dump(value)
    return out.getvalue()


def knotted(value: Any) -> list[Any]:
    """A structure that holds itself, and an object that does."""
    knot: list[Any] = [value]
    holder = Plain(knot)
    knot += [knot, holder, {"again": holder}]
    return knot


def bound(value: Any) -> Any:
    """A method of an object."""
    return Everything(value).append


def completed(value: Any) -> Any:
    """A call that is not made yet."""
    return functools.partial(Plain, value, more=[value])


def defaults(items: dict[str, Any]) -> Any:
    return collections.defaultdict(list, items)


def namespace(items: dict[str, Any]) -> Any:
    return types.SimpleNamespace(**items)


HOLDERS = (Plain, Stateful, Keyworded, Everything, Registered, Stored, knotted, bound, completed)
SEQUENCES = (Listed, collections.deque)
MAPPINGS = (Mapped, collections.OrderedDict, defaults, namespace)

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=300),
    st.dates(), st.fractions(), st.complex_numbers(), st.just(decimal.Decimal("1.5")), st.timedeltas(),
    st.sampled_from([Plain, len, collections.OrderedDict, Tint.RED, Tint.GREEN]), st.uuids(),
    st.datetimes(), st.builds(range, st.integers(0, 9)), st.builds(bytearray, st.binary(max_size=9)),
    st.builds(slice, st.integers(0, 9)), st.builds(collections.Counter, st.text(max_size=4)),
)  # fmt: skip
objects = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.sets(st.integers(), max_size=3), st.frozensets(st.text(max_size=2), max_size=3),
        st.builds(Slotted, inner, inner), st.builds(lambda kind, it: kind(it), st.sampled_from(HOLDERS), inner),
        st.builds(lambda kind, items: kind(items), st.sampled_from(SEQUENCES), st.lists(inner, max_size=3)),
        st.builds(lambda kind, items: kind(items), st.sampled_from(MAPPINGS),
                  st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    ),
    max_leaves=12,
)  # fmt: skip

HARMLESS = {
    f"{kind.__module__}.{kind.__qualname__}": kind
    for kind in (
        Slotted,
        Plain,
        Stateful,
        Listed,
        Mapped,
        Keyworded,
        Everything,
        Registered,
        Tint,
        collections.OrderedDict,
        collections.defaultdict,
        collections.Counter,
        collections.deque,
        fractions.Fraction,
        decimal.Decimal,
        datetime.date,
        datetime.timedelta,
        datetime.datetime,
        uuid.UUID,
        functools.partial,
        types.SimpleNamespace,
        complex,
        set,
        frozenset,
        bytearray,
        bytes,
        list,
        dict,
        object,
        range,
        slice,
        getattr,
        len,
    )
}
HARMLESS |= {
    f"copyreg.{name}": getattr(copyreg, name) for name in ("_reconstructor", "__newobj__", "__newobj_ex__")
}
HARMLESS["_codecs.encode"] = codecs.encode  # fmt: skip
