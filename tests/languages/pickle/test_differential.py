"""What the machine records against what real loaders do, on random objects and on mutated streams."""

import collections
import contextlib
import datetime
import decimal
import fractions
import io
import pickle
from typing import Any, ClassVar

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
        inner.map(Plain), inner.map(Stateful), st.builds(Slotted, inner, inner),
        st.lists(inner, max_size=3).map(Listed), st.lists(inner, max_size=3).map(collections.deque),
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(collections.OrderedDict),
    ),
    max_leaves=12,
)  # fmt: skip

HARMLESS = {(kind.__module__, kind.__qualname__): kind for kind in (
    Slotted, Plain, Stateful, Listed, collections.OrderedDict, collections.deque, fractions.Fraction,
    decimal.Decimal, datetime.date, datetime.timedelta)}  # fmt: skip


class Tracing(pickle._Unpickler):
    """A real load that writes down what it imports and calls."""

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream: bytes) -> None:
        super().__init__(io.BytesIO(stream), encoding="latin-1")
        self.trace: Trace = []

    def find_class(self, module: str, name: str) -> Any:
        if ("name", f"{module}.{name}") not in self.trace:
            self.trace.append(("name", f"{module}.{name}"))
        self.proto, proto = 4, self.proto
        found = super().find_class(module, name)
        self.proto = proto
        self.names = {**getattr(self, "names", {}), id(found): f"{module}.{name}"}
        return found

    def _note(self, how: str, callee: Any) -> None:
        name = self.names[id(callee)]
        if not pure.known(knowledge().canonical(name)):
            self.trace.append((how, name))

    def load_reduce(self) -> None:
        self._note("call", self.stack[-2])
        super().load_reduce()  # type: ignore[misc]

    def load_newobj(self) -> None:
        self._note("new", self.stack[-2])
        super().load_newobj()  # type: ignore[misc]

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj


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
    return [entry for entry in trace if entry[0] in kinds]


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(objects, st.integers(0, 5))
def test_the_recording_equals_a_traced_load(value: Any, protocol: int) -> None:
    stream = pickle.dumps(value, protocol, fix_imports=False)
    real = Tracing(stream)
    real.load()
    (found,) = read(stream)
    assert found.error is None
    assert found.end == len(stream)
    assert traced(found, "name", "call", "new") == real.trace


@quick
@given(objects, st.integers(0, 5), st.data())
def test_a_mutated_stream_hides_nothing_that_the_loader_reached(value: Any, protocol: int, data: Any) -> None:
    stream = bytearray(pickle.dumps(value, protocol, fix_imports=False) + p.SYSTEM + b".")
    for _ in range(data.draw(st.integers(1, 3))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    real = Reaching(bytes(stream))
    with contextlib.suppress(Exception):
        real.load()
    reached = [[name for _, name in traced(each, "name")] for each in read(bytes(stream))]
    assert any(names[: len(real.names)] == real.names for names in reached), (real.names, reached)
