"""What the machine records against what real loaders do, on random objects and on mutated streams."""

import contextlib
import copyreg
import io
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.blob import Blob, BytesWindow
from scanner.languages.pickle import reading
from scanner.languages.pickle.machine import Reading
from scanner.languages.pickle.stream import Tokens
from scanner.languages.pickle.symbols import Symbol
from tests.recipes import pickles as p
from tests.recipes.objects import HARMLESS, Plain, objects, written
from tools.fuzz.tracing import Tracing, recorded, said


def loaded(stream: bytes, start: int = 0) -> tuple[Tracing, int, Exception | None]:
    """A real load of the pickle at ``start``, where it ended, and what stopped it."""
    file = io.BytesIO(stream)
    file.seek(start)
    real = Tracing(file, HARMLESS)
    try:
        real.load()
    except Exception as error:  # mutated streams fail in many ways
        return real, file.tell(), error
    return real, file.tell(), None


def read(stream: bytes, start: int = 0) -> list[Reading]:
    blob = Blob(("x",), BytesWindow(stream))
    primary, others = reading.read(blob, start, Tokens(blob))
    return [primary, *others]


class Reaching(pickle.Unpickler):
    """The real C loader, allowed only harmless classes, and what it imported before it stopped."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(io.BytesIO(stream), encoding="latin-1")
        self.names: list[str] = []

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in self.names:
            self.names.append(f"{module}.{name}")
        return HARMLESS[f"{module}.{name}"]

    def persistent_load(self, pid: Any) -> Any:
        return None


quick = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@quick
@given(st.lists(objects, min_size=1, max_size=3), st.integers(0, 5), st.booleans())
def test_the_recording_equals_a_traced_load(values: list[Any], protocol: int, native: bool) -> None:
    """Every global, call, state and item, with all arguments, in order: of each pickle of a file."""
    stream = b"".join(written(value, protocol, native=native) for value in values)
    start = 0
    for _ in values:
        real, end, error = loaded(stream, start)
        (found,) = read(stream, start)
        assert (error, found.error, found.end) == (None, None, end)
        assert recorded(found) == said(real)
        start = end
    assert start == len(stream)


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
    assert recorded(found)[1] == "new copyreg.extension_240()"


def test_buffers_out_of_band() -> None:
    stream = written([pickle.PickleBuffer(b"weights"), Plain(1)], 5)
    assert b"\x97" in stream
    (found,) = read(stream)
    assert (found.error, recorded(found)) == (None, said(loaded(stream)[0]))


@quick
@given(st.lists(objects, min_size=1, max_size=2), st.integers(0, 5), st.data())
def test_a_mutated_stream_hides_nothing_that_the_loader_reached(
    values: list[Any], protocol: int, data: Any
) -> None:
    stream = bytearray(b"".join(written(value, protocol) for value in values) + p.SYSTEM + b".")
    for _ in range(data.draw(st.integers(1, 3))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    start, error = 0, None
    while error is None and start < len(stream):
        real, end, error = loaded(bytes(stream), start)
        reached = [recorded(each) for each in read(bytes(stream), start)]
        did = said(real)
        assert any(words[: len(did)] == did for words in reached), (did, reached)
        start = end


@quick
@given(objects, st.integers(0, 5), st.data())
def test_nor_what_the_other_loader_looked_up(value: Any, protocol: int, data: Any) -> None:
    stream = bytearray(written(value, protocol) + p.SYSTEM + b".")
    for _ in range(data.draw(st.integers(1, 3))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    real = Reaching(bytes(stream))
    with contextlib.suppress(Exception):
        real.load()
    reached = [
        [f"{e.module}.{e.name}" for e in each.log if type(e) is Symbol] for each in read(bytes(stream))
    ]
    assert any(names[: len(real.names)] == real.names for names in reached), (real.names, reached)
