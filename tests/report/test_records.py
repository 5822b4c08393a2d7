"""The JSON reports: their schema, their order and the exactness of their strings."""

import json

import pytest

from scanner.report import records
from tests.report import scans


def test_jsonl_has_one_object_per_file_in_path_order_clean_ones_included() -> None:
    lines = [json.loads(line) for line in records.jsonl(scans.poisoned()).splitlines()]
    assert [(line["path"], line["verdict"]) for line in lines] == [
        ("ckpt/a.pt", "blocked"),
        ("clean.pkl", "clean"),
        ("data/load.py", "blocked"),
        ("z.bin", "unscanned"),
    ]


def test_the_fields_of_a_file_and_of_a_finding() -> None:
    first, _, script, _ = (json.loads(line) for line in records.jsonl(scans.poisoned()).splitlines())
    assert first == {
        "path": "ckpt/a.pt",
        "verdict": "blocked",
        "findings": [
            {
                "rule": "command-on-load",
                "severity": "error",
                "behaviour": "code-execution",
                "message": "Loading this file runs the command `id`. Nothing asks first.",
                "trail": ["ckpt/a.pt", "archive/data.pkl"],
                "offset": 1234,
                "callee": "os.system",
                "steps": [
                    {"trail": ["ckpt/a.pt", "archive/data.pkl"], "offset": 1200, "text": "the string 'id'"},
                    {
                        "trail": ["ckpt/a.pt", "archive/data.pkl"],
                        "offset": 1234,
                        "text": "os.system is called with it",
                    },
                ],
            }
        ],
        "formats": ["pytorch-zip", "pickle"],
        "size": 5_000,
        "bytes_read": 120,
        "seconds": 0.25,
    }
    assert script["findings"][0]["line"] == 3
    assert "offset" not in script["findings"][0]


def test_a_fault_of_the_scanner_is_told_and_the_file_counts_as_unscanned() -> None:
    (line,) = records.jsonl(scans.scan(scans.report("a", failure="KeyError: 1"))).splitlines()
    assert json.loads(line)["failure"] == "KeyError: 1"
    assert json.loads(line)["verdict"] == "unscanned"


def test_json_is_one_object_with_counts() -> None:
    value = json.loads(records.document(scans.poisoned()))
    assert value["version"] == "1.2.3"
    assert value["verdict"] == "blocked"
    assert value["summary"] == {
        "files": 4,
        "findings": 3,
        "blocked": 2,
        "review": 0,
        "unscanned": 1,
        "note": 0,
        "clean": 1,
    }
    assert value["notices"] == [
        {"severity": "warning", "message": "A submodule is not scanned.", "path": "vendor/lib"}
    ]
    assert [file["path"] for file in value["files"]] == ["ckpt/a.pt", "clean.pkl", "data/load.py", "z.bin"]


@pytest.mark.parametrize("text", scans.HOSTILE)
def test_hostile_strings_come_back_exactly_and_command_nothing(text: str) -> None:
    document = records.jsonl(scans.hostile(text))
    assert document.isascii()
    assert "##[" not in document
    assert document.count("\n") == 2
    first = min((json.loads(line) for line in document.splitlines()), key=lambda line: len(line["path"]))
    assert first["path"] == text
    assert first["findings"][0]["callee"] == text
