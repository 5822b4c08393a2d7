"""ONNX: files that a graph names, operators that are not its own, and what hides between the weights."""

from pathlib import Path

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from scanner.blob import Blob, BytesWindow
from scanner.finding import Severity, Verdict
from scanner.formats import identify
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan, scan_file
from tests.recipes.archives import PICKLE
from tests.recipes.protobufs import message, varint

REAL = sorted(Path(onnx.__file__).parent.glob("backend/test/data/**/*.onnx"))
REAL_TENSORS = sorted(Path(onnx.__file__).parent.glob("backend/test/data/**/*.pb"))
OUTSIDE = {
    "absolute": ("/etc/passwd", Severity.ERROR),
    "secret": ("../../home/user/.aws/credentials", Severity.ERROR),
    "up": ("../other/weights.bin", Severity.WARNING),
    "url": ("https://weights.example/w.bin", Severity.WARNING),
}


def value(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [2])


def graph(*nodes: onnx.NodeProto, weights: tuple[onnx.TensorProto, ...] = ()) -> onnx.GraphProto:
    return helper.make_graph([*nodes], "main", [value("x")], [value("y")], [*weights])


def file(*nodes: onnx.NodeProto, weights: tuple[onnx.TensorProto, ...] = (), **more) -> bytes:
    """An ONNX file as the official package writes it."""
    nodes = nodes or (helper.make_node("Relu", ["x"], ["y"]),)
    return helper.make_model(graph(*nodes, weights=weights), **more).SerializeToString()


def elsewhere(location: str) -> onnx.TensorProto:
    """A tensor whose values are in another file."""
    tensor = numpy_helper.from_array(numpy.zeros(2, "f4"), "w")
    onnx.external_data_helper.set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    return tensor


def places(path: str) -> dict[str, bytes]:
    """A tensor with external data wherever a graph can have one."""
    tensor = elsewhere(path)
    constant = helper.make_node("Constant", [], ["y"], value=tensor)
    function = helper.make_function("local", "F", ["x"], ["y"], [constant], [helper.make_opsetid("", 18)])
    branch = helper.make_graph([constant], "branch", [], [value("y")])
    sparse = helper.make_sparse_tensor(tensor, numpy_helper.from_array(numpy.zeros(1, "i8")), [2])
    return {
        "initializer": file(weights=(tensor,)),
        "attribute": file(constant),
        "function": file(helper.make_node("F", ["x"], ["y"], domain="local"), functions=[function]),
        "branch": file(helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)),
        "sparse": file(helper.make_node("Constant", [], ["y"], sparse_value=sparse)),
        "tensor": tensor.SerializeToString(),
    }


@pytest.mark.parametrize("path", REAL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_files_are_clean(path):
    data = path.read_bytes()
    assert names(data) == ["onnx"]
    assert scan(data, path.name).verdict is Verdict.CLEAN


def test_real_tensors_are_not_held_against_anybody():
    verdicts = {path.name: scan(path.read_bytes(), path.name).verdict for path in REAL_TENSORS}
    assert len(REAL_TENSORS) > 300
    assert Verdict.BLOCKED not in verdicts.values()


@pytest.mark.parametrize("place", places(""))
@pytest.mark.parametrize(("path", "severity"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_path_that_leaves_the_folder_is_told(place, path, severity):
    (finding,) = scan(places(path)[place], "weights.onnx").findings
    assert (finding.rule, finding.severity) == ("external-reference", severity)
    assert path in finding.message


@pytest.mark.parametrize("place", places(""))
def test_a_file_beside_it_is_not(place):
    assert scan(places("weights/part.bin")[place], "weights.onnx").verdict is Verdict.CLEAN


def test_operators_of_a_foreign_domain_are_noted_once():
    nodes = [helper.make_node(f"Op{n}", ["x"], ["y"], domain="vendor.ops") for n in range(9)]
    (finding,) = scan(file(*nodes), "a.onnx").findings
    assert finding.severity is Severity.NOTE
    assert "vendor.ops::Op0" in finding.message and "4 more" in finding.message


@pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.ml", "ai.onnx", ""])
def test_operators_of_the_runtime_are_not(domain):
    assert (
        scan(file(helper.make_node("Gelu", ["x"], ["y"], domain=domain)), "a.onnx").verdict is Verdict.CLEAN
    )


def test_python_operators_ask_for_review():
    node = helper.make_node("PyOp", ["x"], ["y"], domain="py", module="plugin.ops", class_name="Run")
    (finding,) = scan(file(node), "a.onnx").findings
    assert (finding.rule, finding.severity) == ("custom-operator", Severity.WARNING)
    assert "plugin.ops.Run" in finding.message


def test_a_compiled_context_is_a_file():
    node = helper.make_node(
        "EPContext", ["x"], ["y"], domain="com.microsoft", embed_mode=0, ep_cache_context="/root/.ssh/id_rsa"
    )
    assert blocked_for(scan(file(node), "a.onnx")) == {"credential-theft"}


def test_pickles_in_strings_metadata_and_unknown_fields():
    data = onnx.ModelProto.FromString(file())
    helper.set_model_props(data, {"labels": "x" * 99})
    hidden = data.SerializeToString() + message((77, PICKLE.ljust(100, b".")))
    found = contents(unwrap("onnx", hidden))
    assert b"x" * 99 in found.values() and PICKLE.ljust(100, b".") in found.values()
    assert blocked_for(scan(hidden, "a.onnx")) == {"code-execution"}


def test_data_behind_the_graph():
    found = unwrap("onnx", file() + b"\xff" * 11 + PICKLE)
    assert complaints(found) == ["polyglot", "Malformed"]
    assert contents(found)["(trailing data)"].endswith(PICKLE)


def test_fields_in_any_order():
    whole = onnx.ModelProto.FromString(file(weights=(elsewhere("/etc/shadow"),)))
    fields = [(7, whole.graph.SerializeToString()), (500, b"x"), (8, b"\x10\x12"), (1, 8)]
    assert blocked_for(scan(message(*fields), "a.onnx")) == {"credential-theft"}


def test_what_breaks_in_the_middle_is_told_after_what_stood_before():
    data = file(weights=(elsewhere("/etc/shadow"),))
    report = scan(data + varint(7 << 3 | 2) + varint(1 << 40), "a.onnx")
    assert {f.rule for f in report.findings} >= {"external-reference", "unreadable-artifact"}


def test_weights_are_not_read(tmp_path):
    body = 1 << 30
    tensor = message((1, body), (2, 2), (8, "w")) + varint(9 << 3 | 2) + varint(body)
    node = message((1, message((1, "x"), (2, "y"), (4, "Relu"))))
    inside = node + varint(5 << 3 | 2) + varint(len(tensor) + body) + tensor
    with (tmp_path / "a.onnx").open("w+b") as file:  # mostly a hole
        file.write(message((1, 8)) + varint(7 << 3 | 2) + varint(len(inside) + body) + inside)
        file.seek(body, 1)
        file.write(message((8, b"\x10\x12")))
    report = scan_file(tmp_path / "a.onnx")
    assert (report.formats, report.verdict) == (("onnx",), Verdict.CLEAN)
    assert report.bytes_read < body // 1000


def test_other_messages_are_not_graphs():
    assert identify(Blob(("a.bin",), BytesWindow(message((1, 8), (7, "a name"), (8, b""))))) == []
