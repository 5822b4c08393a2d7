"""What is cut out of a long pickle is a pickle of the same value."""

import collections
import datetime
import fractions
import io
import pickle
import pickletools
from collections.abc import Iterator

import cloudpickle
import joblib
import numpy
import pytest

from scanner.blob import Blob, BytesWindow
from scanner.languages.pickle import fallback
from scanner.languages.pickle import reading as readings
from scanner.languages.pickle.excerpt import excerpt
from scanner.languages.pickle.stream import Tokens

NEVER = float("inf")
VALUES = [
    complex(1, 2),
    fractions.Fraction(1, 3),
    collections.OrderedDict(a=[1, {"b": (2,)}], c={3, 4}),
    datetime.datetime(2020, 2, 2, tzinfo=datetime.UTC),
    collections.Counter("hello"),
    numpy.arange(5),
]


def cut(data: bytes, offset: int, deadline: float = NEVER) -> bytes:
    blob = Blob(("x",), BytesWindow(data))
    tokens = Tokens(blob)
    return excerpt(blob, fallback.read(blob, 0, tokens), offset, tokens, deadline)


def opcodes(data: bytes, *names: str) -> Iterator[int]:
    return (at for opcode, _, at in pickletools.genops(data) if opcode.name in names and at is not None)


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.parametrize("protocol", range(6))
def test_the_value_of_a_call(protocol: int, dumps) -> None:
    """Its last opcode is the BUILD or SETITEMS of what the last call has made, if there is one."""
    for value in VALUES:
        data = dumps([0.5, value, value, "x" * 9], protocol)
        *_, last = opcodes(data, "REDUCE", "BUILD", "SETITEMS", "SETITEM")
        assert repr(pickle.loads(cut(data, last))) == repr(value)


@pytest.mark.parametrize("protocol", range(6))
def test_each_of_many(protocol: int) -> None:
    values = [complex(i, -i) for i in range(40)]
    data = pickle.dumps({"a": values, "b": values[::-1]}, protocol)
    calls = list(opcodes(data, "REDUCE"))
    assert [pickle.loads(cut(data, at)) for at in calls] == values


def test_a_value_that_holds_itself() -> None:
    value: list[object] = [1]
    value.append(value)
    data = pickle.dumps(value)
    assert pickle.loads(cut(data, data.index(b"e."))) == [1, "<itself>"]


def test_it_is_bounded() -> None:
    data = pickle.dumps([b"x" * 100_000, ["y" * 300] * 9, list(range(9000)), dict.fromkeys(range(9000), "R")])
    part = cut(data, data.rindex(b"e."))
    assert len(part) < 10_000
    first, texts, numbers, pairs = pickle.loads(part)
    assert (first, len(texts), len(numbers), len(pairs)) == ("<100,005 bytes>", 9, 64, 32)
    deep = b"]" * 5000 + b"a" * 4999 + b"."
    assert len(cut(deep, len(deep) - 2)) < 2000
    assert cut(data, data.rindex(b"e."), deadline=0) == b""


@pytest.mark.parametrize("place", range(3))
def test_between_raw_arrays(place: int) -> None:
    values: list[object] = [numpy.frombuffer(b"R." * 800), numpy.array([complex(1, 2)], object)]
    values.insert(place, fractions.Fraction(2, 7))
    file = io.BytesIO()
    joblib.dump(values, file)
    data = file.getvalue()
    blob = Blob(("x",), BytesWindow(data))
    tokens = Tokens(blob)
    reading = readings.read(blob, 0, tokens)[0]
    readings.locate(blob, reading, tokens, len(reading.log))
    loaded = []
    for at in reading.offsets or ():
        if data[at : at + 1] == b"R" and data[at - 40 : at].count(b"Fraction") + data[at - 60 : at].count(
            b"complex"
        ):
            loaded.append(pickle.loads(cut(data, at)))
    assert fractions.Fraction(2, 7) in loaded
    assert complex(1, 2) in loaded
