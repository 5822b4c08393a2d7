"""MXNet, ExecuTorch, TensorRT and llamafiles: operators that are not the runtime's, blobs, code that nobody reads."""

import struct
from pathlib import Path
from typing import Any

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan, scan_file
from tests.recipes import tensors
from tests.recipes.archives import PICKLE, zipped
from tests.recipes.sparse import holes
from tests.recipes.tensors import ELF, whole

GB = 1 << 30
FC = {"op": "FullyConnected", "name": "fc", "attrs": {"num_hidden": "3"}, "inputs": [[0, 0, 0]]}
NATIVE = {"op": "_Native", "name": "n", "attrs": {"info": "0x7f2a10", "need_top_grad": "False"}}
LOOP = {"op": "_foreach", "name": "f", "subgraphs": [{"nodes": [NATIVE], "arg_nodes": [], "heads": []}]}


def test_mxnet_graphs_that_compute_are_clean() -> None:
    assert names(tensors.symbol(FC)) == ["mxnet", "text"]
    assert scan(tensors.symbol(FC), "net-symbol.json").verdict is Verdict.CLEAN


@pytest.mark.parametrize("key", ["attrs", "attr", "param"])
def test_mxnet_operators_in_python_are_noted(key: str) -> None:
    node: dict[str, Any] = {"op": "Custom", "name": "c", key: {"op_type": "own_loss"}}
    (finding,) = scan(tensors.symbol(FC, node), "net-symbol.json").findings
    assert (finding.rule, finding.severity) == ("custom-operator", Severity.NOTE)
    assert "own_loss" in finding.message


@pytest.mark.parametrize("node", [NATIVE, NATIVE | {"op": "_NDArray"}, LOOP])
def test_mxnet_operators_at_an_address_block(node: dict[str, Any]) -> None:
    assert blocked_for(scan(tensors.symbol(FC, node), "net-symbol.json")) == {"code-execution"}


def test_mxnet_parameters() -> None:
    data = whole(tensors.parameters())
    assert names(data) == ["mxnet-params"]
    assert scan(data, "net-0000.params").verdict is Verdict.CLEAN
    hidden = (tensors.parameters(behind=PICKLE), tensors.parameters(name=PICKLE.ljust(300, b".")))
    for each in map(whole, hidden):
        assert blocked_for(scan(each, "net-0000.params")) == {"code-execution"}
    for cut in (30, 60, len(data) - 1):
        assert complaints(unwrap("mxnet-params", data[:cut])) == ["Malformed"]


PROGRAM = ("aten::add.out", "aten::addmm", "quantized_decomposed::quantize_per_tensor")
SEGMENTS = (bytes(40), b"weights" * 9)


def test_executorch_programs_that_compute_are_clean() -> None:
    data = whole(tensors.executorch(*PROGRAM, delegates=("XnnpackBackend",), segments=SEGMENTS))
    assert names(data) == ["executorch"]
    assert scan(data, "net.pte").verdict is Verdict.CLEAN
    assert scan(whole(tensors.executorch(*PROGRAM)), "net.pte").verdict is Verdict.CLEAN


def test_executorch_kernels_and_delegates_of_others_are_noted() -> None:
    data = whole(tensors.executorch("vendor::run.out", "aten::add", delegates=("OwnDelegate",)))
    (finding,) = scan(data, "net.pte").findings
    assert (finding.rule, finding.severity) == ("custom-operator", Severity.NOTE)
    assert "vendor::run" in finding.message and "OwnDelegate" in finding.message


def test_executorch_kernels_that_touch_files_are_told() -> None:
    (finding,) = scan(whole(tensors.executorch("aten::add", "aten::save")), "net.pte").findings
    assert (finding.rule, finding.severity) == ("side-effect-on-load", Severity.ERROR)


