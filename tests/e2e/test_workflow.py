"""The workflow that the README shows, run by act on a real engine."""

import json
import re
from pathlib import Path

from tests.e2e.act import AFTERWARDS, EXAMPLE, WORKFLOW, Act, Run
from tests.e2e.pull_request import BENIGN, PullRequest, give_away, make, poisoned


def pull_request(place: Path, checkpoint: bytes) -> PullRequest:
    before = {"weights/a.pt": BENIGN, WORKFLOW: (EXAMPLE + AFTERWARDS).encode()}
    pull = make(place, before, {"weights/a.pt": checkpoint, "notes.py": b"ANSWER = 42\n"}, depth=None)
    give_away(pull.workspace)
    return pull


def _run(act: Act, pull: PullRequest) -> Run:
    return act.run("pull_request", pull.event, pull.workspace)


def test_a_poisoned_pull_request_is_blocked_and_explained(act: Act, tmp_path: Path) -> None:
    run = _run(act, pull_request(tmp_path, poisoned("echo inert")))
    assert not run.green
    assert run.outputs["step"] == "failure"
    assert run.outputs["verdict"] == "blocked"
    results = run.sarif["runs"][0]["results"]
    assert int(run.outputs["findings"]) == len(results) > 0
    assert {result["level"] for result in results} >= {"error"}
    assert "weights/a.pt" in json.dumps(results)
    assert re.search(r"::error [^\n]*file=weights/a\.pt", run.log)
    assert re.search(r"Summary - .*blocked", run.log)


def test_a_clean_pull_request_is_green(act: Act, tmp_path: Path) -> None:
    run = _run(act, pull_request(tmp_path, BENIGN + b"\x80\x02N."))
    assert run.green, run.log
    assert run.outputs == {
        "step": "success",
        "verdict": "clean",
        "findings": "0",
        "sarif-file": "modelgate.sarif",
    }
    assert run.sarif["runs"][0]["results"] == []
    assert "2 files" in run.log  # what the pull request brings, and nothing else
