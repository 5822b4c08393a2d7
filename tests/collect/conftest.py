"""Repositories to collect from."""

from pathlib import Path

import pytest

from tests.recipes.git import commit, git, new


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return new(tmp_path / "origin")


@pytest.fixture
def pull(repo: Path) -> tuple[Path, str, str]:
    """A pull request of two commits whose base has moved on: origin, event base, event head."""
    old = commit(repo, {"a": b"a", "modelgate.toml": b'fail-on = "warning"\n'})
    git(repo, "checkout", "--quiet", "-b", "topic")
    commit(repo, {"first.pkl": b"1"})
    head = commit(repo, {"second.pkl": b"2"})
    git(repo, "checkout", "--quiet", "main")
    commit(repo, {"unrelated": b"u"})
    git(repo, "merge", "--quiet", "--no-ff", "-m", "Merge", "topic")
    git(repo, "update-ref", "refs/pull/1/merge", "HEAD")
    git(repo, "update-ref", "refs/pull/1/head", head)
    git(repo, "reset", "--quiet", "--hard", "HEAD^1")
    return repo, old, head
