"""Annotations, read back by a decoder that works as the runner's does."""

import re

import pytest
from msgspec.structs import replace

from scanner.finding import Severity
from scanner.report import Notice, annotations
from scanner.site import Site
from tests.report import scans


def decode(line: str) -> tuple[str, dict[str, str], str]:
    """Kind, properties and message of a command."""
    match = re.fullmatch(r"::(error|warning|notice)(?: ([^:]*))?::(.*)", line)
    assert match, line
    pairs = (field.split("=", 1) for field in (match[2] or "").split(",") if field)
    return match[1], {key: _decoded(value) for key, value in pairs}, _decoded(match[3])


def _decoded(value: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(code, character)
    return value


def test_a_script_is_annotated_at_its_line_and_a_checkpoint_as_a_file() -> None:
    binary, script, notice, skipped = map(decode, _sorted_by_file(annotations.render(scans.poisoned())))
    assert binary[0] == "error"
    assert binary[1] == {"title": "Loading runs a command [command-on-load]", "file": "ckpt/a.pt"}
    assert "1. the string 'id' (ckpt/a.pt!archive/data.pkl @ 1200)\n2. os.system" in binary[2]
    assert (script[1]["file"], script[1]["line"]) == ("data/load.py", "3")
    assert notice == ("warning", {"file": "vendor/lib"}, "A submodule is not scanned.")
    assert skipped[0] == "notice"


def _sorted_by_file(rendered: str) -> list[str]:
    return sorted(rendered.splitlines(), key=lambda line: decode(line)[1]["file"])


def test_ten_of_a_kind_and_the_last_one_counts_the_rest() -> None:
    findings = [scans.finding(site=Site(("a.pt",), offset=n)) for n in range(23)]
    warnings = [scans.finding(severity=Severity.WARNING, site=Site(("a.pt",), offset=n)) for n in range(10)]
    lines = annotations.render(scans.scan(scans.report("a.pt", *findings, *warnings))).splitlines()
    assert [decode(line)[0] for line in lines] == ["error"] * 10 + ["warning"] * 10
    assert decode(lines[9])[2] == "14 more, see the summary."
    assert "more, see" not in lines[19]


def test_what_failed_comes_before_findings() -> None:
    scan = scans.scan(scans.report("a.pt", scans.finding()), scans.report("b.pt", failure="KeyError"))
    scan = replace(scan, notices=(Notice(Severity.ERROR, "The base is unknown."),))
    messages = [decode(line)[2] for line in annotations.render(scan).splitlines()]
    assert messages[:2] == ["The scanner failed: KeyError", "The base is unknown."]


def test_a_message_is_cut_between_characters() -> None:
    scan = scans.scan(notices=(Notice(Severity.ERROR, "%" * 5_000),))
    _, _, message = annotations.render(scan).rstrip("\n").split("::", 2)
    assert annotations.CHARACTERS - 2 <= len(message) <= annotations.CHARACTERS
    assert set(_decoded(message)) == {"%"}


@pytest.mark.parametrize("text", scans.HOSTILE)
def test_hostile_strings_stay_inside_their_command(text: str) -> None:
    rendered = annotations.render(scans.hostile(text))
    rendered.encode()
    lines = rendered.split("\n")[:-1]
    assert len(lines) == 6
    for line in lines:
        assert line.isprintable()
        assert "##[" not in line
        _, properties, _ = decode(line)
        assert set(properties) <= {"file", "line", "title"}
