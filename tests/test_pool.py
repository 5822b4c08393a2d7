"""Workers that die, stall, lie or break: one finding each, and the scan goes on."""

import os
import signal
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.collect import Artifact
from scanner.finding import FileReport
from scanner.limits import Limits
from scanner.pool import Pool
from tests import workers
from tests.workers import artifact


def _incomplete(report: FileReport, *words: str) -> None:
    assert report.failure is None
    assert [f.rule for f in report.findings] == ["incomplete-analysis"]
    assert all(word in report.findings[0].message for word in words), report.findings[0].message
    assert report.findings[0].site.trail == (report.path,)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_artifact_gets_its_report(tmp_path: Path, jobs: int) -> None:
    names = [f"{n:02}" for n in range(20)]
    reports = workers.scan(
        "return said(blob, content)", [artifact(tmp_path, n, f"content of {n}") for n in names], jobs
    )
    assert sorted(reports) == names
    assert all(reports[n].findings[0].message == f"content of {n}" for n in names)


BOMBS = """
    match content:
        case "segmentation fault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "stack":
            ctypes.memset(0, 0, 1)
        case "memory":
            hold = [bytearray(1 << 26) for _ in range(1 << 20)]
        case "status":
            os._exit(3)
        case "deaf":
            os.close(0)
            time.sleep(60)
    return said(blob, content)
"""


def test_the_scan_goes_on_after_deaths(tmp_path: Path) -> None:
    contents = ["a", "segmentation fault", "b", "memory", "c", "stack", "status", "deaf", "d"]
    artifacts = [artifact(tmp_path, content, content) for content in contents]
    reports = workers.scan(BOMBS, artifacts, limits=Limits(seconds=30, memory=1 << 29))
    for name in "abcd":
        assert reports[name].findings[0].message == name
    _incomplete(reports["segmentation fault"], "SIGSEGV")
    _incomplete(reports["stack"], "SIGSEGV")
    _incomplete(reports["memory"])
    _incomplete(reports["status"], "status 3")
    _incomplete(reports["deaf"])
    assert reports["stack"].size == len("stack")


def test_the_clock_ends_what_does_not_end(tmp_path: Path) -> None:
    body = """
    while content == "loop":
        pass
    return said(blob, content)
    """
    artifacts = [artifact(tmp_path, "loop", "loop"), artifact(tmp_path, "quick", "quick")]
    reports = workers.scan(body, artifacts, limits=Limits(seconds=0.5))
    _incomplete(reports["loop"], "0.5 seconds")
    assert reports["quick"].findings[0].message == "quick"


def test_waiting_for_the_network_stops_the_clock_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content that keeps a worker waiting: time without end, of which so much does not count."""
    monkeypatch.setattr("scanner.pool._WAIT", 2.0)
    waiting = replace(artifact(tmp_path, "loop", "loop"), waited=time.monotonic)
    body = "return time.sleep(60)"
    (report,) = workers.scan(body, [waiting], limits=Limits(seconds=0.5)).values()
    _incomplete(report, "not finished within 0.5 seconds, beside 2 of waiting for the network")
    assert report.seconds > 2


def test_processor_time_ends_even_if_the_parent_does_not_look(tmp_path: Path) -> None:
    body = """
    import resource
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    return said(blob, str(soft))
    """
    (report,) = workers.scan(body, [artifact(tmp_path, "f")], limits=Limits(seconds=30)).values()
    assert 30 <= int(report.findings[0].message) <= 60


@pytest.mark.parametrize(
    "answer",
    [
        r"b'\xff\xff\xff\xff'",
        r"b'\0\0\0\2{}'",
        r"b'\0\0\0\5hello'",
        r"b'\0\0\0\0'",
        r"b'\0\0\0\2{}' * 2",
    ],
)
def test_a_worker_that_lies(tmp_path: Path, answer: str) -> None:
    body = f"""
    if content == "lie":
        os.write(0, {answer})
        time.sleep(60)
    return said(blob, content)
    """
    reports = workers.scan(body, [artifact(tmp_path, "lie", "lie"), artifact(tmp_path, "b", "b")])
    _incomplete(reports["lie"], "answer")
    assert reports["b"].findings[0].message == "b"


def test_a_report_on_another_file_counts_for_neither(tmp_path: Path) -> None:
    body = """
    report = said(blob, content)
    if content == "lie":
        from scanner.site import Site
        forged = Finding("test-rule", Severity.NOTE, Behaviour.NONE, "", Site(("b",)))
        return FileReport("b", (forged,), (), 0, 0, 0.0)
    return report
    """
    reports = workers.scan(body, [artifact(tmp_path, "lie", "lie"), artifact(tmp_path, "b", "b")])
    _incomplete(reports["lie"], "another file")
    assert reports["b"].findings[0].message == "b"


def test_our_own_exception_is_our_own_fault(tmp_path: Path) -> None:
    body = """
    if content == "bug":
        raise KeyError("a defect")
    return said(blob, content)
    """
    reports = workers.scan(body, [artifact(tmp_path, "bug", "bug"), artifact(tmp_path, "b", "b")])
    assert "KeyError: 'a defect'" in str(reports["bug"].failure)
    assert reports["b"].findings[0].message == "b"
    assert reports["b"].failure is None


def test_a_program_that_cannot_start(tmp_path: Path) -> None:
    with Pool(Limits(), 2, "raise SystemError('no such thing')") as pool:
        reports = list(pool.scan([artifact(tmp_path, str(n)) for n in range(3)]))
    assert sorted(r.path for r in reports) == ["0", "1", "2"]
    assert all("SystemError: no such thing" in str(r.failure) for r in reports)


def test_what_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    def missing() -> int:
        raise FileNotFoundError(2, "No such file or directory")

    artifacts = [
        Artifact("link", "a symbolic link", missing),
        Artifact("gone", None, missing),
        Artifact("folder", None, lambda: os.open(tmp_path, os.O_RDONLY)),
        artifact(tmp_path, "file", "content"),
    ]
    reports = workers.scan("return said(blob, content)", artifacts)
    assert reports["file"].findings[0].message == "content"
    for path, words in {"link": "symbolic", "gone": "No such file", "folder": "regular"}.items():
        assert len(reports[path].findings) == 1
        assert words in reports[path].findings[0].message


def test_leaving_ends_every_worker(tmp_path: Path) -> None:
    body = 'return said(blob, str(os.getpid())) if content == "a" else time.sleep(60)'
    with Pool(Limits(), 2, workers.bootstrap(body)) as pool:
        scan = pool.scan([artifact(tmp_path, "a", "a"), artifact(tmp_path, "b", "b")])
        pid = int(next(scan).findings[0].message)
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
