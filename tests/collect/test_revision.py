"""Revision ranges, in real repositories."""

import io
import os
import stat
from pathlib import Path

import pytest

from scanner.collect import collect, survey
from scanner.config import Options, build
from scanner.errors import ConfigError
from scanner.finding import Severity
from tests.collect.gathering import content, gather
from tests.recipes.git import commit, git, new, write


def test_changed_and_added_but_not_untouched_or_deleted(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(
        repo, {"keep": b"same", "edit": b"1", "gone": b"x", "dir/moved": b"long enough to be found alike"}
    )
    commit(
        repo,
        {"edit": b"2", "gone": None, "new": b"n", "dir/moved": None, "to": b"long enough to be found alike"},
    )
    found, notices = gather(monkeypatch, repo, build(base=base))
    assert found == {"edit": b"2", "new": b"n", "to": b"long enough to be found alike"}
    assert notices == []


def test_changes_of_mode_and_type_count(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"tool": b"#!", "data": b"d", "becomes": b"a file"})
    (repo / "tool").chmod(0o755)
    (repo / "becomes").unlink()
    (repo / "becomes").symlink_to("/etc/passwd")
    commit(repo)
    found, _ = gather(monkeypatch, repo, build(base=base))
    assert found == {"tool": b"#!", "becomes": "a symbolic link, which is never followed"}


def test_submodules_and_links_have_a_problem_and_no_content(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit(repo, {"a": b"a"})
    (repo / "link").symlink_to("/etc/passwd")
    git(repo, "add", "link")
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{base},vendor/other")
    git(repo, "commit", "--quiet", "-m", "links")
    monkeypatch.chdir(repo)
    found = {a.path: a for a in collect(build(base=base))}
    assert set(found) == {"link", "vendor/other"}
    assert "symbolic link" in str(found["link"].problem)
    assert "submodule" in str(found["vendor/other"].problem)
    for artifact in found.values():
        with pytest.raises(OSError, match=artifact.problem):
            artifact.open()


def test_names_that_are_not_plain_text(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["line\nbreak.pkl", "caf\udce9.pkl", 'tab\t"quote".pkl', "日本.pkl", ":(top)x", "-rf", " space "]
    base = commit(repo, {"a": b"a"})
    commit(repo, {name: os.fsencode(name) for name in names})
    found, _ = gather(monkeypatch, repo, build(base=base))
    assert found == {name: os.fsencode(name) for name in names}


def test_thousands_of_files(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"a": b"a"})
    commit(repo, {f"d{i % 7}/{i:04}.pkl": b"%d" % i for i in range(3500)})
    found, _ = gather(monkeypatch, repo, build(base=base))
    assert len(found) == 3500
    assert found["d6/3499.pkl"] == b"3499"


def test_a_large_file_comes_whole_and_descriptors_cannot_write(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit(repo, {"a": b"a"})
    data = bytes(range(256)) * 20_000
    commit(repo, {"big.bin": data, "empty.pkl": b""})
    monkeypatch.chdir(repo)
    big, empty = collect(build(base=base))
    assert content(big) == data
    assert content(empty) == b""
    descriptor = big.open()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.write(descriptor, b"x")
    assert stat.S_ISREG(os.fstat(descriptor).st_mode)
    os.close(descriptor)


def test_a_copy_that_fails_does_not_answer_for_the_next(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"a": b"a"})
    fake = git(repo, "hash-object", "--stdin", stdin=b"evil") + " blob 8\nharmless\n"
    commit(repo, {"1": b"x" * (1 << 20) + fake.encode(), "2": b"evil"})
    monkeypatch.chdir(repo)
    first, second = collect(build(base=base))

    def full(*_: object, **__: object) -> object:
        class Disk(io.BytesIO):
            file = property(lambda self: self)
            name = ""

            def write(self, data: object) -> int:
                raise OSError(28, "No space left on device")

        return Disk()

    with monkeypatch.context() as patch:
        patch.setattr("scanner.collect.repository.tempfile.NamedTemporaryFile", full)
        with pytest.raises(OSError, match="No space left"):
            first.open()
    assert content(second) == b"evil"


def test_the_work_tree_is_not_looked_at(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"a": b"a"})
    commit(
        repo,
        {"evil.pkl": b"evil", "sparse/x": b"x", ".gitattributes": b"* text eol=crlf\n*.pkl filter=clean\n"},
    )
    write(repo, {"evil.pkl": b"harmless", "untracked": b"u", "sparse/x": None})
    found, _ = gather(monkeypatch, repo, build(base=base))
    assert found["evil.pkl"] == b"evil"
    assert found["sparse/x"] == b"x"
    assert "untracked" not in found


def test_three_dots_leave_out_what_only_the_base_gained(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repo, {"a": b"a"})
    git(repo, "checkout", "--quiet", "-b", "topic")
    head = commit(repo, {"topic": b"t"})
    git(repo, "checkout", "--quiet", "main")
    commit(repo, {"a": b"newer", "main": b"m"})
    found, notices = gather(monkeypatch, repo, build(base="main", head=head))
    assert found == {"topic": b"t"}
    assert notices == []


