"""SAST for GitLab, held against what its schema (15.2.1) demands of the members that we write.

The schema is written down here in our own words, stricter than GitLab's: what we do not write is not allowed.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from scanner.finding import Severity
from scanner.report import Scan, gitlab_sast
from scanner.site import Site
from tests.report import scans


def exact(**members: Any) -> dict[str, Any]:
    """An object with these members; those whose name ends in ``_`` may be missing."""
    properties = {name.rstrip("_"): kind for name, kind in members.items()}
    required = [name for name in members if not name.endswith("_")]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def several(kind: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": kind, "minItems": least}


WORD = {"type": "string", "minLength": 1}
LINK = {"type": "string", "pattern": "^https?://.+"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
TOOL = exact(id=WORD, name=WORD, url=LINK, version=WORD, vendor=exact(name=WORD))
LINE = {"type": "integer", "minimum": 1}
SIGNATURE = exact(algorithm={"const": "hash"}, value=WORD)
DETAILS = exact(
    steps_=exact(
        name=WORD, type={"const": "list"}, items=several(exact(type={"const": "text"}, value=WORD), 1)
    ),
    evidence_=exact(name=WORD, type={"const": "code"}, value={"type": "string"}),
)
VULNERABILITY = exact(
    id={"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$"},
    name={"type": "string", "minLength": 1, "maxLength": 255},
    description={"type": "string", "maxLength": 1_048_576},
    severity={"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
    identifiers=several(exact(type=WORD, name=WORD, value=WORD, url=LINK), 1),
    location=exact(file=WORD, start_line=LINE),
    tracking=exact(
        type={"const": "source"},
        items=several(exact(file=WORD, start_line=LINE, signatures=several(SIGNATURE, 1)), 1),
    ),
    details_=DETAILS,
)
SCHEMA = exact(
    version={"const": "15.2.1"},
    scan=exact(
        type={"const": "sast"},
        status={"enum": ["success", "failure"]},
        start_time=TIME,
        end_time=TIME,
        analyzer=TOOL,
        scanner=TOOL,
        messages=several(exact(level={"enum": ["info", "warn", "fatal"]}, value=WORD)),
    ),
    vulnerabilities=several(VULNERABILITY),
)


def report(scan: Scan) -> dict[str, Any]:
    document = gitlab_sast.render(scan)
    assert document.isascii()
    assert "##[" not in document
    found: dict[str, Any] = json.loads(document)
    Draft202012Validator(SCHEMA).validate(found)
    ids = [entry["id"] for entry in found["vulnerabilities"]]
    assert len(set(ids)) == len(ids)
    return found


def test_vulnerabilities_are_worst_first_and_say_how() -> None:
    found = report(scans.poisoned())
    first, *rest = found["vulnerabilities"]
    assert (first["name"], first["severity"]) == ("Loading runs a command", "Critical")
    assert first["location"] == {"file": "ckpt/a.pt", "start_line": 1}
    assert [i["name"] for i in first["identifiers"]] == ["command-on-load", "CWE-78", "CWE-502"]
    assert [step["value"] for step in first["details"]["steps"]["items"]][1].startswith("os.system is called")
    assert first["details"]["evidence"]["value"] == "import os\n\nos.system('id')"
    assert [(e["location"], e["severity"]) for e in rest] == [
        ({"file": "data/load.py", "start_line": 3}, "Critical"),
        ({"file": "z.bin", "start_line": 1}, "Info"),
    ]
    assert found["scan"]["messages"] == [
        {"level": "warn", "value": "vendor/lib: A submodule is not scanned."}
    ]


def test_the_rule_pages_that_it_points_to_are_there() -> None:
    pages = {i["url"] for e in report(scans.poisoned())["vulnerabilities"] for i in e["identifiers"]}
    ours = [url.partition("/blob/main/")[2] for url in pages if "/blob/main/" in url]
    assert ours and all((Path(__file__).parents[2] / path).is_file() for path in ours)


def test_a_fault_of_the_scanner_is_a_failure_with_a_reason() -> None:
    found = report(scans.scan(scans.report("a.pt", failure="KeyError"), exit_code=3))
    assert found["scan"]["status"] == "failure"
    assert found["scan"]["messages"] == [{"level": "fatal", "value": "a.pt: The scanner failed: KeyError"}]


def test_twins_are_two_and_a_rebuild_keeps_their_names() -> None:
    def ids(*offsets: int) -> list[str]:
        twins = [scans.finding(site=Site(("ckpt/a.pt", "archive/data.pkl"), offset=n)) for n in offsets]
        return [e["id"] for e in report(scans.scan(scans.report("ckpt/a.pt", *twins)))["vulnerabilities"]]

    assert ids(4, 90) == ids(17, 2_000)


def test_a_warning_is_medium() -> None:
    mild = scans.finding(severity=Severity.WARNING)
    assert report(scans.scan(scans.report("a.pt", mild)))["vulnerabilities"][0]["severity"] == "Medium"


@pytest.mark.parametrize("text", scans.HOSTILE)
def test_hostile_strings_stay_text(text: str) -> None:
    found = report(scans.hostile(text))
    assert len(found["vulnerabilities"]) == 3
    for entry in found["vulnerabilities"]:
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(entry["description"])
        kinds = {child.type for token in tokens for child in token.children or ()}
        assert kinds <= {"text", "text_special"}


def test_a_clean_scan_has_an_empty_list() -> None:
    assert report(scans.scan(scans.report("a.pt")))["vulnerabilities"] == []
