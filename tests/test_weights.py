"""Files of numbers that only a file beside them tells from any other bytes."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from scanner.blob import Blob, window
from scanner.examine import examine
from scanner.finding import FileReport, Verdict
from scanner.limits import Limits
from tests.hostile.scanning import blocked_for
from tests.hostile.trees import Tree
from tests.recipes.archives import PICKLE
from tests.recipes.bundles import FLOAT, STRING, index
from tests.recipes.sparse import holes
from tests.recipes.xml import document, openvino

GB = 1 << 30
START = bytes.fromhex("db0fc9bf92f0313e") * 8  # the first of the numbers


def of_onnx(*spans: tuple[int, int, bool]) -> bytes:
    """A graph whose tensors are elsewhere: where, how long, and whether they are numbers."""
    tensors = []
    for number, (start, size, numbers) in enumerate(spans):
        tensor = onnx.TensorProto(name=f"w{number}", data_type=1 if numbers else 8, dims=[size // 4])
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in {"location": "model.onnx.data", "offset": str(start), "length": str(size)}.items():
            tensor.external_data.add(key=key, value=value)
        tensors.append(tensor)
    node = onnx.helper.make_node("Identity", ["w0"], ["y"])
    made = onnx.helper.make_graph(
        [node], "g", [], [onnx.helper.make_tensor_value_info("y", 1, None)], tensors
    )
    return onnx.helper.make_model(made).SerializeToString()


def of_openvino(*spans: tuple[int, int, bool]) -> bytes:
    layers = "".join(
        f'<layer id="{9 + number}" name="w{number}" type="Const" version="opset1"><data offset="{start}" '
        f'size="{size}" element_type="{"f32" if numbers else "string"}" shape="1"/></layer>'
        for number, (start, size, numbers) in enumerate(spans)
    )
    return document(openvino(layers))


def of_tensorflow(*spans: tuple[int, int, bool]) -> bytes:
    named = [
        (f"layer/w{n}", FLOAT if numbers else STRING, at, size) for n, (at, size, numbers) in enumerate(spans)
    ]
    return index(*named)


Describe = Callable[..., bytes]
KINDS: dict[str, tuple[str, str, Describe]] = {
    "onnx": ("a/model.onnx.data", "a/model.onnx", of_onnx),
    "openvino": ("a/model.bin", "a/model.xml", of_openvino),
    "tensorflow-checkpoint": ("a/variables.data-00000-of-00001", "a/variables.index", of_tensorflow),
}


def scan(path: Path, kind: str, *spans: tuple[int, int, bool]) -> FileReport:
    """The report on a file of numbers with its description beside it; without spans there is none."""
    name, beside, describe = KINDS[kind]
    return scan_as(name, path, {beside: describe(*spans)} if spans else {})


def scan_as(name: str, path: Path, files: dict[str, bytes]) -> FileReport:
    """The report on a file of that name, with these beside it."""
    with path.open("rb") as file:
        return examine(Blob((name,), window(file.fileno())), Limits(), Tree(files))


@pytest.mark.parametrize("kind", KINDS)
def test_a_gigabyte_of_numbers_is_not_read(kind: str, tmp_path: Path) -> None:
    holes(tmp_path / "weights", [START, GB])
    found = scan(tmp_path / "weights", kind, (0, GB // 2, True), (GB // 2, GB // 2 + len(START), True))
    assert (found.verdict, found.formats, found.failure) == (Verdict.CLEAN, (kind,), None)
    assert found.size > GB
    assert found.bytes_read < found.size // 100


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "spans", [[(0, 4096, True)], [(0, 4096, True), (4096, 999, False)]], ids=["none", "text"]
)
def test_what_is_not_numbers_is_searched(
    kind: str, spans: list[tuple[int, int, bool]], tmp_path: Path
) -> None:
    (tmp_path / "weights").write_bytes(START.ljust(4096, b"\1") + bytes(64) + PICKLE + os.urandom(99))
    assert blocked_for(scan(tmp_path / "weights", kind, *spans)) == {"code-execution"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_hides_at_the_beginning_of_the_numbers_is_found(kind: str, tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(START + PICKLE + bytes(9999))
    assert blocked_for(scan(tmp_path / "weights", kind, (0, 9999, True))) == {"code-execution"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_pickle_stays_a_pickle_whatever_lies_beside_it(kind: str, tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(PICKLE + bytes(4096))
    assert blocked_for(scan(tmp_path / "weights", kind, (0, 4096 + len(PICKLE), True))) == {"code-execution"}


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_description_nobody_knows(kind: str, tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(START * 99)
    assert scan(tmp_path / "weights", kind).verdict is Verdict.UNSCANNED
    name, beside, describe = KINDS[kind]
    for broken in (describe((0, 99, True))[:-9], b"", b"\0" * 99):
        found = scan_as(name, tmp_path / "weights", {beside: broken})
        assert (found.verdict, found.failure) == (Verdict.UNSCANNED, None)


def test_data_of_another_file_is_not_meant(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(START * 99)
    found = scan_as("a/other.data", tmp_path / "weights", {"a/model.onnx": of_onnx((0, 9999, True))})
    assert found.verdict is Verdict.UNSCANNED


def test_what_the_library_writes(tmp_path: Path) -> None:
    weights = onnx.numpy_helper.from_array(np.random.default_rng(0).normal(size=(64, 64)), "w")
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, 11, [64, 64]) for name in ("x", "y")]
    made = onnx.helper.make_model(onnx.helper.make_graph([node], "g", ends[:1], ends[1:], [weights]))
    onnx.save_model(made, tmp_path / "net.onnx", save_as_external_data=True, location="net.weights")
    beside = {"net.onnx": (tmp_path / "net.onnx").read_bytes()}
    found = scan_as("net.weights", tmp_path / "net.weights", beside)
    assert (found.verdict, found.formats) == (Verdict.CLEAN, ("onnx",))
