"""Scanning bytes in this process, without the sandbox, and reading the report."""

from pathlib import Path

from scanner.blob import Blob, BytesWindow, window
from scanner.examine import examine
from scanner.finding import FileReport, Severity, Verdict
from scanner.limits import Limits


def scan(data: bytes | str, name: str = "checkpoint.bin") -> FileReport:
    """The report on one file of this content."""
    content = data.encode() if isinstance(data, str) else data
    return examine(Blob((name,), BytesWindow(content)), Limits())


def scan_file(path: Path) -> FileReport:
    """The report on a file that is too large to be held in memory."""
    with path.open("rb") as file:
        return examine(Blob((path.name,), window(file.fileno())), Limits())


def blocked_for(report: FileReport) -> set[str]:
    """The behaviours of the findings that block; the findings themselves when nothing does."""
    if report.failure is not None or report.verdict is not Verdict.BLOCKED:
        return {report.failure or report.verdict, *(f"{f.severity}: {f.message}" for f in report.findings)}
    return {f.behaviour.value for f in report.findings if f.severity is Severity.ERROR}
