"""TFLite: TensorFlow's operators under other names, those of libraries, and offsets that lie."""

import io
import struct
import zipfile

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.unwrapping import complaints, names, unwrap
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.archives import PICKLE, torch_zip
from tests.recipes.flatbuffers import described, tflite
from tests.recipes.graphs import attribute, node


def options(operator: str, **attributes: bytes) -> bytes:
    """What the converter writes for an operator of TensorFlow: its name, its NodeDef, the rest of a FlexBuffer."""
    inside = node(operator, operator, **attributes)
    return (
        bytes([len(operator)])
        + operator.encode()
        + b"\0"
        + bytes([len(inside)])
        + inside
        + b"\0\x02=4\x14\x14"
    )


READ = ("FlexReadFile", options("ReadFile"), [0])


def test_reading_a_secret_blocks():
    data = tflite(READ, texts=("/etc/passwd",))
    assert names(data) == ["tflite"]
    assert blocked_for(scan(data, "a.tflite")) == {"credential-theft"}


def test_paths_that_are_put_together():
    join = ("FlexStringJoin", options("StringJoin", separator=attribute((2, "/"))), [0, 1])
    data = tflite(join, ("FlexReadFile", options("ReadFile"), [100]), texts=("/home/user", ".ssh/id_rsa"))
    assert blocked_for(scan(data, "a.tflite")) == {"credential-theft"}


def test_writing_and_printing_into_files():
    write = ("FlexWriteFile", options("WriteFile"), [0, 1])
    out = ("FlexPrintV2", options("PrintV2", output_stream=attribute((2, "file:///tmp/out"))), [0])
    for operator in (write, out):
        assert blocked_for(scan(tflite(operator, texts=("/tmp/out", "x")), "a.tflite")) == {"tampering"}


def test_honest_graphs_are_clean():
    flex = ("FlexDecodePng", options("DecodePng", channels=attribute((3, 3))), [0])
    for data in (tflite(("", b"", [0])), tflite(flex), tflite(("FlexReadFile", options("ReadFile"), [7]))):
        assert scan(data, "a.tflite").verdict is Verdict.CLEAN


def test_operators_of_a_library_are_noted():
    (finding,) = scan(tflite(("VendorOp", b"", [0])), "a.tflite").findings
    assert (finding.rule, finding.severity) == ("custom-operator", Severity.NOTE)
    assert "VendorOp" in finding.message


@pytest.mark.parametrize("lie", [b"\xff\xff\xff\x7fTFL3", b"\x08\0\0\0TFL3" + struct.pack("<i", 1 << 30)])
def test_offsets_that_lie_are_malformed(lie):
    assert complaints(unwrap("tflite", lie)) == ["Malformed"]


def test_each_operator_of_a_library_is_named():
    (finding,) = scan(tflite(("FirstOp", b"", [0]), ("SecondOp", b"", [0])), "a.tflite").findings
    assert "FirstOp" in finding.message and "SecondOp" in finding.message


def appended(graph: bytes, **members: bytes) -> bytes:
    """A graph with the archive that tools for its metadata put behind it."""
    file = io.BytesIO(graph)
    file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file, "a") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_labels_behind_a_graph_are_part_of_it():
    data = appended(described(), labels=b"cat\ndog\n")
    assert names(data) == ["tflite"]
    assert scan(data, "a.tflite").verdict is Verdict.CLEAN
    assert blocked_for(scan(appended(described(), labels=PICKLE), "a.tflite")) == {"code-execution"}


def test_an_archive_that_no_metadata_tell_of_is_not():
    report = scan(appended(tflite(("", b"", [0])), labels=b"cat\n"), "a.tflite")
    assert [f.rule for f in report.findings] == ["format-mismatch"]


def test_the_mark_does_not_hide_a_checkpoint():
    for data in (b"abcdTFL3" + torch_zip(), appended(b"\xff\xff\xff\x7fTFL3", **{"a/data.pkl": PICKLE})):
        report = scan(data, "a.pt")
        assert blocked_for(report) == {"code-execution"}
        assert "pytorch-zip" in report.formats
