"""What is broken, missing or impossible, by command line: a clear word about each, and the exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes.git import clone, commit, git, new, write

ROOT = Path(__file__).parent.parent


def modelgate(where: Path, *arguments: str) -> tuple[int, list[dict[str, object]], str]:
    """Exit code, the JSON lines, and what was said to people."""
    run = subprocess.run(
        [sys.executable, "-P", "-m", "scanner", *arguments, "--format", "jsonl"],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(ROOT), "GIT_CEILING_DIRECTORIES": str(where.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()], run.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scan", "nowhere.pt"], "'nowhere.pt' does not exist"),
        (["scan", "here.pkl", "dangling"], "'dangling' does not exist"),
        (["scan", "itself"], "'itself' does not exist"),
        (["scan", "here.pkl", "--fail-on", "warn"], "did you mean `warning`"),
        (["scan", "here.pkl", "--jobs", "0"], "jobs must be a whole number of at least 1"),
        (["scan", "here.pkl", "--config", "absent.toml"], "'absent.toml' cannot be read"),
        (["scan", "here.pkl", "--config", "wrong.toml"], "unknown key `fail_on`; did you mean `fail-on`"),
        (["diff", "--base", "main"], "not inside a git repository: fatal: not a git repository"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, tmp_path: Path) -> None:
    write(tmp_path, {"here.pkl": b"N.", "wrong.toml": b'fail_on = "note"\n'})
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "itself").symlink_to("itself")
    code, lines, said = modelgate(tmp_path, *arguments)
    assert code == 2
    assert lines == []
    assert message in said
    assert "Traceback" not in said


def test_wrong_revisions(tmp_path: Path) -> None:
    code, _, said = modelgate(new(tmp_path / "empty"), "diff", "--base", "main")
    assert (code, "no commit yet" in said) == (2, True)
    commit(new(tmp_path / "full"), {"a": b"a"})
    code, _, said = modelgate(tmp_path / "full", "diff", "--base", "mian")
    assert (code, "unknown revision 'mian'" in said) == (2, True)
    git(tmp_path, "init", "--quiet", "--bare", "bare")
    code, _, said = modelgate(tmp_path / "bare", "diff", "--base", "main")
    assert (code, "bare repository" in said) == (2, True)


def test_every_broken_file_is_spoken_of(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "broken.zip": b"PK\x03\x04" + bytes(40),
            "cut.pkl": b"\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00\x8c",
            "empty.pkl": b"",
            "noise.pt": bytes(range(255, 0, -1)),
        },
    )
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "back").symlink_to("..")
    os.mkfifo(tmp_path / "pipe.pkl")
    code, lines, _ = modelgate(tmp_path, "scan", ".", "--fail-on", "note")
    assert code == 1
    verdicts = {line["path"]: line["verdict"] for line in lines}
    assert list(verdicts) == ["broken.zip", "cut.pkl", "empty.pkl", "loop/back", "noise.pt", "pipe.pkl"]
    assert "clean" not in verdicts.values()
    assert all(line["findings"] and "failure" not in line for line in lines)


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"a.zip": b"PK\x03\x04" + bytes(40), "b.pkl": b"cposix\nsystem\n(X\x02\x00\x00\x00idtR."})
    code, lines, _ = modelgate(tmp_path, "scan", ".")
    assert code == 1
    assert [line["verdict"] for line in lines][1] == "blocked"


def test_a_base_that_cannot_be_had_scans_everything(tmp_path: Path) -> None:
    origin = new(tmp_path / "origin")
    base = commit(origin, {"old.pkl": b"N."})
    commit(origin, {"new.pkl": b"N."})
    here = clone(origin, tmp_path / "ci")
    git(here, "remote", "remove", "origin")
    code, lines, said = modelgate(here, "diff", "--base", base)
    assert code == 0
    assert [line["path"] for line in lines] == ["new.pkl", "old.pkl"]
    assert "every file of the head was scanned" in said
