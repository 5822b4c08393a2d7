"""The whole scan, with real workers and real readers."""

import io
import pickle
import zipfile
from pathlib import Path

import pytest

from scanner import pipeline, sandbox
from scanner.config import Options
from scanner.errors import ConfigError
from scanner.finding import Severity, Verdict
from scanner.limits import Limits
from scanner.report import Scan
from tests.recipes.archives import COMPRESSED

COMMAND = b"cposix\nsystem\n(S'echo poisoned'\ntR."
HONEST = pickle.dumps({"weights": [1.0, 2.0], "epoch": 3})

# A tuple whose hash takes 2**60 steps, as a key: ((…((), ()), …), …).
_DOUBLED = b"q\x01h\x01\x86" * 60
HASH_BOMB = b"\x80\x02})" + _DOUBLED + b"K\x01s."
# A nested tuple as a key: hashing it recurses in C, far deeper than the stack.
STACK_BOMB = b"\x80\x02})" + b"\x85" * 5_000_000 + b"K\x01s."
# Eight million dictionaries, 64 bytes each, from one byte each.
MEMORY_BOMB = b"\x80\x02" + b"}" * 8_000_000 + b"."

# A million pickles, one behind the other.
COUNT_BOMB = b"\x80\x02N." * 1_000_000


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scan(*paths: str, **options: object) -> Scan:
    return pipeline.scan(Options(paths=paths or (".",), **options))  # type: ignore[arg-type]


def verdicts(result: Scan) -> dict[str, Verdict]:
    return {report.path: report.verdict for report in result.reports}


def test_readers_that_are_imported_late_work_inside_the_sandbox(here: Path) -> None:
    for name in ("lz4", "zstd"):
        (here / name).write_bytes(COMPRESSED[name](COMMAND))
    result = scan()
    assert [report.failure for report in result.reports] == [None, None]
    assert verdicts(result) == {"lz4": Verdict.BLOCKED, "zstd": Verdict.BLOCKED}


def test_a_poisoned_checkpoint_among_honest_ones(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "b.pkl").write_bytes(COMMAND)
    (here / "a.pkl").write_bytes(HONEST)
    (here / "c.bin").write_bytes(b"\x01\x02\x03\x04")
    result = scan()
    assert verdicts(result) == {
        "a.pkl": Verdict.CLEAN,
        "c.bin": Verdict.UNSCANNED,
        "sub/b.pkl": Verdict.BLOCKED,
    }
    assert [report.path for report in result.reports] == ["a.pkl", "c.bin", "sub/b.pkl"]
    assert result.exit_code == 1
    (worst, *_) = result.findings
    assert worst.severity is Severity.ERROR
    assert worst.callee == "os.system"
    assert worst.site.trail == ("sub/b.pkl",)


def test_the_threshold_is_the_callers(here: Path) -> None:
    (here / "c.bin").write_bytes(b"\x01\x02\x03\x04")
    assert scan().exit_code == 0
    assert scan(fail_on=Severity.WARNING).exit_code == 1
    (here / "b.pkl").write_bytes(COMMAND)
    assert scan(fail_on=None).exit_code == 0


def test_a_container_is_looked_into(here: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep.bin", COMMAND)
    with zipfile.ZipFile(here / "outer", "w") as archive:
        archive.writestr("inner", inner.getvalue())
    result = scan("outer")
    calls = {f.site.trail for f in result.findings if f.callee == "os.system"}
    assert ("outer", "inner", "deep.bin") in calls
    assert result.reports[0].bytes_read > 0


@pytest.mark.parametrize("bomb", ["HASH_BOMB", "STACK_BOMB", "MEMORY_BOMB", "COUNT_BOMB"])
def test_bombs_cost_themselves_only(here: Path, bomb: str) -> None:
    (here / "bomb.pkl").write_bytes(globals()[bomb])
    (here / "poisoned.pkl").write_bytes(COMMAND)
    (here / "zonest.pkl").write_bytes(HONEST)
    result = scan(jobs=1, limits=Limits(seconds=2, memory=1 << 28))
    found = verdicts(result)
    assert found["zonest.pkl"] is Verdict.CLEAN
    assert found["poisoned.pkl"] is Verdict.BLOCKED
    # What kills its reader takes with it what the reader had found, so it is blocked.
    assert found["bomb.pkl"] in (Verdict.BLOCKED, Verdict.REVIEW)
    bombed = result.reports[0]
    assert bombed.failure is None
    assert "incomplete-analysis" in {f.rule for f in bombed.findings}
    assert result.exit_code == 1


def test_a_link_is_reported_and_not_followed(here: Path) -> None:
    (here / "real.pkl").write_bytes(HONEST)
    (here / "link.pkl").symlink_to("/etc/hostname")
    result = scan()
    assert verdicts(result)["link.pkl"] is Verdict.UNSCANNED
    assert "symbolic link" in result.reports[0].findings[0].message


def test_the_same_input_gives_the_same_findings(here: Path) -> None:
    for number in range(8):
        (here / f"{number}.pkl").write_bytes(COMMAND if number % 2 else HONEST)
    first, second = scan(jobs=2), scan(jobs=1)
    assert first.findings == second.findings
    assert [r.path for r in first.reports] == [r.path for r in second.reports]


def test_missing_layers_are_told_once(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a.pkl").write_bytes(HONEST)
    assert not [n for n in scan().notices if "protection" in n.message]
    expected = (*sandbox.expected(), "moat")
    monkeypatch.setattr(sandbox, "expected", lambda: expected)
    (notice,) = [n for n in scan().notices if "protection" in n.message]
    assert notice.severity is Severity.WARNING
    assert notice.message.endswith("without: moat")


def test_imports_that_lead_too_far_are_told_once(here: Path) -> None:
    for number in range(9):
        (here / f"m{number}.py").write_text(f"import m{number + 1}\n")
    (notice,) = [n for n in scan().notices if "not followed" in n.message]
    assert (notice.severity, notice.path) == (Severity.NOTE, "m0.py")
    assert notice.message.startswith(
        "4 files lead to others that are not followed, the first of them to m5.py"
    )
    (here / "m4.py").write_text("")
    assert not [n for n in scan().notices if "not followed" in n.message]


def test_progress_counts_every_file(here: Path) -> None:
    (here / "a.pkl").write_bytes(HONEST)
    (here / "b.pkl").symlink_to("a.pkl")
    calls: list[tuple[int, int, str]] = []
    pipeline.scan(Options(paths=(".",)), lambda done, total, path: calls.append((done, total, path)))
    assert [call[:2] for call in calls] == [(1, 2), (2, 2)]
    assert {call[2] for call in calls} == {"a.pkl", "b.pkl"}


def test_nothing_to_scan(here: Path) -> None:
    result = scan()
    assert (result.reports, result.exit_code) == ((), 0)


def test_wrong_use_is_told_before_any_work(here: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        scan("nowhere")


def test_the_source_of_a_script_can_be_read_again(here: Path) -> None:
    (here / "a.py").write_text("x = 1\n")
    (here / "b.pkl").write_bytes(b"\x80\x04N.")
    result = scan()
    assert result.text_of("a.py") == "x = 1\n"
    assert result.text_of("b.pkl") is None
    assert result.text_of("../elsewhere") is None


def test_every_rule_has_its_card() -> None:
    cards = pipeline.cards()
    assert {"incomplete-analysis", "unscanned-artifact"} <= {card.rule.id for card in cards}
    assert all(card.page for card in cards)
