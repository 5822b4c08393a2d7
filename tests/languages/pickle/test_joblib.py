"""Raw arrays between the opcodes, as joblib writes them."""

import os
from pathlib import Path

import joblib
import numpy
import pytest

from tests.hostile.scanning import blocked_for, scan
from tests.languages.pickle.run import kinds, lowered, ops, said
from tests.recipes import pickles as p

DO = "os.system('touch /tmp/pwned')"


def calls(stream: bytes) -> list[str]:
    return [each for each in said(stream) if "os.system" in each]


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [("f8", (3, 4), 96), ("<i2", (5,), 10), ("U3", (2,), 24), ("S5", (2,), 10), ("b1", (), 1),
     ("M8[ns]", (2,), 16), ("f8", (0,), 0)],
)  # fmt: skip
@pytest.mark.parametrize("padding", [None, 0, 7])
def test_an_array_is_skipped_and_what_follows_is_read(
    dtype: str, shape: tuple[int, ...], size: int, padding: int | None
) -> None:
    array = p.joblib_array(dtype, shape, b"\xfe" * size, padding)
    for head in (p.proto(2), p.proto(4)):
        assert kinds(head + array + b".") == []
        assert calls(head + array + b"0" + p.SYSTEM + b".") == [DO]


def test_an_object_array_is_a_pickle_of_its_own() -> None:
    inner = p.proto(4) + p.SYSTEM + b"."
    stream = p.proto(2) + p.joblib_array("O8", (1,), inner, None) + b"."
    assert calls(stream) == [DO]
    assert kinds(stream) == []
    assert stream[ops(stream)[-1].at :].startswith(b"R")


def test_a_loader_that_does_not_know_joblib_runs_the_array() -> None:
    raw = p.SYSTEM + b"."
    stream = p.proto(2) + p.joblib_array("S1", (len(raw),), raw, None) + b"."
    assert DO in calls(stream)


@pytest.mark.parametrize(("dtype", "shape"), [("x9", (2,)), ("f8", (1 << 40,))])
def test_an_array_that_cannot_be_followed_is_an_anomaly(dtype: str, shape: tuple[int, ...]) -> None:
    stream = p.proto(2) + p.joblib_array(dtype, shape, b"\xfe" * 16) + b"."
    assert kinds(stream)[0] in ("unresolved", "malformed")


def test_harmless_arrays_fold() -> None:
    assert lowered(p.proto(2) + p.joblib_array("f8", (2,), bytes(16)) + b".") == []


class Runs:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("echo carried",)


@pytest.mark.parametrize("compress", [0, "zlib", "gzip", "bz2", "xz", "lzma", "lz4", ("zlib", 9)])
def test_real_files_in_every_compression(tmp_path: Path, compress: object) -> None:
    """Arrays stand raw between the opcodes, and object arrays are pickles of their own."""
    path = tmp_path / "file"
    honest = {"numbers": numpy.arange(3000.0), "objects": numpy.array(["a", {}], object)}
    joblib.dump(honest, path, compress=compress)
    assert scan(path.read_bytes()).findings == ()
    for poisoned in (honest | {"last": Runs()}, {"objects": numpy.array([Runs()], object)}):
        joblib.dump(poisoned, path, compress=compress)
        assert blocked_for(scan(path.read_bytes())) == {"code-execution"}
