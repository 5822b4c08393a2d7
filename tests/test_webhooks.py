"""Events as GitHub's own examples show them (npm ``@octokit/webhooks-examples``)."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scanner import event
from scanner.event import CHECKED_OUT, NOTHING, Event
from tests.npm import package

GITHUB_SHA, GITHUB_REF = "5" * 40, "refs/heads/elsewhere"


@cache
def _text() -> str:
    return (package("@octokit/webhooks-examples") / "api.github.com" / "index.json").read_text("utf-8")


def payloads() -> dict[str, list[dict[str, Any]]]:
    return {entry["name"]: entry["examples"] for entry in json.loads(_text())}


def read(
    tmp_path: Path, name: str, payload: dict[str, Any], sha: str = GITHUB_SHA, ref: str = GITHUB_REF
) -> Event:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(payload))
    names = {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": sha, "GITHUB_REF": ref}
    return event.read(names)


def runs(tmp_path: Path, name: str, like: str | None = None) -> Iterator[tuple[dict[str, Any], Event]]:
    examples = payloads()[like or name]
    assert examples
    for payload in examples:
        yield payload, read(tmp_path, name, payload)


@pytest.mark.parametrize("name", ["pull_request", "pull_request_review", "pull_request_review_comment"])
def test_pull_requests(tmp_path: Path, name: str) -> None:
    for payload in payloads()[name]:
        pull = payload["pull_request"]
        run = read(tmp_path, name, payload, ref=f"refs/pull/{pull['number']}/merge")
        assert (run.head, run.base, run.whole) == (CHECKED_OUT, pull["base"]["sha"], False)
        assert (run.pull_head, run.pull) == (pull["head"]["sha"], pull["number"])
        merge, head = (f"refs/pull/{pull['number']}/{kind}" for kind in ("merge", "head"))
        assert run.refs == {GITHUB_SHA: merge, pull["head"]["sha"]: head}


def test_pull_requests_with_our_rights(tmp_path: Path) -> None:
    for payload, run in runs(tmp_path, "pull_request_target", like="pull_request"):
        pull = payload["pull_request"]
        assert (run.head, run.base) == (pull["head"]["sha"], pull["base"]["sha"])
        assert run.refs == {pull["head"]["sha"]: f"refs/pull/{pull['number']}/head"}


def test_runs_that_follow_a_pull_request(tmp_path: Path) -> None:
    (ended,) = (p for p in payloads()["workflow_run"] if p["workflow_run"]["pull_requests"])
    run, (pull,) = ended["workflow_run"], ended["workflow_run"]["pull_requests"]
    run |= {"event": "pull_request", "head_sha": pull["head"]["sha"]}
    found = read(tmp_path, "workflow_run", ended)
    assert (found.head, found.base, found.pull) == (pull["head"]["sha"], pull["base"]["sha"], pull["number"])
    assert found.refs == {pull["head"]["sha"]: f"refs/pull/{pull['number']}/head"}
    run["pull_requests"] = []  # a fork's
    found = read(tmp_path, "workflow_run", ended)
    assert (found.head, found.base, found.whole, found.refs) == (pull["head"]["sha"], GITHUB_SHA, False, {})
    assert found.branch == f"{run['head_repository']['owner']['login']}:{run['head_branch']}"
    told = found.told(9, "8" * 40)
    assert (told.base, told.pull, told.pull_head) == ("8" * 40, 9, pull["head"]["sha"])
    assert told.refs == {pull["head"]["sha"]: "refs/pull/9/head"}


def test_runs_that_follow_something_else(tmp_path: Path) -> None:
    for payload, run in runs(tmp_path, "workflow_run"):
        ended = payload["workflow_run"]
        assert run.head == ended["head_sha"]
        assert run.whole == (ended["head_branch"] == payload["repository"]["default_branch"])
        assert run.whole or run.base == GITHUB_SHA
        assert run.refs == {}


def test_merge_queues(tmp_path: Path) -> None:
    for payload, run in runs(tmp_path, "merge_group"):
        group = payload["merge_group"]
        assert (run.head, run.base, run.whole, run.refs) == (group["head_sha"], group["base_sha"], False, {})


def test_pushes(tmp_path: Path) -> None:
    seen = set()
    for payload in payloads()["push"]:
        ref, default = payload["ref"], f"refs/heads/{payload['repository']['default_branch']}"
        run = read(tmp_path, "push", payload, ref=ref)
        assert run.head == GITHUB_SHA
        kind = "deletion" if payload["deleted"] else "tag" if ref.startswith("refs/tags/") else "branch"
        seen.add(kind)
        if kind == "deletion":
            assert (run.base, run.whole, run.refs) == (GITHUB_SHA, False, {})
        else:
            assert kind == "tag" or ref == default
            assert (run.base, run.whole, run.refs) == (None, True, {GITHUB_SHA: ref})
        # The same push, had it been to another branch.
        other = read(tmp_path, "push", payload, ref="refs/heads/topic")
        if kind != "deletion":
            assert (other.base, other.whole) == (f"origin:{default}", False)
            again = read(tmp_path, "push", payload | {"before": "7" * 40}, ref="refs/heads/topic")
            assert (again.base, again.whole) == ("7" * 40, False)
    assert seen == {"deletion", "tag", "branch"}


@pytest.mark.parametrize("name", ["workflow_dispatch", "release", "create", "delete", "check_run"])
def test_by_hand_and_everything_else(tmp_path: Path, name: str) -> None:
    for _, run in runs(tmp_path, name):
        assert (run.head, run.base, run.whole, run.refs) == (GITHUB_SHA, None, True, {GITHUB_SHA: GITHUB_REF})


def test_no_payload_of_any_event_stands_for_nothing_to_scan(tmp_path: Path) -> None:
    """Whatever we are given, there is a base other than the head itself, or everything is scanned."""
    for name, examples in payloads().items():
        for payload in examples:
            run = read(tmp_path, name, payload)
            deleted = name == "push" and payload["deleted"]
            assert run.whole or deleted or run.base not in (None, run.head) or run.head == NOTHING
