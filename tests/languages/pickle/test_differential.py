"""What the machine records against what real loaders do, on random objects and on mutated streams."""

import collections
import contextlib
import copyreg
import datetime
import decimal
import fractions
import io
import itertools
import pickle
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.blob import Blob, BytesWindow
from scanner.knowledge.tables import knowledge
from scanner.languages.pickle import pure, reading
from scanner.languages.pickle.machine import Reading
from scanner.languages.pickle.stream import Tokens
from scanner.languages.pickle.symbols import Instance, Symbol, root
from tests.recipes import pickles as p

Trace = list[tuple[str, str]]


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


class Stored(Plain):
    """Has a persistent id."""


copyreg.pickle(Registered, lambda it: (Registered, (it.value,)))


class Writing(pickle.Pickler):
    def persistent_id(self, it: Any) -> Any:
        return str(type(it).__name__) if isinstance(it, Stored) else None


def written(value: Any, protocol: int) -> bytes:
    """A pickle of ``value``, whose buffers are elsewhere."""
    out = io.BytesIO()
    more: dict[str, Any] = {"buffer_callback": lambda buffer: None} if protocol == 5 else {}
    Writing(out, protocol, fix_imports=False, **more).dump(value)
    return out.getvalue()


def knotted(value: Any) -> list[Any]:
    """A structure that holds itself, and an object that does."""
    knot: list[Any] = [value]
    holder = Plain(knot)
    knot += [knot, holder, {"again": holder}]
    return knot


HOLDERS = (Plain, Stateful, Keyworded, Everything, Registered, Stored, knotted)
SEQUENCES = (Listed, collections.deque)
MAPPINGS = (Mapped, collections.OrderedDict)

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=300),
    st.dates(), st.fractions(), st.complex_numbers(), st.just(decimal.Decimal("1.5")), st.timedeltas(),
    st.sampled_from([Plain, len, collections.OrderedDict]),
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

HARMLESS = {(kind.__module__, kind.__qualname__): kind for kind in (
    Slotted, Plain, Stateful, Listed, Mapped, Keyworded, Everything, Registered, collections.OrderedDict, collections.deque, fractions.Fraction,
    decimal.Decimal, datetime.date, datetime.timedelta)}  # fmt: skip


class Tracing(pickle._Unpickler):
    """A real load that writes down what it imports, calls and gives a state."""

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream: bytes) -> None:
        super().__init__(io.BytesIO(stream), encoding="latin-1", buffers=itertools.repeat(b""))
        self.trace: Trace = []
        self.names: dict[int, str] = {}
        self.kept: list[Any] = []

    def find_class(self, module: str, name: str) -> Any:
        if ("name", f"{module}.{name}") not in self.trace:
            self.trace.append(("name", f"{module}.{name}"))
        self.proto, proto = 4, self.proto
        found = super().find_class(module, name)
        self.proto = proto
        self.names[id(found)] = f"{module}.{name}"
        return found

    def persistent_load(self, pid: Any) -> Any:
        return Stored(pid)

    def _making(self, how: str, callee: Any, load: Any) -> None:
        name = self.names[id(callee)]
        if not pure.known(knowledge().canonical(name)):
            self.trace.append((how, name))
        load()
        self.kept.append(self.stack[-1])
        self.names[id(self.stack[-1])] = name

    def load_reduce(self) -> None:
        self._making("call", self.stack[-2], super().load_reduce)  # type: ignore[misc]

    def load_newobj(self) -> None:
        self._making("new", self.stack[-2], super().load_newobj)  # type: ignore[misc]

    def load_newobj_ex(self) -> None:
        self._making("keywords", self.stack[-3], super().load_newobj_ex)  # type: ignore[misc]

    def load_build(self) -> None:
        self.trace.append(("state", self.names[id(self.stack[-2])]))
        super().load_build()  # type: ignore[misc]

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex
    dispatch[pickle.BUILD[0]] = load_build


class Reaching(pickle.Unpickler):
    """The real C loader, allowed only harmless classes, and what it imported before it stopped."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(io.BytesIO(stream), encoding="latin-1")
        self.names: list[str] = []

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in self.names:
            self.names.append(f"{module}.{name}")
        return HARMLESS[module, name]

    def persistent_load(self, pid: Any) -> Any:
        return None


def read(stream: bytes) -> list[Reading]:
    blob = Blob(("x",), BytesWindow(stream))
    primary, others = reading.read(blob, 0, Tokens(blob))
    return [primary, *others]


def traced(found: Reading, *kinds: str) -> Trace:
    trace: Trace = []
    for event in found.log:
        if isinstance(event, Symbol):
            trace.append(("name", str(event)))
        elif isinstance(event, Instance):
            trace.append((event.how, str(root(event))))
        elif event[0] == "state":
            trace.append(("state", str(root(event[1]))))
    return [entry for entry in trace if entry[0] in kinds]


def unevaluated(trace: Trace) -> Trace:
    """Without the calls that the machine may evaluate instead of recording them."""
    return [
        (how, name) for how, name in trace if how == "name" or not pure.known(knowledge().canonical(name))
    ]


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(objects, st.integers(0, 5))
def test_the_recording_equals_a_traced_load(value: Any, protocol: int) -> None:
    stream = written(value, protocol)
    real = Tracing(stream)
    real.load()
    (found,) = read(stream)
    assert found.error is None
    assert found.end == len(stream)
    assert unevaluated(traced(found, "name", "call", "new", "keywords", "state")) == real.trace


@pytest.mark.parametrize("protocol", range(2, 6))
def test_extension_codes_are_told_even_when_this_process_knows_them(protocol: int) -> None:
    copyreg.add_extension(Plain.__module__, "Plain", 240)
    try:
        stream = pickle.dumps(Plain(1), protocol)
    finally:
        copyreg.remove_extension(Plain.__module__, "Plain", 240)
    assert b"\x82\xf0" in stream
    (found,) = read(stream)
    assert found.unresolved
    assert ("new", "copyreg.extension_240") in traced(found, "new")


def test_buffers_out_of_band() -> None:
    stream = written([pickle.PickleBuffer(b"weights"), Plain(1)], 5)
    assert b"\x97" in stream
    real = Tracing(stream)
    real.load()
    (found,) = read(stream)
    assert (found.error, traced(found, "name", "new", "state")) == (None, real.trace)


@quick
@given(objects, st.integers(0, 5), st.data())
def test_a_mutated_stream_hides_nothing_that_the_loader_reached(value: Any, protocol: int, data: Any) -> None:
    stream = bytearray(written(value, protocol) + p.SYSTEM + b".")
    for _ in range(data.draw(st.integers(1, 3))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    real = Reaching(bytes(stream))
    with contextlib.suppress(Exception):
        real.load()
    reached = [[name for _, name in traced(each, "name")] for each in read(bytes(stream))]
    assert any(names[: len(real.names)] == real.names for names in reached), (real.names, reached)
