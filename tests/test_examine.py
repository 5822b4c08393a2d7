"""The worklist, with readers made up for the purpose."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from scanner import examine as module
from scanner import home
from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly, Facts
from scanner.finding import Behaviour, FileReport, Finding, Severity
from scanner.limits import Budget, Limits
from scanner.site import Trigger

Unwrap = Callable[[Blob, Budget], Iterator[Any]]


@pytest.fixture(autouse=True)
def plain_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """One finding per anomaly, so that a test sees the facts themselves; made-up formats that share
    their bytes are not the point of most tests."""

    def judge(facts: Facts) -> list[Finding]:
        return [
            Finding(a.kind, Severity.WARNING, Behaviour.UNREADABLE, a.message, a.site)
            for a in facts.anomalies
            if a.kind != "polyglot" or "also" in a.message
        ]

    monkeypatch.setattr(module, "judge", judge)
    monkeypatch.setattr(home, "judge", judge)


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Unwrap]:
    """Formats by name: each matches what starts with its name, and unwraps as its function says."""
    found: dict[str, Unwrap] = {}

    def identify(blob: Blob, _head: bytes) -> list[Any]:
        head = blob.read_at(0, 99).decode("latin-1")
        return [
            SimpleNamespace(NAME=n, unwrap=f, COMPLETE=True) for n, f in found.items() if head.startswith(n)
        ]

    monkeypatch.setattr(module, "identify", identify)
    return found


def run(data: bytes, **limits: int) -> FileReport:
    return module.examine(Blob(("file",), BytesWindow(data)), Limits(**limits))


def told(report: FileReport) -> list[tuple[str, str, str]]:
    return [(f.rule, f.message, str(f.site)) for f in report.findings]


def inside(blob: Blob, name: str, data: bytes) -> Blob:
    return blob.inner(name, BytesWindow(data))


def test_unrecognised_at_the_top_is_told_and_inside_is_not(readers: dict[str, Unwrap]) -> None:
    readers["box"] = lambda blob, budget: iter([inside(blob, "weights", b"\0\0\0")])
    assert [f.rule for f in run(b"raw").findings] == ["unsupported"]
    assert run(b"box").findings == ()


def test_two_formats_in_the_same_bytes_are_told(readers: dict[str, Unwrap]) -> None:
    readers["zip"] = readers["zip also pickle"] = lambda blob, budget: iter([])
    assert told(run(b"zip also pickle")) == [
        ("polyglot", "this is zip and zip also pickle at the same time", "file")
    ]


def test_a_promise_that_is_broken_is_told(readers: dict[str, Unwrap]) -> None:
    readers["box"] = lambda blob, budget: iter([blob.part("data.pkl", 3, 3, expected="pickle")])
    readers["leaf"] = lambda blob, budget: iter([])
    assert told(run(b"box" + b"\0\0\0")) == [
        ("mismatch", "pickle is expected here, but this is zeros", "file!data.pkl")
    ]
    readers["box"] = lambda blob, budget: iter([blob.part("data.pkl", 3, 4, expected="pickle")])
    assert told(run(b"box" + b"leaf")) == [
        ("mismatch", "pickle is expected here, but this is leaf", "file!data.pkl")
    ]


def test_every_format_that_matches_is_unwrapped(readers: dict[str, Unwrap]) -> None:
    def unwrap(name: str) -> Unwrap:
        return lambda blob, budget: iter([Anomaly("splice", name, blob.site)])

    readers.update({"a": unwrap("a"), "ab": unwrap("ab")})
    report = run(b"abc")
    assert report.formats == ("a", "ab")
    assert [f.message for f in report.findings] == ["a", "ab"]


@pytest.mark.parametrize(
    ("error", "rule"),
    [
        (Malformed("cut off"), "malformed"),
        (OverBudget("more than 5 parts"), "over-budget"),
        (RecursionError("deep"), "over-budget"),
        (MemoryError(), "over-budget"),
    ],
)
def test_a_broken_tail_does_not_hide_the_head(
    readers: dict[str, Unwrap], error: Exception, rule: str
) -> None:
    def broken(blob: Blob, budget: Budget) -> Iterator[Any]:
        yield Anomaly("splice", "the head", blob.site)
        raise error

    readers["bo"] = broken
    readers["box"] = lambda blob, budget: iter([Anomaly("splice", "another reader", blob.site)])
    report = run(b"box")
    assert report.failure is None
    assert {f.rule for f in report.findings} == {"splice", rule}
    assert {"the head", "another reader"} <= {f.message for f in report.findings}


def test_a_defect_keeps_what_was_found(readers: dict[str, Unwrap]) -> None:
    def buggy(blob: Blob, budget: Budget) -> Iterator[Any]:
        yield Anomaly("splice", "before", blob.site)
        raise KeyError("bug")

    readers["bo"] = buggy
    readers["box"] = lambda blob, budget: iter([Anomaly("splice", "after", blob.site)])
    report = run(b"box")
    assert "KeyError: 'bug'" in str(report.failure)
    assert "test_examine.py" in str(report.failure)
    assert {f.message for f in report.findings} == {"before", "after"}


def test_a_defect_of_a_rule_does_not_make_it_clean(
    readers: dict[str, Unwrap], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = module.judge

    def buggy(facts: Facts) -> list[Finding]:
        if len(facts.anomalies) != 1 or facts.anomalies[0].kind != "over-budget":
            raise TypeError("bug")
        return judge(facts)

    monkeypatch.setattr(module, "judge", buggy)
    report = run(b"raw")
    assert "TypeError: bug" in str(report.failure)
    assert [f.rule for f in report.findings] == ["over-budget"]


def test_depth_is_bounded(readers: dict[str, Unwrap]) -> None:
    readers["box"] = lambda blob, budget: iter([inside(blob, "again", b"box")])
    ((rule, message, site),) = told(run(b"box", depth=5))
    assert rule == "over-budget"
    assert "5" in message
    assert site == "file" + "!again" * 5


def test_the_number_of_parts_is_bounded(readers: dict[str, Unwrap]) -> None:
    def many(blob: Blob, budget: Budget) -> Iterator[Any]:
        for number in range(1_000):
            yield inside(blob, str(number), b"raw")

    readers["box"] = many
    ((rule, message, _),) = told(run(b"box", parts=10))
    assert (rule, message) == ("over-budget", "more than 10 parts")


def test_what_is_read_is_counted_and_bounded(readers: dict[str, Unwrap]) -> None:
    def read(blob: Blob, budget: Budget) -> Iterator[Any]:
        blob.read_at(9_000, 500)
        yield from ()

    readers["box"] = read
    assert run(b"box" + bytes(10_000)).bytes_read == 4_096 + 500
    assert run(b"box").bytes_read == 3
    ((rule, message, _),) = told(run(b"box" + bytes(10_000), read=4_096 + 499))
    assert (rule, message) == ("over-budget", "box: more than 4,595 read")


def test_code_in_an_unknown_language_is_told(readers: dict[str, Unwrap]) -> None:
    readers["box"] = lambda blob, budget: iter([Fragment("klingon", blob, Trigger.LOAD)])
    ((rule, message, _),) = told(run(b"box"))
    assert rule == "unsupported"
    assert "klingon" in message


def test_reading_order_and_no_doubles(readers: dict[str, Unwrap]) -> None:
    def unwrap(blob: Blob, budget: Budget) -> Iterator[Any]:
        yield inside(blob, "b", b"leaf")
        yield inside(blob, "a", b"leaf")

    readers["box"] = unwrap
    readers["leaf"] = lambda blob, budget: iter([Anomaly("splice", "twice", blob.site)] * 2)
    report = run(b"box")
    assert [str(f.site) for f in report.findings] == ["file!a", "file!b"]
    assert report.formats == ("box", "leaf")


def test_too_many_findings_are_cut_and_that_is_told(readers: dict[str, Unwrap]) -> None:
    def unwrap(blob: Blob, budget: Budget) -> Iterator[Any]:
        for number in range(1_500):
            yield Anomaly("splice", f"{number:04}", blob.site)

    readers["box"] = unwrap
    report = run(b"box")
    assert len(report.findings) == 1_000
    assert [f.message for f in report.findings if f.rule == "over-budget"] == [
        "only the worst 1,000 of 1,500 findings are kept"
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"GGUF\3\0", "GGUF"),
        ("Grüße\n".encode(), "text"),
        (b"\0" * 99, "zeros"),
        (b"\x01\x02\xff", "01 02 ff"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "LFS pointer"),
    ],
)
def test_what_it_looks_like(readers: dict[str, Unwrap], data: bytes, words: str) -> None:
    assert words in run(data).findings[0].message


def test_slow_work_does_not_hide_what_came_before(readers: dict[str, Unwrap]) -> None:
    def slow(blob: Blob, budget: Budget) -> Iterator[Any]:
        yield Anomaly("splice", "the payload", blob.site)
        while True:
            budget.spend("steps", 0)

    readers["box"] = slow
    report = module.examine(Blob(("file",), BytesWindow(b"box")), Limits(seconds=0.05))
    assert {f.message for f in report.findings} == {"the payload", "box: more time than allowed"}
