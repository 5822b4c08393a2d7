"""Which revisions a workflow run compares, and where its results may be filed."""

import json
from pathlib import Path

import pytest

from scanner import event
from scanner.event import CHECKED_OUT, NOTHING, Event

MERGE, HEAD, BASE, OTHER = (f"{number:040x}" for number in (0xA1, 0xB2, 0xC3, 0xD4))
REPOSITORY = {"default_branch": "main"}
PULL = {"number": 7, "head": {"sha": HEAD, "ref": "x"}, "base": {"sha": BASE, "ref": "main"}}


def read(tmp_path: Path, name: str, payload: object, sha: str = MERGE, ref: str = "refs/heads/main") -> Event:
    path = tmp_path / "event.json"
    path.write_text(payload if isinstance(payload, str) else json.dumps(payload))
    environ = {"GITHUB_EVENT_NAME": name, "GITHUB_SHA": sha, "GITHUB_REF": ref}
    return event.read(environ | {"GITHUB_EVENT_PATH": str(path)})


@pytest.mark.parametrize("name", ["pull_request", "pull_request_review", "pull_request_review_comment"])
def test_a_pull_request_is_compared_with_its_base(tmp_path: Path, name: str) -> None:
    run = read(tmp_path, name, {"pull_request": PULL}, ref="refs/pull/7/merge")
    assert (run.head, run.base, run.pull_head, run.pull) == (CHECKED_OUT, BASE, HEAD, 7)
    assert run.refs == {MERGE: "refs/pull/7/merge", HEAD: "refs/pull/7/head"}


def test_results_of_a_privileged_run_are_never_filed_under_the_base(tmp_path: Path) -> None:
    run = read(tmp_path, "pull_request_target", {"pull_request": PULL}, sha=BASE)
    assert (run.head, run.base) == (HEAD, BASE)
    assert run.refs == {HEAD: "refs/pull/7/head"}


def test_a_run_that_follows_a_pull_request_of_this_repository(tmp_path: Path) -> None:
    ended = {"head_sha": HEAD, "pull_requests": [{"number": 6, "head": {"sha": OTHER}}, PULL]}
    run = read(tmp_path, "workflow_run", {"workflow_run": ended}, sha=OTHER)
    assert (run.head, run.base, run.refs) == (HEAD, BASE, {HEAD: "refs/pull/7/head"})


def test_a_run_that_follows_a_fork_is_compared_with_our_own_branch(tmp_path: Path) -> None:
    ended = {"head_sha": HEAD, "head_branch": "main", "event": "pull_request", "pull_requests": []}
    run = read(tmp_path, "workflow_run", {"workflow_run": ended}, sha=OTHER)
    assert (run.head, run.base, run.refs) == (HEAD, OTHER, {})
    assert run.reason is not None and "forks" in run.reason


def test_a_merge_queue_is_gated_but_not_filed(tmp_path: Path) -> None:
    group = {"base_sha": BASE, "head_sha": MERGE, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7"}
    run = read(tmp_path, "merge_group", {"merge_group": group}, ref=group["head_ref"])
    assert (run.head, run.base, run.refs) == (MERGE, BASE, {})


@pytest.mark.parametrize("name", ["push", "schedule", "workflow_dispatch", "release", ""])
def test_everything_on_a_branch_is_scanned(tmp_path: Path, name: str) -> None:
    run = read(tmp_path, name, {"before": BASE, "after": MERGE, "repository": REPOSITORY})
    assert (run.head, run.whole, run.refs) == (MERGE, True, {MERGE: "refs/heads/main"})


def push(
    tmp_path: Path, before: str, after: str = MERGE, ref: str = "refs/heads/topic", **more: object
) -> Event:
    payload = {"before": before, "after": after, "ref": ref, "repository": REPOSITORY}
    return read(tmp_path, "push", payload | more, ref=ref)


def test_on_another_branch_what_a_push_brings_is_scanned(tmp_path: Path) -> None:
    run = push(tmp_path, BASE)
    assert (run.head, run.base, run.whole, run.refs) == (MERGE, BASE, False, {MERGE: "refs/heads/topic"})


def test_a_new_branch_is_compared_with_the_default_one(tmp_path: Path) -> None:
    assert push(tmp_path, NOTHING).base == "origin:refs/heads/main"


def test_a_deleted_branch_brings_nothing(tmp_path: Path) -> None:
    run = push(tmp_path, BASE, NOTHING, deleted=True)
    assert (run.head, run.base, run.refs) == (MERGE, MERGE, {})
    assert "deleted" in str(run.reason)


@pytest.mark.parametrize("name", [None, 7, "--upload-pack=x", "a b", "a\nb", "a..b", ""])
def test_without_a_default_branch_everything_pushed_is_scanned(tmp_path: Path, name: object) -> None:
    assert push(tmp_path, NOTHING, repository={"default_branch": name}).whole


def test_after_a_run_for_a_branch_of_ours(tmp_path: Path) -> None:
    ended = {"event": "push", "head_sha": HEAD, "head_branch": "main", "pull_requests": []}
    payload = {"workflow_run": ended, "repository": REPOSITORY}
    run = read(tmp_path, "workflow_run", payload, sha=HEAD)
    assert (run.head, run.whole, run.refs) == (HEAD, True, {HEAD: "refs/heads/main"})
    late = read(tmp_path, "workflow_run", payload, sha=OTHER)
    assert (late.head, late.whole, late.refs) == (HEAD, True, {})
    ended["head_branch"] = "topic"
    other = read(tmp_path, "workflow_run", payload, sha=OTHER)
    assert (other.head, other.base, other.whole, other.refs) == (HEAD, OTHER, False, {})


@pytest.mark.parametrize(
    "payload", ["", "[]", "{", "null", {}, {"pull_request": []}, {"pull_request": {"base": 1}}]
)
def test_a_pull_request_without_a_base_is_scanned_whole(tmp_path: Path, payload: object) -> None:
    run = read(tmp_path, "pull_request", payload, ref="refs/pull/7/merge")
    assert (run.head, run.base) == (CHECKED_OUT, NOTHING)


def test_a_privileged_run_without_a_head_does_not_scan_its_own_branch(tmp_path: Path) -> None:
    assert read(tmp_path, "pull_request_target", {}).head == NOTHING
    assert read(tmp_path, "workflow_run", {}).head == NOTHING


def test_what_is_no_commit_id_is_not_taken(tmp_path: Path) -> None:
    pull = {"number": "7", "head": {"sha": "--upload-pack=touch x"}, "base": {"sha": BASE + "\n"}}
    run = read(tmp_path, "pull_request", {"pull_request": pull}, sha="main", ref="refs/pull/7/merge")
    assert run == Event(CHECKED_OUT, NOTHING)


def test_a_ref_that_code_scanning_does_not_know_is_not_used(tmp_path: Path) -> None:
    assert read(tmp_path, "push", {}, ref="main").refs == {}
    assert read(tmp_path, "push", {}, ref="refs/heads/a b").refs == {}


def test_outside_of_a_runner_what_is_checked_out_is_scanned() -> None:
    assert event.read({}) == Event(whole=True)
