"""What honest writers of pickles make, in every way they have, is neither spliced nor doubtful."""

import collections
import fractions
import functools
import io
import pickle
import pickletools
from collections.abc import Callable

import cloudpickle
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


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("protocol", range(6))
def test_no_reader_objects(writer: str, protocol: int) -> None:
    for value in VALUES:
        blob = Blob(("x",), BytesWindow(WRITERS[writer](value, protocol)))
        tokens = Tokens(blob)
        reading = readings.read(blob, 0, tokens)[0]
        assert list(compare(blob, reading, tokens)) == []
        assert explain(blob, 0, 60).doubt is None


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_code_that_cloudpickle_carries(protocol: int) -> None:
    blob = Blob(("x",), BytesWindow(cloudpickle.dumps(lambda x: x + len(WRITERS), protocol)))
    tokens = Tokens(blob)
    reading = readings.read(blob, 0, tokens)[0]
    assert list(compare(blob, reading, tokens)) == []
    assert explain(blob, 0, 60).doubt is None
