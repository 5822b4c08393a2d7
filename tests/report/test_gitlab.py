"""Code quality for GitLab: its required members and words, and fingerprints that hold."""

import json
from typing import Any

import pytest

from scanner.finding import Severity
from scanner.report import Scan, gitlab
from scanner.site import Site
from tests.report import scans

SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def entries(scan: Scan) -> list[dict[str, Any]]:
    """The report, with what GitLab's description of the format demands of each entry."""
    document = gitlab.render(scan)
    assert not document.startswith("\ufeff")  # GitLab refuses a byte order mark
    found = json.loads(document)
    for entry in found:
        assert all(isinstance(entry[key], str) for key in ("description", "check_name", "fingerprint"))
        assert entry["severity"] in SEVERITIES
        assert isinstance(entry["location"]["path"], str)
        assert not entry["location"]["path"].startswith("./")
        assert entry["location"]["lines"]["begin"] >= 1
    assert len({entry["fingerprint"] for entry in found}) == len(found)
    return list(found)


def test_entries_are_worst_first() -> None:
    assert [(e["check_name"], e["severity"], e["location"]) for e in entries(scans.poisoned())] == [
        ("command-on-load", "blocker", {"path": "ckpt/a.pt", "lines": {"begin": 1}}),
        ("command-on-load", "blocker", {"path": "data/load.py", "lines": {"begin": 3}}),
        ("unscanned-artifact", "info", {"path": "z.bin", "lines": {"begin": 1}}),
    ]


def test_a_fingerprint_survives_a_rebuild_and_tells_twins_apart() -> None:
    def prints(*offsets: int) -> list[str]:
        twins = [scans.finding(site=Site(("ckpt/a.pt", "archive/data.pkl"), offset=n)) for n in offsets]
        return [e["fingerprint"] for e in entries(scans.scan(scans.report("ckpt/a.pt", *twins)))]

    assert prints(4, 90) == prints(17, 2_000)
    assert prints(4)[0] == prints(4, 90)[0]


def test_a_warning_is_major() -> None:
    mild = scans.finding(severity=Severity.WARNING)
    assert entries(scans.scan(scans.report("a.pt", mild)))[0]["severity"] == "major"


@pytest.mark.parametrize("text", scans.HOSTILE)
def test_hostile_strings_stay_text_and_command_nothing(text: str) -> None:
    document = gitlab.render(scans.hostile(text))
    assert document.isascii()
    assert "##[" not in document
    assert len(entries(scans.hostile(text))) == 3


def test_a_clean_scan_is_an_empty_array() -> None:
    assert entries(scans.scan(scans.report("a.pt"))) == []
