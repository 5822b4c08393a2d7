"""Other files of the tree that an artifact is part of, which nobody asked to scan."""

import os
from pathlib import Path

import pytest

from scanner.collect import Artifact, collect
from scanner.config import Options, build
from tests.recipes.git import clone, commit, write


def beside(artifact: Artifact, path: str) -> bytes | None:
    """The content of a neighbour, or None if it is refused."""
    try:
        descriptor = artifact.beside(path)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        assert os.get_inheritable(descriptor) is False
        return file.read()


OUTSIDE = (
    "../secret", "d/../../secret", "/etc/passwd", "d//x", "./d/x", "d/./x", "", ".", "d", "d/", "link", "into/secret",
    ".git/config", "pipe",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    write(tmp_path, {"secret": b"s", "far/secret": b"s"})
    write(root, {"a.py": b"a", "d/x": b"x", ".git/config": b"c"})
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "into").symlink_to(tmp_path / "far")
    os.mkfifo(root / "pipe")
    return root


def test_beneath_the_directory_that_is_scanned(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    for artifact in collect(build(paths=["."])):
        if artifact.problem is None:
            assert beside(artifact, "d/x") == b"x"
            assert [p for p in OUTSIDE if beside(artifact, p) is not None] == []


def test_under_the_names_of_the_scan(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree.parent)
    artifact = next(a for a in collect(build(paths=["root"])) if a.path == "root/a.py")
    assert beside(artifact, "root/d/x") == b"x"
    assert beside(artifact, "d/x") is None
    assert [p for p in OUTSIDE if beside(artifact, f"root/{p}") is not None] == []
    monkeypatch.chdir("/")
    artifact = next(a for a in collect(build(paths=[str(tree)])) if a.path.endswith("a.py"))
    assert beside(artifact, f"{artifact.path.removesuffix('a.py')}d/x") == b"x"


def told(options: Options, path: str, *wanted: str) -> list[str]:
    """What is said when the artifact ``path`` leads to other files."""
    notices: list[str] = []
    artifact = next(a for a in collect(options, notices.append) if a.path == path)
    notices.clear()
    for name in wanted:
        beside(artifact, name)
    return notices


def test_what_is_there_and_not_read_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert told(build(paths=["."]), "a.py", "d/x", "none", "none/x", "a.py/x", "d") == []
    assert told(build(paths=["."]), "a.py", "link", "into/secret") == [
        f"{name}, which a scanned file leads to, was not looked into: a symbolic link, which is never followed"
        for name in ("link", "into/secret")
    ]


def test_a_helper_that_the_clone_lacks_is_fetched_or_told(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit(repo, {"helper.py": b"h"})
    (repo / "link").symlink_to("helper.py")
    (repo / "folder").symlink_to("p")
    commit(repo, {"new.py": b"new"})
    partial = tmp_path / "partial"
    clone(repo, partial, "--filter=blob:none", depth=None)
    monkeypatch.chdir(partial)
    (artifact,) = (a for a in collect(build(base=base)) if a.path == "new.py")
    assert beside(artifact, "helper.py") == b"h"
    options = build(base=base)
    assert told(options, "new.py", "link", "folder/x.py", "none.py") == [
        "link, which a scanned file leads to, was not looked into: link is a symbolic link, which is never followed",
        "folder/x.py, which a scanned file leads to, was not looked into: "
        "folder is a symbolic link, which is never followed",
    ]


def test_beside_a_single_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree.parent)
    (artifact,) = collect(build(paths=["root/d/x"]))
    assert beside(artifact, "root/d/x") == b"x"
    assert beside(artifact, "root/a.py") is None


def test_in_the_tree_of_the_head(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"old.py": b"old", "p/gone.py": b"g"})
    (repo / "link").symlink_to("old.py")
    commit(repo, {"new.py": b"new", "p/gone.py": None})
    (repo / "old.py").write_bytes(b"edited, but not committed")
    monkeypatch.chdir(repo)
    artifact = next(a for a in collect(build(base=base)) if a.path == "new.py")
    assert beside(artifact, "old.py") == b"old"
    refused = ("p/gone.py", "link", "../origin/old.py", "./old.py", "p", ".git/config", "/etc/passwd")
    assert [path for path in refused if beside(artifact, path) is not None] == []


def test_who_may_import_a_file_that_changed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "data/load.py": b"from util import go\ngo()",
        "data/util/__init__.py": b"from .a import go",
        "x/y.py": b"",
    }
    base = commit(repo, {**files, "data/util/a.py": b"def go(): 1", "data/other.py": b"", "data/b.bin": b""})
    commit(repo, {"data/util/a.py": b"def go(): 2", "data/other.py": b"2", "data/b.bin": b"2"})
    monkeypatch.chdir(repo)
    users = {artifact.path: artifact.users() for artifact in collect(build(base=base))}
    assert users["data/util/a.py"] == ("data/util/__init__.py", "data/load.py", "x/y.py")
    assert users["data/b.bin"] == ()
