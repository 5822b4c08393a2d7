"""Core ML: classes of the application, files elsewhere, texts and bytes in odd places."""

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan, scan_file
from tests.recipes.archives import PICKLE
from tests.recipes.coreml import (
    CUSTOM,
    LINKED,
    NETWORK,
    PIPELINE,
    PROGRAM,
    SERIALIZED,
    coreml,
    custom,
    linked,
    manifest,
    network,
    program,
    weights,
)
from tests.recipes.protobufs import message, varint

RELU = (130, message((10, b"")))
HONEST = coreml(NETWORK, network(RELU, (140, message((1, 4), (20, message((1, bytes(400))))))))
OWN = (500, custom("VendorLayer"))
CLASSES = {
    "layer": coreml(NETWORK, network(RELU, OWN)),
    "classifier": coreml(403, network(OWN)),
    "branch": coreml(NETWORK, network((605, message((1, network(RELU)), (2, network(OWN)))))),
    "loop": coreml(NETWORK, network((615, message((2, "again"), (4, network(OWN)))))),
    "pipeline": coreml(PIPELINE, message((1, HONEST), (1, coreml(NETWORK, network(OWN))))),
    "pipeline of a classifier": coreml(200, message((1, message((1, coreml(NETWORK, network(OWN))))))),
    "estimator": coreml(CUSTOM, custom("VendorLayer")),
}
LONG = PICKLE.ljust(99, b".")
HIDDEN = {
    "metadata": coreml(
        NETWORK, network(RELU), (2, message((100, message((100, message((1, "k"), (2, LONG)))))))
    ),
    "description": coreml(NETWORK, network(RELU), (2, message((100, message((1, LONG)))))),
    "parameter": coreml(CUSTOM, custom("C", (30, message((1, "k"), (2, message((60, LONG))))))),
    "weights of a custom layer": coreml(NETWORK, network((500, custom("C", (20, message((30, LONG))))))),
    "serialized": coreml(SERIALIZED, message((1, "i"), (2, LONG))),
    "unknown field": coreml(NETWORK, network(RELU), (4000, LONG)),
}


@pytest.mark.parametrize(
    "data",
    [HONEST, coreml(PROGRAM, program("@model_path/weights/weight.bin")), coreml(LINKED, linked("a", ".:b"))],
)
def test_honest_files_are_clean(data):
    assert names(data) == ["coreml"]
    assert scan(data, "a.mlmodel").verdict is Verdict.CLEAN


@pytest.mark.parametrize("data", CLASSES.values(), ids=CLASSES)
def test_classes_of_the_application_are_noted(data):
    (finding,) = scan(data, "a.mlmodel").findings
    assert (finding.rule, finding.severity) == ("custom-operator", Severity.NOTE)
    assert "VendorLayer" in finding.message


@pytest.mark.parametrize("data", HIDDEN.values(), ids=HIDDEN)
def test_pickles_in_odd_places(data):
    assert blocked_for(scan(data, "a.mlmodel")) == {"code-execution"}


@pytest.mark.parametrize(
    "data",
    [
        coreml(PROGRAM, program("/etc/passwd")),
        coreml(LINKED, linked("/etc/passwd", "")),
        coreml(LINKED, linked("x", ".:/etc")),
        coreml(PIPELINE, message((1, coreml(PROGRAM, program("/etc/passwd"))))),
        manifest("com.apple.CoreML/a.mlmodel", "/etc/passwd"),
    ],
)
def test_files_elsewhere(data):
    assert blocked_for(scan(data, "a.mlmodel")) == {"credential-theft"}


def test_a_path_that_leaves_the_package():
    (finding,) = scan(coreml(PROGRAM, program("@model_path/../../x.bin")), "a.mlmodel").findings
    assert (finding.rule, finding.severity) == ("external-reference", Severity.WARNING)


def test_manifests():
    data = manifest("com.apple.CoreML/a.mlmodel", "com.apple.CoreML/weights")
    assert names(data) == ["coreml-package", "text"]
    assert scan(data, "Manifest.json").verdict is Verdict.CLEAN


def test_weights_of_a_program():
    data = weights(bytes(100), b"\1" * 128)
    assert names(data) == ["coreml-weights"]
    assert unwrap("coreml-weights", data) == []
    assert contents(unwrap("coreml-weights", data + bytes(64) + PICKLE))["(trailing data)"].endswith(PICKLE)
    assert complaints(unwrap("coreml-weights", data[:-1]))[-1] == "Malformed"


def test_data_behind_it():
    found = unwrap("coreml", HONEST + b"\xff" * 11 + PICKLE)
    assert complaints(found) == ["polyglot", "Malformed"]
    assert contents(found)["(trailing data)"].endswith(PICKLE)


@pytest.mark.parametrize(
    "data",
    [message((1, 8), (7, "a name"), (500, b"")), message((1, 4), (2, b"")), message((2, b""), (500, b""))],
)
def test_other_messages_are_not_taken_for_it(data):
    assert "coreml" not in names(data)


@pytest.mark.parametrize("kind", ["coreml", "coreml-weights"])
def test_numbers_are_not_read(tmp_path, kind):
    body = 1 << 30
    start = weights(b"numbers", hole=body)
    if kind == "coreml":
        values = varint(1 << 3 | 2) + varint(body)
        layer = varint(20 << 3 | 2) + varint(len(values) + body) + values
        inner = varint(140 << 3 | 2) + varint(len(layer) + body) + layer
        whole = varint(1 << 3 | 2) + varint(len(inner) + body) + inner
        start = message((1, 4)) + varint(NETWORK << 3 | 2) + varint(len(whole) + body) + whole
    with (tmp_path / "a.bin").open("w+b") as file:  # mostly a hole
        file.write(start)
        file.truncate(len(start) + body)
    report = scan_file(tmp_path / "a.bin")
    assert (report.formats, report.verdict) == ((kind,), Verdict.CLEAN)
    assert report.bytes_read < body // 1000
