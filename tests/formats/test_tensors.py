"""NumPy arrays and safetensors."""

import io
import json

import numpy
import pytest

from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.recipes.archives import PICKLE, npy, safetensors


def saved(array) -> bytes:
    file = io.BytesIO()
    numpy.save(file, array, allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize("dtype", ["f4", "U7", "S3", "?", "M8[ns]", "c16", [("a", "i4"), ("b", "f8", (2,))]])
def test_numbers_hold_no_code(dtype):
    data = saved(numpy.zeros((3, 2), dtype))
    assert names(data) == ["numpy"]
    assert unwrap("numpy", data) == []


@pytest.mark.parametrize("dtype", [object, [("a", "i4"), ("b", object)]])
def test_objects_are_a_pickle(dtype):
    (part,) = unwrap("numpy", saved(numpy.zeros(2, dtype)))
    assert part.expected == "pickle"
    assert part.read_at(0, 1) == b"\x80"


@pytest.mark.parametrize(
    "descr", ["'|O'", "'O'", "'|O8'", "[('f', [('g', 'O')])]", "('O', (2,))", "7", "'weird'"]
)
def test_whatever_may_be_an_object_is_looked_at(descr):
    assert contents(unwrap("numpy", npy(descr, "(1,)", PICKLE))) == {"(array data)": PICKLE}


def test_sizes_as_python_2_wrote_them():
    assert unwrap("numpy", npy("'<f4'", "(2L, 1L)", bytes(8))) == []


def test_a_header_that_is_a_program():
    data = npy("__import__('os').system('echo')", "(1,)", PICKLE)
    found = unwrap("numpy", data)
    assert contents(found) == {"(array data)": PICKLE}
    assert complaints(found) == ["Malformed"]


def test_data_behind_and_data_missing():
    assert contents(unwrap("numpy", npy("'<f4'", "(2,)", bytes(8) + PICKLE))) == {"(trailing data)": PICKLE}
    assert complaints(unwrap("numpy", npy("'<f4'", "(99,)", bytes(8)))) == ["Malformed"]
    assert complaints(unwrap("numpy", npy("'<f4'", "(" + "9" * 4000 + ",)", bytes(8)))) == ["Malformed"]


def tensor(start: int, end: int) -> dict:
    return {"dtype": "F32", "shape": [(end - start) // 4], "data_offsets": [start, end]}


def test_honest_safetensors():
    header = json.dumps({"__metadata__": {"format": "pt"}, "b": tensor(4, 12), "a": tensor(0, 4)}).encode()
    data = safetensors(header, bytes(12))
    assert names(data) == ["safetensors"]
    assert unwrap("safetensors", data) == []
    assert names(safetensors(b"{}      ")) == ["safetensors"]


@pytest.mark.parametrize(
    "tensors",
    [
        {"a": tensor(0, 8), "b": tensor(4, 12)},
        {"a": tensor(4, 12)},
        {"a": tensor(0, 400)},
        {"a": tensor(-4, 12)},
        {"a": 7},
        {"a": {"dtype": "F32", "data_offsets": [0, 10**4299]}},
    ],
)
def test_lies(tensors):
    found = unwrap("safetensors", safetensors(json.dumps(tensors).encode(), bytes(12)))
    assert "Malformed" in complaints(found)


def test_a_key_twice():
    header = b'{"a": {"data_offsets": [0, 4]}, "a": {"data_offsets": [0, 4]}}'
    assert complaints(unwrap("safetensors", safetensors(header, bytes(4)))) == ["Malformed"]


def test_something_behind_the_tensors():
    header = json.dumps({"a": tensor(0, 4)}).encode()
    found = unwrap("safetensors", safetensors(header, bytes(4) + PICKLE))
    assert contents(found) == {"(trailing data)": PICKLE}
    assert complaints(found) == ["polyglot"]


@pytest.mark.parametrize(
    ("tensor", "sound"),
    [
        ({"dtype": "F32", "shape": [2, 3]}, True),
        ({"dtype": "F4", "shape": [48]}, True),
        ({"dtype": "OTHER", "shape": [1]}, True),
        ({"dtype": "F32", "shape": [2, 4]}, False),
        ({"dtype": "F16", "shape": [2, 3]}, False),
        ({"dtype": "U8", "shape": [-24]}, False),
        ({"dtype": "U8", "shape": [1 << 62, 1 << 62]}, False),
        ({"dtype": "U8"}, False),
    ],
)
def test_a_tensor_is_as_long_as_its_shape_says(tensor, sound):
    header = json.dumps({"a": {**tensor, "data_offsets": [0, 24]}}).encode()
    assert complaints(unwrap("safetensors", safetensors(header, bytes(24)))) == (
        [] if sound else ["Malformed"]
    )


def test_metadata_of_safetensors_is_looked_at():
    header = json.dumps({"__metadata__": {"format": "pt", "note": PICKLE.decode() + "." * 99}}).encode()
    assert contents(unwrap("safetensors", safetensors(header)))["__metadata__ note"].startswith(PICKLE)
