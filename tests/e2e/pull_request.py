"""A pull request as GitHub presents it to a workflow: merged on trial, checked out, announced in JSON."""

import io
import json
import os
import random
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.recipes.git import clone, commit, git, new, write

BENIGN = b"\x80\x02}q\x00(X\x05\x00\x00\x00layerq\x01]q\x02(K\x01K\x02eX\x04\x00\x00\x00biasq\x03K\x00u."
RUNNER = 1001  # user and group of GitHub's own runners


@dataclass(frozen=True, slots=True)
class PullRequest:
    """``workspace`` is what actions/checkout leaves, ``event`` what GITHUB_EVENT_PATH points to."""

    origin: Path
    workspace: Path
    event: Path
    merge: str
    head: str
    base: str


def poisoned(command: str) -> bytes:
    """A pickle whose loading would run ``command``."""
    return f"cposix\nsystem\n(S'{command}'\ntR.".encode()


def checkpoint(data: bytes, padding: int) -> bytes:
    """A checkpoint of PyTorch's with ``data`` as its pickle, and ``padding`` bytes of numbers."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/version", b"3\n")
        archive.writestr("archive/data/0", random.Random(5).randbytes(padding))
    return file.getvalue()


def make(
    place: Path, before: Mapping[str, bytes], after: Mapping[str, bytes], *, depth: int | None
) -> PullRequest:
    """The base has ``before``, the pull request brings ``after``; meanwhile the base moves on."""
    origin = new(place / "origin")
    commit(origin, dict(before))
    git(origin, "checkout", "--quiet", "-b", "change")
    head = commit(origin, dict(after))
    git(origin, "checkout", "--quiet", "main")
    base = commit(origin, {"elsewhere.py": b"# not part of the pull request\n"})
    git(origin, "checkout", "--quiet", "--detach")
    git(origin, "merge", "--quiet", "--no-ff", "--message", "trial", "change")
    merge = git(origin, "rev-parse", "HEAD")
    git(origin, "update-ref", "refs/pull/7/merge", merge)
    workspace = clone(origin, place / "workspace", depth=depth, ref="refs/pull/7/merge")
    payload = {
        "action": "synchronize",
        "number": 7,
        "pull_request": {
            "number": 7,
            "head": {"ref": "change", "sha": head},
            "base": {"ref": "main", "sha": base},
        },
        "repository": {"full_name": "octo/repo", "default_branch": "main"},
    }
    write(place, {"event.json": json.dumps(payload).encode()})
    return PullRequest(origin, workspace, place / "event.json", merge, head, base)


def give_away(folder: Path) -> None:
    """Make ``folder`` the runner's, as it is on GitHub, where the container's root does not own it."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, RUNNER, RUNNER, follow_symlinks=False)
