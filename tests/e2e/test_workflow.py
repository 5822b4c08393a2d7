"""The workflow that the README shows, run by act on a real engine."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.engine import ROOT
from tests.e2e.pull_request import BENIGN, PullRequest, give_away, make, poisoned

EXAMPLE = (ROOT / "docs/examples/pull-request.yml").read_text("utf-8")
WORKFLOW = ".github/workflows/modelgate.yml"
AFTERWARDS = """\
      - if: always()
        run: |
          echo 'verdict=${{ steps.modelgate.outputs.verdict }};'
          echo 'findings=${{ steps.modelgate.outputs.findings }};'
          echo 'sarif-file=${{ steps.modelgate.outputs.sarif-file }};'
          echo 'step=${{ steps.modelgate.outcome }};'
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a workflow: whether it was green, its log, its outputs, the report."""

    green: bool
    log: str
    outputs: dict[str, str]
    sarif: dict[str, list[dict[str, list[dict[str, object]]]]]


@pytest.fixture(scope="session")
def act(image: str, base_image: str, source: Path, tmp_path_factory: pytest.TempPathFactory) -> "Act":
    return Act(base_image, source, tmp_path_factory.mktemp("act"))


class Act:
    """act, with the Action served from a copy of this work tree; nothing is pulled or fetched."""

    def __init__(self, platform: str, source: Path, home: Path) -> None:
        self.command = [
            str(Path(sys.executable).with_name("act")),
            "pull_request",
            "--bind",
            "--pull=false",
            "--rm",
            "--no-cache-server",
            f"--platform=ubuntu-latest={platform}",
            f"--local-repository=modelgate/modelgate@v1={source}",
        ]
        self.environment = {**os.environ, "HOME": str(home), "NO_COLOR": "1"}

    def run(self, pull: PullRequest) -> Run:
        done = subprocess.run(
            [*self.command, f"--eventpath={pull.event}"],
            cwd=pull.workspace,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
        outputs = dict(re.findall(r"\| ([\w-]+)=(.*);$", done.stdout, re.MULTILINE))
        assert outputs, done.stdout
        sarif = json.loads((pull.workspace / outputs["sarif-file"]).read_text("utf-8"))
        return Run(done.returncode == 0, done.stdout, outputs, sarif)


def pull_request(place: Path, checkpoint: bytes) -> PullRequest:
    before = {"weights/a.pt": BENIGN, WORKFLOW: (EXAMPLE + AFTERWARDS).encode()}
    pull = make(place, before, {"weights/a.pt": checkpoint, "notes.py": b"ANSWER = 42\n"}, depth=None)
    give_away(pull.workspace)
    return pull


def test_a_poisoned_pull_request_is_blocked_and_explained(act: Act, tmp_path: Path) -> None:
    run = act.run(pull_request(tmp_path, poisoned("echo inert")))
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
    run = act.run(pull_request(tmp_path, BENIGN + b"\x80\x02N."))
    assert run.green, run.log
    assert run.outputs == {
        "step": "success",
        "verdict": "clean",
        "findings": "0",
        "sarif-file": "modelgate.sarif",
    }
    assert run.sarif["runs"][0]["results"] == []
    assert "2 files" in run.log  # what the pull request brings, and nothing else
