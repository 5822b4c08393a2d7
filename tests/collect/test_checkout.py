"""Checkouts as CI makes them (shallow, partial, sparse), and hostile ones."""

from pathlib import Path

import pytest

from scanner.collect import survey
from scanner.config import build
from scanner.errors import ConfigError
from scanner.finding import Severity
from tests.collect.gathering import gather
from tests.recipes.git import clone, commit, git, new, write


def test_a_test_merge_at_depth_1(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, head = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/merge")
    before = {p: p.read_bytes() for p in (here / ".git").rglob("*") if p.is_file()}
    found, notices = gather(monkeypatch, here, build(base=base, pull_head=head))
    assert found == {"first.pkl": b"1", "second.pkl": b"2"}
    assert notices == []
    assert {p: p.read_bytes() for p in (here / ".git").rglob("*") if p.is_file()} == before


def test_the_pull_request_head_at_depth_1(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HEAD^1 would hide the first commit of the pull request."""
    origin, base, head = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/head")
    found, notices = gather(monkeypatch, here, build(base=base, pull_head=head))
    assert found == {"first.pkl": b"1", "second.pkl": b"2"}
    assert len(notices) == 1
    assert "does not tell" in notices[0]


def test_a_merge_of_another_head_is_not_taken_for_the_test_merge(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, _ = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/merge")
    found, _ = gather(monkeypatch, here, build(base=base, pull_head="0" * 40))
    assert found == {"first.pkl": b"1", "second.pkl": b"2", "unrelated": b"u"}


def test_a_partial_and_a_sparse_checkout(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, head = pull
    here = new(tmp_path / "ci")
    git(here, "remote", "add", "origin", f"file://{origin}")
    git(here, "fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", "refs/pull/1/merge")
    git(here, "sparse-checkout", "set", "--no-cone", "/nothing")
    git(here, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    assert not (here / "first.pkl").exists()
    found, _ = gather(monkeypatch, here, build(base=base, pull_head=head))
    assert found == {"first.pkl": b"1", "second.pkl": b"2"}


def test_a_head_that_is_only_on_the_server(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, head = pull
    here = clone(origin, tmp_path / "ci", ref="main")
    found, _ = gather(monkeypatch, here, build(base=base, head=head))
    assert found == {"first.pkl": b"1", "second.pkl": b"2"}


def test_refs_of_a_shallow_clone_do_not_pass_for_its_history(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git offers what refs reach as "have"; the server would then leave out the very base."""
    origin, base, _ = pull
    here = clone(origin, tmp_path / "ci", ref="main")
    git(here, "update-ref", "refs/remotes/origin/main", "HEAD")
    found, _ = gather(monkeypatch, here, build(base=base))
    assert found == {"unrelated": b"u"}


def test_no_base_to_be_had_means_everything(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, _ = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/head")
    git(here, "remote", "set-url", "origin", f"file://{tmp_path}/nowhere")
    found, notices = gather(monkeypatch, here, build(base=base))
    assert set(found) == {"a", "first.pkl", "second.pkl", "modelgate.toml"}
    assert "every file" in notices[0]


def test_a_new_branch_is_compared_with_the_default_branch_of_the_server(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, _, head = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/head")
    git(here, "update-ref", "refs/heads/main", head)  # a branch of the same name here is not the server's
    options = build(base="origin:refs/heads/main", head=head)
    found, _ = gather(monkeypatch, here, options)
    assert found == {"first.pkl": b"1", "second.pkl": b"2"}
    assert survey(options).options.fail_on is Severity.WARNING
    found, notices = gather(monkeypatch, here, build(base="origin:refs/heads/nowhere", head=head))
    assert "a" in found
    assert "every file" in notices[0]


def test_all_of_a_pull_request_under_the_configuration_of_its_base(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, head = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/merge")
    options = build(base=base, pull_head=head, whole=True)
    found, notices = gather(monkeypatch, here, options)
    assert set(found) == {"a", "first.pkl", "modelgate.toml", "second.pkl", "unrelated"}
    assert notices == []
    assert survey(options).options.fail_on is Severity.WARNING


def test_a_blob_that_is_nowhere_is_a_problem(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repo, {"a": b"a"})
    here = new(tmp_path / "ci")
    git(here, "remote", "add", "origin", f"file://{repo}")
    git(here, "fetch", "--quiet", "--filter=blob:none", "origin", "main")
    git(here, "update-ref", "HEAD", "FETCH_HEAD")
    git(here, "remote", "set-url", "origin", f"file://{tmp_path}/nowhere")
    found, _ = gather(monkeypatch, here, build(head="HEAD"))
    assert found == {"a": "content that is not in this clone and cannot be fetched"}


def test_a_configuration_that_cannot_be_read_stops_the_scan(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be stricter than the defaults."""
    origin, base, head = pull
    here = new(tmp_path / "ci")
    git(here, "remote", "add", "origin", f"file://{origin}")
    git(here, "fetch", "--quiet", "--filter=blob:none", "origin", "refs/pull/1/head")
    git(here, "remote", "set-url", "origin", f"file://{tmp_path}/nowhere")
    monkeypatch.chdir(here)
    with pytest.raises(ConfigError, match=r"modelgate\.toml.* cannot be read"):
        survey(build(base=base, head=head))


def test_the_configuration_reaches_a_checkout_at_depth_1(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, head = pull
    monkeypatch.chdir(clone(origin, tmp_path / "ci", ref="refs/pull/1/merge"))
    assert survey(build(base=base, pull_head=head)).options.fail_on is Severity.WARNING


def test_programs_named_in_the_repository_do_not_run(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, head = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/merge")
    mark = tmp_path / "ran"
    touch = f"touch {mark}; false"
    keys = """
        core.fsmonitor core.sshCommand core.gitProxy core.askPass core.pager core.editor
        core.alternateRefsCommand diff.external diff.evil.textconv diff.evil.command filter.evil.smudge
        filter.evil.clean filter.evil.process remote.origin.uploadpack uploadpack.packObjectsHook gpg.program
    """
    git(here, "config", "credential.helper", f"!{touch}")
    for key in keys.split():
        git(here, "config", key, touch)
    hooks = tmp_path / "hooks"
    write(
        hooks, {name: f"#!/bin/sh\n{touch}\n".encode() for name in ("post-checkout", "reference-transaction")}
    )
    for hook in hooks.iterdir():
        hook.chmod(0o755)
    git(here, "config", "core.hooksPath", str(hooks))
    write(here, {".git/info/attributes": b"* diff=evil filter=evil\n"})
    found, _ = gather(monkeypatch, here, build(base=base, pull_head=head))
    assert found == {"first.pkl": b"1", "second.pkl": b"2"}
    assert not mark.exists()


@pytest.mark.parametrize("url", ["ext::sh -c touch% {mark}", "--upload-pack=touch {mark}", "fd::17"])
def test_origins_that_run_programs_are_not_fetched_from(
    url: str, pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, base, _ = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/head")
    mark = tmp_path / "ran"
    git(here, "config", "remote.origin.url", url.format(mark=mark))
    found, notices = gather(monkeypatch, here, build(base=base))
    assert "first.pkl" in found
    assert "cannot be fetched" in notices[0]
    assert not mark.exists()
