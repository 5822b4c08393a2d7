"""Torch7: bytecode of Lua among tables and tensors."""

import pytest

from scanner.finding import Verdict
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan, scan_file
from tests.recipes.archives import PICKLE
from tests.recipes.torch7 import BYTECODE, Function, Object, Tensor, torch7

TENSOR = Tensor((1.0, 2.0, 3.0))
NETWORK = Object("nn.Linear", {"weight": TENSOR, "bias": TENSOR, "train": False, "name": "a text " * 20})
HONEST = {
    "table": {"a": 1.0, 1.0: "b", "c": {}},
    "empty": {},
    "tensor": TENSOR,
    "network": Object("nn.Sequential", {"modules": {1.0: NETWORK, 2.0: Object("nn.ReLU", {})}}),
}
FUNCTIONS = {
    **{f"function of type {kind}": Function(BYTECODE, None, kind) for kind in (6, 7, 8)},
    "with variables": Function(BYTECODE, {1.0: {"name": "x", "value": Function(BYTECODE)}}),
    "in a network": Object("nn.Sequential", {"modules": {1.0: NETWORK}, "forward": Function(BYTECODE)}),
    "as a key": {Function(BYTECODE): 1.0},
}


@pytest.mark.parametrize("words", [False, True], ids=["binary", "words"])
@pytest.mark.parametrize("value", HONEST.values(), ids=HONEST)
def test_honest_files_are_clean(value, words):
    data = torch7(value, words=words)
    assert "torch7" in names(data)
    assert scan(data, "net.t7").verdict is Verdict.CLEAN


@pytest.mark.parametrize("words", [False, True], ids=["binary", "words"])
@pytest.mark.parametrize("value", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_ask_for_review(value, words):
    data = torch7(value, words=words)
    assert BYTECODE in contents(unwrap("torch7", data)).values()
    report = scan(data, "net.t7")
    assert report.verdict is Verdict.REVIEW
    assert {finding.rule for finding in report.findings} == {"incomplete-analysis"}


@pytest.mark.parametrize("words", [False, True], ids=["binary", "words"])
def test_texts_and_what_stands_behind(words):
    assert blocked_for(scan(torch7({"a": "x" * 99 + PICKLE.decode()}, words=words), "a.t7")) == {
        "code-execution"
    }
    assert contents(unwrap("torch7", torch7(TENSOR, words=words) + PICKLE))["(trailing data)"] == PICKLE


@pytest.mark.parametrize(
    "data",
    [
        torch7(HONEST["network"])[:-1],
        torch7({"a": 1.0}).replace(b"\1\0\0\0a", b"\xff\xff\xff\xffa"),
        torch7(TENSOR).replace(b"\1\0\0\0\3\0\0\0\0\0\0\0", b"\xff\xff\xff\x7f\3\0\0\0\0\0\0\0"),
        torch7({"a": 1.0, "b": 2.0}).replace(b"\1\0\0\0b", b"\1\0\0\0b\x99"),
        torch7({"a": 1.0}, words=True)[:-3],
    ],
)
def test_lies_are_malformed(data):
    assert complaints(unwrap("torch7", data))[-1] == "Malformed"


@pytest.mark.parametrize("data", [b"3\n1\n", b"\3\0\0\0\2\0\0\0", b"4\n1\n2\n", bytes(99), b"\4\0\0\0" * 9])
def test_other_files_are_not_taken_for_it(data):
    assert "torch7" not in names(data)


def test_numbers_are_not_read(tmp_path):
    body = 1 << 30
    start = torch7(Object("nn.Linear", {"weight": TENSOR}), hole=body)
    with (tmp_path / "a.t7").open("w+b") as file:  # mostly a hole
        file.write(start)
        file.truncate(len(start) + body)
    report = scan_file(tmp_path / "a.t7")
    assert (report.formats, report.verdict) == (("torch7",), Verdict.CLEAN)
    assert report.bytes_read < body // 1000
