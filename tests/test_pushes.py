"""Pushes from real repositories through the whole action: what is scanned, and where it is filed."""

import io
import json
import re
from pathlib import Path

import pytest

from scanner import action
from scanner.event import NOTHING
from scanner.report.upload import Outcome, Target
from tests.recipes.git import clone, commit, git, new

BAD = b"cposix\nsystem\n(S'echo poisoned'\ntR."
SPARED = b'fail-on = "never"\n'


class Push:
    """A remote, a checkout of what was pushed to it, and what the action made of that."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, self.patch = place, monkeypatch
        self.origin = new(place / "origin")
        self.uploads: list[Target] = []
        self.log = ""

    def run(self, ref: str, sha: str | None = None, checkout: str | None = None) -> int:
        """The result for the first push of ``ref``, whose tip may be called by the id ``sha``."""
        here = clone(self.origin, self.place / "ci", ref=checkout or ref)
        self.patch.chdir(here)
        sha = sha or git(here, "rev-parse", "HEAD")
        payload = {"before": NOTHING, "after": sha, "ref": ref, "repository": {"default_branch": "main"}}
        event = self.place / "event.json"
        event.write_text(json.dumps(payload | {"created": True}))
        environ = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(event), "GITHUB_SHA": sha}
        environ |= {"GITHUB_REF": ref, "GITHUB_REPOSITORY": "octo/repo", "INPUT_TOKEN": "t"}

        def upload(_document: str, target: Target) -> Outcome:
            self.uploads.append(target)
            return Outcome("complete", "filed")

        self.patch.setattr(action, "upload", upload)
        log = io.StringIO()
        code = action.main(environ, log)
        self.log = log.getvalue()
        return code

    @property
    def files(self) -> set[str]:
        """The files that were told of."""
        return set(re.findall(r"[\w/]+\.pkl", self.log))

    @property
    def filed(self) -> list[tuple[str, str]]:
        return [(target.commit, target.ref) for target in self.uploads]


@pytest.fixture
def push(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Push:
    return Push(tmp_path, monkeypatch)


def test_the_first_push_of_a_repository(push: Push) -> None:
    tip = commit(push.origin, {"bad.pkl": BAD})
    assert push.run("refs/heads/main") == 1
    assert push.files == {"bad.pkl"}
    assert push.filed == [(tip, "refs/heads/main")]


def test_the_first_push_of_the_default_branch_brings_its_own_configuration(push: Push) -> None:
    """There is nobody else's, and whoever may push there is the owner."""
    commit(push.origin, {"bad.pkl": BAD, "modelgate.toml": SPARED})
    assert push.run("refs/heads/main") == 0


def test_the_first_push_of_another_branch_when_there_is_no_default_one(push: Push) -> None:
    """All of it is scanned, and the configuration that it brings does not count."""
    git(push.origin, "checkout", "--quiet", "-b", "topic")
    commit(push.origin, {"bad.pkl": BAD, "modelgate.toml": SPARED})
    assert push.run("refs/heads/topic") == 1
    assert push.files == {"bad.pkl"}
    assert "without a configuration file" in push.log
    assert push.filed == []


def test_the_first_push_of_another_branch(push: Push) -> None:
    commit(push.origin, {"old.pkl": BAD})
    git(push.origin, "checkout", "--quiet", "-b", "topic")
    commit(push.origin, {"new.pkl": BAD, "modelgate.toml": SPARED})
    assert push.run("refs/heads/topic") == 1
    assert push.files == {"new.pkl"}
    assert push.filed == []


@pytest.mark.parametrize("called", ["commit", "tag"])
def test_an_annotated_tag(push: Push, called: str) -> None:
    """Its id is that of an object which is no commit; results are filed for the commit."""
    commit(push.origin, {"good.pkl": b"N."})
    tip = commit(push.origin, {"bad.pkl": BAD})
    git(push.origin, "tag", "-a", "-m", "first", "v1")
    tag = git(push.origin, "rev-parse", "refs/tags/v1")
    assert tag != tip
    assert push.run("refs/tags/v1", sha={"commit": tip, "tag": tag}[called]) == 1
    assert "bad.pkl" in push.files
    assert push.filed == [(tip, "refs/tags/v1")]


def test_a_light_tag(push: Push) -> None:
    tip = commit(push.origin, {"bad.pkl": BAD})
    git(push.origin, "tag", "v1")
    assert push.run("refs/tags/v1") == 1
    assert push.filed == [(tip, "refs/tags/v1")]


def test_a_tag_of_no_commit_is_not_called_clean(push: Push) -> None:
    commit(push.origin, {"good.pkl": b"N."})
    blob = git(push.origin, "hash-object", "-w", "--stdin", stdin=BAD)
    git(push.origin, "tag", "-a", "-m", "a file", "odd", blob)
    tag = git(push.origin, "rev-parse", "refs/tags/odd")
    assert push.run("refs/tags/odd", sha=tag, checkout="main") == 2
    assert "is not here and cannot be fetched" in push.log
    assert push.filed == []
