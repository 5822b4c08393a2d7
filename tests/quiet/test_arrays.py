"""NumPy's objects as NumPy writes them."""

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.quiet.scanning import told

OBJECTS: dict[str, Callable[[], Any]] = {
    "plain": lambda: [np.arange(5), np.ones((2, 3), "f4", order="F"), np.zeros(0), np.array(3)],
    "objects": lambda: np.array([1, "a", None, {"b": [2]}], object),
    "text": lambda: [np.array(["x", "yy"]), np.array([b"a"]), np.str_("x"), np.bytes_(b"x")],
    "structured": lambda: np.zeros(3, [("a", "i4"), ("b", "U5"), ("c", [("d", "f8")])]),
    "records": lambda: np.rec.array([(1, "a")], dtype=[("x", int), ("y", "U3")]),
    "masked": lambda: np.ma.array([1, 2], mask=[0, 1]),
    "times": lambda: [np.array(["2020-01-01"], "M8[D]"), np.timedelta64(3, "s")],
    "scalars": lambda: [np.float32(1), np.int64(2), np.complex64(1j), np.bool_(True), np.longdouble(1)],
    "types": lambda: [np.dtype("f4"), np.dtype([("a", "i4")]), np.float32, np.sin, np.linalg.norm],
    "random": lambda: [np.random.RandomState(3), np.random.default_rng(3), np.random.SeedSequence(3)],
    "generators": lambda: [np.random.MT19937(1), np.random.Philox(1), np.random.SFC64(1)],
    "polynomials": lambda: [np.poly1d([1, 2]), np.polynomial.Polynomial([1, 2])],
    "vectorised": lambda: np.vectorize(len),
    "large": lambda: np.ones(100_000),
}


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("name", OBJECTS)
def test_pickled(name: str, protocol: int) -> None:
    assert told(pickle.dumps(OBJECTS[name](), protocol)) == []


@pytest.mark.parametrize("name", OBJECTS)
def test_saved(name: str) -> None:
    held = np.empty(1, object)
    held[0] = OBJECTS[name]()
    single, several = io.BytesIO(), io.BytesIO()
    np.save(single, held, allow_pickle=True)
    np.savez_compressed(several, held=held, plain=np.ones(3))
    assert told(single.getvalue(), "a.npy") == []
    assert told(several.getvalue(), "a.npz") == []
