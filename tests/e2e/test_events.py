"""The README's workflow for each event that it names. What the change brings is kept in Git LFS; the API is
played by fakes whose every answer, and each of our requests, GitHub's own description judges."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.collect.lfs.objects import Store, storing, text
from tests.e2e.act import AFTERWARDS, EXAMPLE, WORKFLOW, Act, Run
from tests.e2e.pull_request import BENIGN, PullRequest, checkpoint, give_away, make, poisoned
from tests.fakes import Asked, Reply, serving
from tests.npm import prism
from tests.recipes.git import clone, git
from tests.report.codescanning import CodeScanning, refusal
from tests.report.conversation import BOT, Conversation

TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"
POISONED = checkpoint(poisoned("echo inert"), 8 << 20)
HONEST = checkpoint(BENIGN, 8 << 20)


@dataclass
class Service:
    """What GitHub serves: code scanning and the conversation at an address where they are judged, and LFS."""

    url: str
    code_scanning: CodeScanning
    talk: Conversation
    store: Store

    def change(self, place: Path, content: bytes, workflow: str = EXAMPLE) -> PullRequest:
        """A pull request that brings a pointer to ``content`` in place of another checkpoint."""
        self.store.add(content)
        before = {
            ".lfsconfig": f"[lfs]\n\turl = {self.store.url}\n".encode(),
            "weights/a.pt": BENIGN,
            "weights/old.pt": BENIGN,
            WORKFLOW: (workflow + AFTERWARDS).encode(),
        }
        pull = make(place, before, {"weights/a.pt": text(content)}, depth=None)
        self.talk.head, self.talk.files = pull.head, ("weights/a.pt",)
        return pull

    def run(self, act: Act, event: str, pull: PullRequest, payload: dict[str, Any]) -> Run:
        pull.event.write_text(json.dumps(payload), "utf-8")
        give_away(pull.workspace)
        hosted = {"GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": "octo/hello"}
        options = [f"--env={name}={value}" for name, value in hosted.items()]
        run = act.run(event, pull.event, pull.workspace, *options, f"--secret=GITHUB_TOKEN={TOKEN}")
        assert TOKEN not in run.log, run.log
        size = len(next(iter(self.store.objects.values())))
        told = re.search(rf"of 1 object with {size:,} bytes, ([\d,]+) bytes were transferred", run.log)
        assert told, run.log
        assert 0 < int(told[1].replace(",", "")) < 100_000
        return run

    def filed(self) -> list[tuple[str, str, int]]:
        """Of each report: ref, commit, number of results."""
        bodies = [asked.body for asked in self.code_scanning.seen if asked.method == "POST"]
        counts = [len(json.loads(taken)["runs"][0]["results"]) for taken in self.code_scanning.taken]
        return [(b["ref"], b["commit_sha"], n) for b, n in zip(bodies, counts, strict=True)]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    code_scanning, talk = CodeScanning(), Conversation()

    def answer(asked: Asked) -> Reply:
        return (code_scanning if "/code-scanning/" in asked.path else talk).answer(asked)

    (tmp_path / "prism").mkdir()
    paths = (*prism.CODE_SCANNING, *prism.COMMENTS)
    with (
        storing() as store,
        serving(answer) as server,
        prism.between(server.url, paths, tmp_path / "prism") as url,
    ):
        yield Service(url, code_scanning, talk, store)


def payload(pull: PullRequest, **more: object) -> dict[str, Any]:
    return {**json.loads(pull.event.read_text("utf-8")), **more}


def from_a_fork(pull: PullRequest) -> dict[str, Any]:
    told = payload(pull)
    told["pull_request"]["head"]["repo"] = {"full_name": "stranger/repo"}
    told["pull_request"]["base"]["repo"] = {"full_name": "octo/repo"}
    return told


def test_a_pull_request_files_its_alerts(act: Act, service: Service, tmp_path: Path) -> None:
    pull = service.change(tmp_path / "repository", POISONED)
    run = service.run(act, "pull_request", pull, payload(pull))
    assert run.outputs["step"] == "failure"
    assert "The report is in code scanning." in run.log, run.log
    assert service.filed() == [("refs/pull/7/merge", pull.merge, int(run.outputs["findings"]))]
    assert service.talk.seen == []


def test_a_pull_request_is_commented_on_once(act: Act, service: Service, tmp_path: Path) -> None:
    asked_for = 'fail-on: error\n          comment: "true"\n          file-comments: "true"\n'
    workflow = EXAMPLE.replace("fail-on: error\n", asked_for)
    pull = service.change(tmp_path / "repository", POISONED, workflow)
    for _ in range(2):
        run = service.run(act, "pull_request", pull, payload(pull))
        assert run.outputs["step"] == "failure"
    assert [method for method in service.talk.changed() if method.startswith("POST")] == [
        "POST /issues/7/comments",
        "POST /pulls/7/comments",
    ], run.log
    for kind in ("issues", "pulls"):
        ((who, body),) = service.talk.bodies(kind)
        assert who == BOT
        assert "posix.system" in body or "os.system" in body


@pytest.mark.parametrize(("content", "outcome"), [(POISONED, "failure"), (HONEST, "success")])
def test_a_forks_pull_request_is_judged_and_told_why_nothing_is_filed(
    act: Act, service: Service, tmp_path: Path, content: bytes, outcome: str
) -> None:
    pull = service.change(tmp_path / "repository", content)
    service.code_scanning.faults = [refusal(403, "Resource not accessible by integration")]
    run = service.run(act, "pull_request", pull, from_a_fork(pull))
    assert run.outputs["step"] == outcome, run.log  # what cannot be filed changes nothing
    assert "the token of a pull request of a fork may only read" in run.log, run.log
    assert service.code_scanning.taken == []


def test_a_push_to_the_default_branch_files_everything(act: Act, service: Service, tmp_path: Path) -> None:
    pull = service.change(tmp_path / "repository", POISONED)
    git(pull.origin, "update-ref", "refs/heads/main", pull.merge)
    workspace = clone(pull.origin, tmp_path / "main", depth=None, ref="refs/heads/main")
    pushed = PullRequest(pull.origin, workspace, pull.event, pull.merge, pull.head, pull.base)
    told = payload(pull, ref="refs/heads/main", before=pull.base, after=pull.merge)
    run = service.run(act, "push", pushed, told)
    assert run.outputs["step"] == "failure"
    assert "5 files" in run.log, run.log
    assert service.filed() == [("refs/heads/main", pull.merge, int(run.outputs["findings"]))]


@pytest.mark.parametrize(("content", "outcome"), [(POISONED, "failure"), (HONEST, "success")])
def test_a_merge_queue_has_the_exit_code_alone(
    act: Act, service: Service, tmp_path: Path, content: bytes, outcome: str
) -> None:
    pull = service.change(tmp_path / "repository", content)
    group = {"head_sha": pull.merge, "base_sha": pull.base, "head_ref": "refs/heads/gh-readonly-queue/main/7"}
    run = service.run(act, "merge_group", pull, payload(pull, merge_group=group))
    assert run.outputs["step"] == outcome, run.log
    assert "keeps no results of merge queues" in run.log, run.log
    assert service.code_scanning.seen == []
