"""What code scanning would not take: each limit and trap by one change of a report that it takes."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import main
from scanner.report import ingestion, sarif
from scanner.report.ingestion import problems
from tests.npm import package
from tests.report import scans

Change = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], object]


GOOD = sarif.render(scans.poisoned())
PRINT = "primaryLocationLineHash"


def good() -> dict[str, Any]:
    return dict(json.loads(GOOD))


def found(log: object) -> list[tuple[bool, str, str]]:
    return [(p.refused, p.place, p.message) for p in problems(json.dumps(log).encode())]


def result(**changes: object) -> dict[str, Any]:
    return {**good()["runs"][0]["results"][0], **changes}


def place(uri: str = "a.pt", **region: object) -> list[dict[str, Any]]:
    return [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}]


def flow(length: int) -> list[dict[str, Any]]:
    return [{"threadFlows": [{"locations": [{}] * length}]}]


def many(results: list[Any], count: int) -> None:
    slim = {key: results[0][key] for key in ("ruleId", "message", "locations")}
    results[:] = [{**slim, "partialFingerprints": {PRINT: str(n)}} for n in range(count)]


REFUSED: dict[str, tuple[Change, str]] = {
    "version": (lambda log, run, rule: log.update(version="2.0.0"), "version"),
    "no runs": (lambda log, run, rule: log.update(runs=[]), "no run"),
    "21 runs": (lambda log, run, rule: log.update(runs=log["runs"] * 21), "limit is 20"),
    "one category twice": (lambda log, run, rule: log.update(runs=[run, run]), "same tool and category"),
    "no tool name": (lambda log, run, rule: run["tool"]["driver"].pop("name"), "name is missing"),
    "extensions": (lambda log, run, rule: run["tool"].update(extensions=[{}] * 101), "limit is 100"),
    "rules": (lambda log, run, rule: run["tool"]["driver"].update(rules=[{}] * 25_001), "limit is 25,000"),
    "no results": (lambda log, run, rule: run.pop("results"), "`results: []`"),
    "25,001 results": (lambda log, run, rule: many(run["results"], 25_001), "keep the 5,000 worst"),
    "rule without id": (lambda log, run, rule: rule.pop("id"), "id is missing"),
    "rule twice": (lambda log, run, rule: run["tool"]["driver"]["rules"].append(rule), "once"),
    "help": (lambda log, run, rule: rule.update(help={"markdown": "# x"}), "help has no text"),
    "rule level": (lambda log, run, rule: rule.update(defaultConfiguration={"level": "bad"}), "'bad'"),
    "tags": (lambda log, run, rule: rule["properties"].update(tags=["security"] * 21), "limit is 20"),
    "severity word": (
        lambda log, run, rule: rule["properties"].update({"security-severity": "high"}),
        "not a number",
    ),
    "severity number": (
        lambda log, run, rule: rule["properties"].update({"security-severity": 8.0}),
        "as a string",
    ),
    "severity range": (
        lambda log, run, rule: rule["properties"].update({"security-severity": "11"}),
        "at most 10.0",
    ),
    "result level": (lambda log, run, rule: run["results"].append(result(level="fatal")), "'fatal'"),
    "no rule id": (
        lambda log, run, rule: run["results"].append(result(ruleId=None, ruleIndex=None)),
        "ruleId is missing",
    ),
    "rule index": (lambda log, run, rule: run["results"].append(result(ruleIndex=99)), "beyond"),
    "rule index of another": (lambda log, run, rule: run["results"].append(result(ruleIndex=1)), "differ"),
    "no text": (
        lambda log, run, rule: run["results"].append(result(message={"markdown": "x"})),
        "text is missing",
    ),
    "no location": (lambda log, run, rule: run["results"].append(result(locations=[])), "line 1"),
    "1,001 locations": (
        lambda log, run, rule: run["results"].append(result(locations=place(startLine=1) * 1_001)),
        "limit is 1,000",
    ),
    "no uri": (
        lambda log, run, rule: run["results"].append(result(locations=place("", startLine=1))),
        "uri is missing",
    ),
    "uri not encoded": (
        lambda log, run, rule: run["results"].append(result(locations=place("a b.pt", startLine=1))),
        "percent-encoded",
    ),
    "no region": (lambda log, run, rule: run["results"].append(result(locations=place())), "region"),
    "bytes alone": (
        lambda log, run, rule: run["results"].append(result(locations=place(byteOffset=4))),
        "startLine is missing",
    ),
    "line zero": (
        lambda log, run, rule: run["results"].append(result(locations=place(startLine=0))),
        "count from 1",
    ),
    "end before start": (
        lambda log, run, rule: run["results"].append(result(locations=place(startLine=3, endLine=2))),
        "not a region",
    ),
    "column zero": (
        lambda log, run, rule: run["results"].append(
            result(locations=place(startLine=1, startColumn=0, endColumn=0))
        ),
        "columns count from 1",
    ),
    "10,001 steps": (
        lambda log, run, rule: run["results"].append(result(codeFlows=flow(10_001))),
        "limit is 10,000",
    ),
}

IGNORED: dict[str, tuple[Change, str]] = {
    "category": (lambda log, run, rule: run.update(automationDetails={"id": "gate"}), "'gate/'"),
    "no version": (lambda log, run, rule: run["tool"]["driver"].pop("semanticVersion"), "semanticVersion"),
    "5,001 results": (lambda log, run, rule: many(run["results"], 5_001), "5,000 are shown"),
    "rule name": (lambda log, run, rule: rule.update(name="x" * 256), "255"),
    "description": (lambda log, run, rule: rule.update(fullDescription={"text": "x" * 1_025}), "1,024"),
    "no description": (lambda log, run, rule: rule.pop("shortDescription"), "list of alerts"),
    "11 tags": (lambda log, run, rule: rule["properties"].update(tags=["security"] * 11), "10 are shown"),
    "no tag": (lambda log, run, rule: rule["properties"].update(tags=[]), 'tag "security"'),
    "precision": (lambda log, run, rule: rule["properties"].update(precision="super"), "'super'"),
    "severity of nine": (
        lambda log, run, rule: rule["properties"].update({"security-severity": "9.0"}),
        "undefined",
    ),
    "unknown rule": (
        lambda log, run, rule: run["results"].append(result(ruleId="x", ruleIndex=-1)),
        "no rule 'x'",
    ),
    "second location": (
        lambda log, run, rule: run["results"].append(result(locations=place(startLine=1) * 2)),
        "first location",
    ),
    "absolute uri": (
        lambda log, run, rule: run["results"].append(result(locations=place("file:///a", startLine=1))),
        "relative",
    ),
    "dots": (
        lambda log, run, rule: run["results"].append(result(locations=place("a/../b", startLine=1))),
        "dots",
    ),
    "link": (
        lambda log, run, rule: run["results"].append(result(message={"text": "see [here](3)"})),
        "link to 3",
    ),
    "no fingerprint": (
        lambda log, run, rule: run["results"].append(result(partialFingerprints={})),
        "close and open",
    ),
    "fingerprint twice": (lambda log, run, rule: run["results"].append(result()), "one alert"),
    "suppressed": (
        lambda log, run, rule: run["results"][0].update(suppressions=[{"kind": "external"}]),
        "leave suppressed results out",
    ),
    "1,001 steps": (
        lambda log, run, rule: run["results"][0].update(codeFlows=flow(1_001)),
        "1,000 are shown",
    ),
}


def changed(change: Change) -> list[tuple[bool, str, str]]:
    log = good()
    change(log, log["runs"][0], log["runs"][0]["tool"]["driver"]["rules"][0])
    return found(log)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    change, words = REFUSED[name]
    assert [m for refused, place, m in changed(change) if refused and words in m], changed(change)[:9]


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_not_read_or_not_shown(name: str) -> None:
    change, words = IGNORED[name]
    assert [m for refused, place, m in changed(change) if not refused and words in m], changed(change)[:9]


def test_too_many_bytes() -> None:
    noise = random.Random(7).randbytes(ingestion.GZIPPED).hex()
    assert any("compressed" in m for _, _, m in found({**good(), "properties": {"noise": noise}}))


@pytest.mark.parametrize("document", [b"", b"\xff\xfe", b"[" * 200_000, b"{", b"null", b"[]", b'{"runs": 3}'])
def test_whatever_is_not_sarif_is_refused(document: bytes) -> None:
    assert any(problem.refused for problem in problems(document))


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], {"x": 1}])
def test_no_value_of_any_type_anywhere_makes_it_stumble(value: object) -> None:
    def walk(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        return [path, *(p for key, child in inner for p in walk(child, (*path, key)))]

    for path in walk(good())[1:]:
        log: Any = good()
        node = log
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
        found(log)


def test_a_problem_names_its_place() -> None:
    log = good()
    del log["runs"][0]["results"][1]["locations"]
    ((refused, where, _),) = found(log)
    assert (refused, where) == (True, "/runs/0/results/1")


REPORTS = [scans.poisoned(), scans.scan(scans.report("a.pt")), *map(scans.hostile, scans.HOSTILE)]


def test_our_own_reports_pass() -> None:
    for scan in REPORTS:
        assert found(json.loads(sarif.render(scan))) == []


def test_the_judge_of_the_standard_and_of_code_scanning_finds_nothing_either(tmp_path: Path) -> None:
    program = package("@microsoft/sarif-multitool-linux") / "Sarif.Multitool"
    program.chmod(program.stat().st_mode | 0o100)
    hostile = scans.scan(*(report for scan in REPORTS[2:] for report in scan.reports))
    for number, scan in enumerate([*REPORTS[:2], hostile]):
        (tmp_path / f"{number}.sarif").write_text(sarif.render(scan), "utf-8")
    broken = good()
    broken["runs"][0]["results"][0]["locations"] = []
    (tmp_path / "broken.sarif").write_text(json.dumps(broken), "utf-8")
    out = tmp_path / "out.json"
    command = [program, "validate", tmp_path / "*.sarif", "--rule-kind", "Sarif;Ghas", "--output", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"HOME": str(tmp_path)})
    said = json.loads(out.read_text("utf-8-sig"))["runs"][0]  # its exit code says nothing
    assert said["invocations"][0]["executionSuccessful"], done.stdout + done.stderr
    objections = [
        (r["ruleId"], r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].rpartition("/")[2])
        for r in said["results"]
    ]
    assert {name for _, name in objections} == {"broken.sarif"}, done.stdout


def test_the_command_tells_and_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.sarif"
    file.write_text(json.dumps(good()))
    assert main(["check-sarif", str(file)]) == 0
    assert capsys.readouterr().out == "0 problems; GitHub would take this file\n"
    log = good()
    log["runs"][0]["results"].append(result(locations=place("##[x] \n", startLine=1)))
    file.write_text(json.dumps(log))
    assert main(["check-sarif", str(file)]) == 1
    told = capsys.readouterr().out
    assert "refused: /runs/0/results/3/locations/0/physicalLocation/artifactLocation: uri" in told
    assert "##[" not in told
    assert main(["check-sarif", str(tmp_path / "none")]) == 2


def test_a_real_scan_passes(tmp_path: Path) -> None:
    place = tmp_path / "a.pkl"
    place.write_bytes(b"cposix\nsystem\n(S'echo inert'\ntR.")
    report = tmp_path / "a.sarif"
    command = [sys.executable, "-m", "scanner"]
    subprocess.run(
        [*command, "scan", "a.pkl", "--format", "sarif", "--output", str(report)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert list(problems(report.read_bytes())) == []
    assert json.loads(report.read_text())["runs"][0]["results"]
