"""The README's workflow for each event that it names, with code scanning played by a fake whose every
answer, and each of our requests, GitHub's own API description judges."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.act import AFTERWARDS, EXAMPLE, WORKFLOW, Act, Run
from tests.e2e.pull_request import BENIGN, PullRequest, give_away, make, poisoned
from tests.fakes import serving
from tests.npm import prism
from tests.recipes.git import clone, git
from tests.report.codescanning import CodeScanning, refusal

TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass
class Service:
    """Code scanning, and the address at which it is judged."""

    url: str
    code_scanning: CodeScanning

    def run(self, act: Act, event: str, pull: PullRequest, payload: dict[str, Any]) -> Run:
        pull.event.write_text(json.dumps(payload), "utf-8")
        give_away(pull.workspace)
        hosted = {"GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": "octo/hello"}
        options = [f"--env={name}={value}" for name, value in hosted.items()]
        run = act.run(event, pull.event, pull.workspace, *options, f"--secret=GITHUB_TOKEN={TOKEN}")
        assert TOKEN not in run.log, run.log
        return run

    def filed(self) -> list[tuple[str, str, int]]:
        """Of each report: ref, commit, number of results."""
        bodies = [asked.body for asked in self.code_scanning.seen if asked.method == "POST"]
        counts = [len(json.loads(taken)["runs"][0]["results"]) for taken in self.code_scanning.taken]
        return [(b["ref"], b["commit_sha"], n) for b, n in zip(bodies, counts, strict=True)]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    code_scanning = CodeScanning()
    (tmp_path / "prism").mkdir()
    with (
        serving(code_scanning.answer) as server,
        prism.between(server.url, prism.CODE_SCANNING, tmp_path / "prism") as url,
    ):
        yield Service(url, code_scanning)


def change(place: Path, checkpoint: bytes) -> PullRequest:
    before = {
        "weights/a.pt": BENIGN,
        "weights/old.pt": BENIGN,
        WORKFLOW: (EXAMPLE + AFTERWARDS).encode(),
    }
    return make(place, before, {"weights/a.pt": checkpoint}, depth=None)


def payload(pull: PullRequest, **more: object) -> dict[str, Any]:
    return {**json.loads(pull.event.read_text("utf-8")), **more}


def test_a_pull_request_files_its_alerts(act: Act, service: Service, tmp_path: Path) -> None:
    pull = change(tmp_path / "repository", poisoned("echo inert"))
    run = service.run(act, "pull_request", pull, payload(pull))
    assert run.outputs["step"] == "failure"
    assert "The report is in code scanning." in run.log, run.log
    assert service.filed() == [("refs/pull/7/merge", pull.merge, int(run.outputs["findings"]))]


def test_a_forks_pull_request_is_judged_and_told_why_nothing_is_filed(
    act: Act, service: Service, tmp_path: Path
) -> None:
    pull = change(tmp_path / "repository", BENIGN + b"\x80\x02N.")
    told = payload(pull)
    told["pull_request"]["head"]["repo"] = {"full_name": "stranger/repo"}
    told["pull_request"]["base"]["repo"] = {"full_name": "octo/repo"}
    service.code_scanning.faults = [refusal(403, "Resource not accessible by integration")]
    run = service.run(act, "pull_request", pull, told)
    assert run.green, run.log  # what cannot be filed changes nothing
    assert "the token of a pull request of a fork may only read" in run.log, run.log
    assert service.code_scanning.taken == []


def test_a_push_to_the_default_branch_files_everything(act: Act, service: Service, tmp_path: Path) -> None:
    pull = change(tmp_path / "repository", poisoned("echo inert"))
    git(pull.origin, "update-ref", "refs/heads/main", pull.merge)
    workspace = clone(pull.origin, tmp_path / "main", depth=None, ref="refs/heads/main")
    pushed = PullRequest(pull.origin, workspace, pull.event, pull.merge, pull.head, pull.base)
    told = payload(pull, ref="refs/heads/main", before=pull.base, after=pull.merge)
    run = service.run(act, "push", pushed, told)
    assert run.outputs["step"] == "failure"
    assert "4 files" in run.log, run.log
    assert service.filed() == [("refs/heads/main", pull.merge, int(run.outputs["findings"]))]


@pytest.mark.parametrize(("content", "outcome"), [(poisoned("echo inert"), "failure"), (BENIGN, "success")])
def test_a_merge_queue_has_the_exit_code_alone(
    act: Act, service: Service, tmp_path: Path, content: bytes, outcome: str
) -> None:
    pull = change(tmp_path / "repository", content + b"\x80\x02N.")
    group = {"head_sha": pull.merge, "base_sha": pull.base, "head_ref": "refs/heads/gh-readonly-queue/main/7"}
    run = service.run(act, "merge_group", pull, payload(pull, merge_group=group))
    assert run.outputs["step"] == outcome, run.log
    assert "keeps no results of merge queues" in run.log, run.log
    assert service.code_scanning.seen == []
