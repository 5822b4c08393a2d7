"""Git repositories with fixed dates and names, built by the git command line."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_WHO = {
    **{f"GIT_{role}_NAME": "Ada" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_DATE": "2024-01-01T00:00:00Z" for role in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "file",
}


def git(where: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git in ``where``; its output, stripped."""
    run = subprocess.run(
        ["git", *arguments],
        cwd=where,
        env={**os.environ, **_WHO},
        input=stdin,
        check=True,
        capture_output=True,
    )
    return os.fsdecode(run.stdout).strip()


def new(where: Path) -> Path:
    """An empty repository on branch main that allows partial and by-id fetches."""
    where.mkdir(parents=True, exist_ok=True)
    git(where, "init", "--quiet", "--initial-branch=main")
    git(where, "config", "uploadpack.allowFilter", "true")
    git(where, "config", "uploadpack.allowAnySHA1InWant", "true")
    return where


def write(where: Path, files: Mapping[str, bytes | None]) -> None:
    """Write files (None deletes) below ``where``."""
    for name, data in files.items():
        path = where / name
        if data is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def commit(where: Path, files: Mapping[str, bytes | None] | None = None, message: str = "change") -> str:
    """Write ``files``, commit everything in the work tree, return the commit's id."""
    write(where, files or {})
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(where, "rev-parse", "HEAD")


def clone(origin: Path, where: Path, *options: str, depth: int | None = 1, ref: str | None = None) -> Path:
    """A checkout of ``ref`` as CI makes it: fetched at ``depth`` over file://, head detached."""
    new(where)
    git(where, "remote", "add", "origin", f"file://{origin}")
    depths = [f"--depth={depth}"] if depth else []
    git(where, "fetch", "--quiet", *depths, *options, "origin", ref or "main")
    git(where, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    return where
