"""What honest writers of pickles make, in every way they have, is neither spliced nor doubtful."""

import collections
import fractions
import functools
import io
import pickle
import pickletools
from collections.abc import Callable

import cloudpickle
import dill
import numpy
import pytest

from scanner.blob import Blob, BytesWindow
from scanner.languages.pickle import reading as readings
from scanner.languages.pickle.decompile import explain
from scanner.languages.pickle.differential import compare
from scanner.languages.pickle.stream import Tokens


class Tree:
    """Shared parts, a cycle, and state."""

    def __init__(self) -> None:
        self.leaves = [["x", "é"]] * 3
        self.me = self


def by_python(value: object, protocol: int) -> bytes:
    file = io.BytesIO()
    pickle._Pickler(file, protocol).dump(value)  # type: ignore[attr-defined]
    return file.getvalue()


WRITERS: dict[str, Callable[[object, int], bytes]] = {
    "C": pickle.dumps,
    "Python": by_python,
    "optimized": lambda value, protocol: pickletools.optimize(pickle.dumps(value, protocol)),
    "Python, optimized": lambda value, protocol: pickletools.optimize(by_python(value, protocol)),
    "cloudpickle": cloudpickle.dumps,
    "dill": dill.dumps,
}
VALUES = [
    Tree(),
    [{f"key{i}": Tree()} for i in range(300)],
    functools.partial(int, base=2),
    numpy.arange(9.0).reshape(3, 3),
    numpy.array([Tree(), "b"], object),
    collections.defaultdict(list, a=[1]),
    fractions.Fraction(1, 3),
    ValueError("x"),
]


NAMES = ["a", "b"]
CARRY: dict[str, Callable[[object, int], bytes]] = {
    "cloudpickle": cloudpickle.dumps,
    "dill": dill.dumps,
    "dill, recursive": lambda value, protocol: dill.dumps(value, protocol, recurse=True),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("protocol", range(6))
def test_no_reader_objects(writer: str, protocol: int) -> None:
    for value in VALUES:
        blob = Blob(("x",), BytesWindow(WRITERS[writer](value, protocol)))
        tokens = Tokens(blob)
        reading = readings.read(blob, 0, tokens)[0]
        assert list(compare(blob, reading, tokens)) == []
        assert explain(blob, 0, 60).doubt is None


@pytest.mark.parametrize("writer", CARRY)
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_code_that_they_carry(protocol: int, writer: str) -> None:
    blob = Blob(("x",), BytesWindow(CARRY[writer](lambda x: x + len(NAMES), protocol)))
    tokens = Tokens(blob)
    reading = readings.read(blob, 0, tokens)[0]
    assert list(compare(blob, reading, tokens)) == []
    assert explain(blob, 0, 60).doubt is None
