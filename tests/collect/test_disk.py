"""Files and directories on disk."""

import os
from pathlib import Path

import pytest

from scanner.collect import collect, survey
from scanner.config import Options, build
from scanner.errors import ConfigError
from scanner.finding import Severity
from tests.collect.gathering import gather
from tests.recipes.git import write


def test_directories_are_walked_in_path_order_hidden_files_included(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"d/b": b"b", "d/a/x": b"x", "d/a.txt": b"t", "d/.hidden/y": b"y", "other": b"o"})
    found, notices = gather(monkeypatch, tmp_path, build(paths=["d"]))
    assert found == {"d/a/x": b"x", "d/a.txt": b"t", "d/b": b"b", "d/.hidden/y": b"y"}
    assert notices == []


def test_each_file_once_under_a_name_relative_to_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a/x": b"x", "b/y": b"y"})
    paths = ["a", "./a/x", "a/../b", str(tmp_path / "a" / "x"), "."]
    found, _ = gather(monkeypatch, tmp_path, build(paths=paths))
    assert found == {"a/x": b"x", "b/y": b"y"}
    found, _ = gather(monkeypatch, tmp_path / "a", build(paths=["../b/y"]))
    assert found == {str(tmp_path / "b" / "y"): b"y"}


def test_links_are_followed_only_when_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"real/x": b"x"})
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "real" / "dangling").symlink_to("nowhere")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "file").symlink_to("real/x")
    barred = "a symbolic link, which is never followed"
    found, _ = gather(monkeypatch, tmp_path, build(paths=["link", "file"]))
    assert found == {"link/x": b"x", "link/loop": barred, "link/dangling": barred, "file": b"x"}
    found, _ = gather(monkeypatch, tmp_path, build(paths=["file", "."]))
    assert found["file"] == b"x"
    assert found["link"] == barred


def test_two_dots_after_a_link_are_the_file_system_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"far/away/x": b"x", "far/evil": b"evil", "evil": b"harmless"})
    (tmp_path / "link").symlink_to("far/away")
    found, _ = gather(monkeypatch, tmp_path, build(paths=["link/../evil"]))
    assert found == {"far/evil": b"evil"}


def test_what_is_no_regular_file_has_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.pkl")
    found, _ = gather(monkeypatch, tmp_path, build(paths=["pipe.pkl", "/dev/null"]))
    assert found == {"pipe.pkl": "a named pipe", "/dev/null": "a character device"}


def test_refusals_of_the_system_become_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated, because root is refused nothing."""
    write(tmp_path, {"x": b"x", "d/y": b"y"})
    listing, opening = os.scandir, os.open

    def scandir(path: str) -> object:
        if Path(path).name == "d":
            raise PermissionError(13, "Permission denied")
        return listing(path)

    def open_(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied") if Path(path).name == "x" else AssertionError

    monkeypatch.setattr("scanner.collect.disk.os.scandir", scandir)
    monkeypatch.setattr("scanner.collect.disk.os.open", open_)
    monkeypatch.chdir(tmp_path)
    problems = {a.path: a.problem for a in collect(build(paths=["."]))}
    monkeypatch.setattr("scanner.collect.disk.os.open", opening)
    assert problems == {
        "x": "unreadable: Permission denied",
        "d": "a directory that cannot be listed: Permission denied",
    }


def test_a_file_swapped_for_a_link_after_collecting_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"x": b"x", "secret": b"s"})
    monkeypatch.chdir(tmp_path)
    (artifact,) = collect(build(paths=["x"]))
    (tmp_path / "x").unlink()
    (tmp_path / "x").symlink_to("secret")
    with pytest.raises(OSError, match="symbolic links"):
        artifact.open()


def test_git_storage_is_left_out_aloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"sub/.git/evil.pkl": b"e", "x": b"x"})
    found, notices = gather(monkeypatch, tmp_path, build(paths=["."]))
    assert found == {"x": b"x"}
    assert notices == ["sub/.git was left out: it holds a clone's own storage"]
    assert "sub/.git/evil.pkl" in gather(monkeypatch, tmp_path, build(paths=["sub/.git"]))[0]


def test_names_that_are_not_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"caf\udce9.pkl": b"1", "line\nbreak": b"2"})
    found, _ = gather(monkeypatch, tmp_path, build(paths=["."]))
    assert found == {"caf\udce9.pkl": b"1", "line\nbreak": b"2"}


@pytest.mark.parametrize("path", ["nowhere", "", "dangling", "x/y"])
def test_missing_paths_are_the_callers_fault(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"x": b"x"})
    (tmp_path / "dangling").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        survey(Options(paths=("x", path)))


def test_the_configuration_is_read_from_here_and_not_from_the_scanned_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"modelgate.toml": b'fail-on = "note"\n', "scanned/modelgate.toml": b"jobs = 7\n"})
    monkeypatch.chdir(tmp_path)
    options = survey(build(paths=["scanned"])).options
    assert (options.fail_on, options.jobs) == (Severity.NOTE, None)
    assert survey(build(paths=["scanned"], config="scanned/modelgate.toml")).options.jobs == 7
    write(tmp_path, {".github/modelgate.toml": b"jobs = 2\n"})
    options = survey(build(paths=["scanned"])).options
    assert (options.fail_on, options.jobs) == (Severity.ERROR, 2)
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        survey(build(paths=["scanned"], config="absent.toml"))


def test_excludes_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"docs/a": b"a", "docs/b/c": b"c", "x": b"x"})
    found, notices = gather(monkeypatch, tmp_path, build(paths=["."], excludes=["docs/**"]))
    assert found == {"x": b"x"}
    assert notices == ["2 of 3 files were left out by `exclude`"]