def test_a_branch_that_is_reset_brings_back_what_was_taken_out(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = commit(repo, {"evil": b"evil", "a": b"a"})
    before = commit(repo, {"evil": None})
    found, notices = gather(monkeypatch, repo, build(base=before, head=head))
    assert found == {"evil": b"evil"}
    assert notices == []
    assert gather(monkeypatch, repo, build(base=head, head=head)) == ({}, [])


def test_a_forced_push_counts_from_where_the_two_parted(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repo, {"a": b"a"})
    before = commit(repo, {"old": b"o"})
    git(repo, "reset", "--quiet", "--hard", "HEAD^")
    head = commit(repo, {"new": b"n"})
    assert gather(monkeypatch, repo, build(base=before, head=head)) == ({"new": b"n"}, [])


def test_criss_cross_merges_compare_the_two_trees(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repo, {"a": b"a"})
    git(repo, "checkout", "--quiet", "-b", "topic")
    topic = commit(repo, {"t": b"t"})
    git(repo, "checkout", "--quiet", "main")
    main = commit(repo, {"m": b"m"})
    git(repo, "merge", "--quiet", "-m", "1", topic)
    git(repo, "checkout", "--quiet", "topic")
    git(repo, "merge", "--quiet", "-m", "2", main)
    commit(repo, {"evil": b"e"})
    found, notices = gather(monkeypatch, repo, build(base="main", head="topic"))
    assert found == {"evil": b"e"}
    assert len(notices) == 1


def test_a_whole_revision_and_selections(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"a/x.pkl": b"x", "a/y.py": b"y", "b.pkl": b"b"})
    commit(repo, {"a/x.pkl": b"2", "c/d.pkl": b"3"})
    assert set(gather(monkeypatch, repo, build(head=base))[0]) == {"a/x.pkl", "a/y.py", "b.pkl"}
    assert set(gather(monkeypatch, repo, build(head="HEAD", paths=["a"]))[0]) == {"a/x.pkl", "a/y.py"}
    assert set(gather(monkeypatch, repo, build(head="HEAD", paths=["."]))[0]) == {
        "a/x.pkl",
        "a/y.py",
        "b.pkl",
        "c/d.pkl",
    }
    found, notices = gather(monkeypatch, repo, build(base=base, excludes=["a/**"]))
    assert set(found) == {"c/d.pkl"}
    assert notices == ["1 of 2 files were left out by `exclude`"]


def test_the_configuration_is_that_of_the_base(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"modelgate.toml": b'fail-on = "warning"\n'})
    commit(
        repo,
        {"modelgate.toml": b'fail-on = "never"\nexclude = ["**"]\n', ".github/modelgate.toml": b"jobs = 1\n"},
    )
    monkeypatch.chdir(repo)
    notices: list[str] = []
    result = survey(build(base=base), notices.append)
    assert result.options.fail_on is Severity.WARNING
    assert result.options.jobs is None
    assert {a.path for a in result.artifacts} == {".github/modelgate.toml", "modelgate.toml"}
    assert len(notices) == 2
    assert all("what the base says applies" in notice for notice in notices)


def test_replace_refs_do_not_hide_anything(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"a": b"a"})
    commit(repo, {"evil": b"evil"})
    harmless = git(repo, "hash-object", "-w", "--stdin", stdin=b"harmless")
    git(repo, "replace", git(repo, "rev-parse", "HEAD:evil"), harmless)
    git(repo, "replace", "HEAD", base)
    assert gather(monkeypatch, repo, build(base=base))[0] == {"evil": b"evil"}


def test_from_a_subdirectory_paths_are_still_those_of_the_root(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit(repo, {"a": b"a"})
    commit(repo, {"sub/x": b"x", "y": b"y"})
    assert set(gather(monkeypatch, repo / "sub", build(base=base))[0]) == {"sub/x", "y"}


def test_in_a_linked_work_tree(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit(repo, {"a": b"a"})
    commit(repo, {"b": b"b"})
    git(repo, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    assert gather(monkeypatch, tmp_path / "linked", build(base=base))[0] == {"b": b"b"}


def test_surroundings_do_not_redirect_git(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit(repo, {"a": b"a"})
    commit(repo, {"b": b"b"})
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nothing"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'diff.noprefix'='true'")
    assert gather(monkeypatch, repo, build(base=base))[0] == {"b": b"b"}


def test_scratch_repositories_go_away_with_their_artifacts(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit(repo, {"a": b"a"})
    commit(repo, {"b": b"b"})
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    monkeypatch.chdir(repo)
    found = list(collect(build(base=base)))
    assert content(found[0]) == b"b"
    assert len(list(room.iterdir())) == 1
    del found
    assert list(room.iterdir()) == []


@pytest.mark.parametrize("revision", ["nope", "--all", "main:", "a..b", "HEAD~99", "a b", ""])
def test_unknown_revisions_say_what_to_do(revision: str, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repo, {"a": b"a"})
    monkeypatch.chdir(repo)
    with pytest.raises(ConfigError, match="unknown revision"):
        survey(Options(base=revision, head="HEAD"))


def test_no_commit_no_repository_no_work_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.chdir(tmp_path / "plain")
    with pytest.raises(ConfigError, match="not inside a git repository"):
        survey(build(base="main"))
    monkeypatch.chdir(new(tmp_path / "empty"))
    with pytest.raises(ConfigError, match="no commit yet"):
        survey(build(base="main"))
    git(tmp_path, "init", "--quiet", "--bare", "bare")
    monkeypatch.chdir(tmp_path / "bare")
    with pytest.raises(ConfigError, match="bare repository"):
        survey(build(base="main"))