def test_executorch_blobs_are_looked_at() -> None:
    data = whole(tensors.executorch(*PROGRAM, segments=(bytes(16), ELF, PICKLE)))
    report = scan(data, "net.pte")
    assert blocked_for(report) == {"code-execution"}
    assert "unscanned-artifact" in {f.rule for f in report.findings}


def test_executorch_data_between_and_behind_segments() -> None:
    pieces = tensors.executorch(*PROGRAM, segments=(bytes(17), bytes(16)))
    pieces[2] = b"hidden words...!"[: len(pieces[2])]  # type: ignore[arg-type]
    assert complaints(unwrap("executorch", whole(pieces))) == ["polyglot"]
    found = unwrap("executorch", whole(tensors.executorch(*PROGRAM, segments=SEGMENTS, behind=PICKLE)))
    assert contents(found)["(trailing data)"].strip(b"\0") == PICKLE


def test_executorch_offsets_that_lie() -> None:
    assert complaints(unwrap("executorch", b"\xff\xff\xff\x7fET12")) == ["Malformed"]
    data = whole(tensors.executorch(*PROGRAM, segments=SEGMENTS))
    assert "Malformed" in complaints(unwrap("executorch", data[:-20]))


@pytest.mark.parametrize("document", [b"", b'{"stride": 32, "names": {"0": "cat"}}'])
def test_engines_are_said_to_be_unread(document: bytes) -> None:
    data = tensors.engine(document=document)
    assert names(data) == ["tensorrt"]
    (finding,) = scan(data, "net.engine").findings
    assert (finding.rule, finding.severity) == ("unscanned-artifact", Severity.WARNING)
    assert "TensorRT" in finding.message


def test_libraries_in_an_engine_are_told() -> None:
    found = scan(tensors.engine(ELF), "net.engine").findings
    assert [f for f in found if "native program or library" in f.message]


def test_code_in_the_document_of_an_engine() -> None:
    document = b'{"chat_template": "{{ x.__class__.__init__.__globals__ }}"}'
    assert blocked_for(scan(tensors.engine(document=document), "net.engine"))


LARGE: dict[str, tuple[tensors.Pieces, Verdict]] = {
    "net.params": (tensors.parameters(GB), Verdict.CLEAN),
    "net.pte": (tensors.executorch(*PROGRAM, segments=(GB,)), Verdict.CLEAN),
    "net.engine": ([tensors.engine(), GB, bytes(8)], Verdict.UNSCANNED),
}


@pytest.mark.parametrize("name", LARGE)
def test_tensors_are_not_read(name: str, tmp_path: Path) -> None:
    pieces, verdict = LARGE[name]
    size = holes(tmp_path / name, pieces)
    report = scan_file(tmp_path / name)
    assert (report.failure, report.verdict) == (None, verdict)
    assert report.bytes_read < size // 100


def gguf(template: str) -> bytes:
    """A checkpoint with a chat template."""
    key, text = b"tokenizer.chat_template", template.encode()
    head = b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, len(key)) + key + struct.pack("<IQ", 8, len(text)) + text
    return head + bytes(-len(head) % 32)


def llamafile(template: str) -> bytes:
    """A program that is a shell script, a Windows program and an archive with its weights at once."""
    program = b"MZqFpD='\n" + bytes(60) + b'\n\' exec "$o" "$@"\n' + bytes(200)
    return program + zipped({"weights.gguf": gguf(template), ".args": b"-m\nweights.gguf\n"})


def test_llamafiles_are_programs_whose_weights_are_read() -> None:
    honest = scan(llamafile("{{ messages[0].content }}"), "chat.llamafile")
    assert {"executable", "zip", "gguf"} <= set(honest.formats)
    assert honest.verdict is Verdict.REVIEW
    assert {f.rule for f in honest.findings} == {"format-mismatch"}
    assert "executable and zip at the same time" in " ".join(f.message for f in honest.findings)
    hostile = llamafile("{{ x.__class__.__base__.__subclasses__() }}")
    assert blocked_for(scan(hostile, "chat.llamafile"))
