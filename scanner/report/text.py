"""The scan for a person at a terminal: worst first, compact, colours and progress only where wanted."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TextIO

from scanner.finding import FileReport, Finding, Severity, Verdict
from scanner.report import Notice, Scan, escape

_STEPS = 30
_FIELD = 1_000  # characters of a message or a step
_KNOWN = "  (already in the base)"
_COLOURS = {
    Verdict.BLOCKED: "1;31",
    Verdict.UNSCANNED: "1;35",
    Verdict.REVIEW: "1;33",
    Verdict.NOTE: "36",
    Verdict.CLEAN: "32",
    Severity.ERROR: "31",
    Severity.WARNING: "33",
    Severity.NOTE: "36",
}


def render(scan: Scan, *, colour: bool = False) -> str:
    """Every file that is not clean, with its findings and the way to each, then one line of counts."""
    lines: list[str] = []
    for report in scan.files(*(v for v in Verdict if v is not Verdict.CLEAN)):
        lines += [*_file(report, colour), ""]
    for accepted in scan.accepted:
        finding, suppression = accepted.finding, accepted.suppression
        lines.append(
            f"accepted: {_shown(finding.rule)} at {_shown(str(finding.site))} until {suppression.expires}: "
            f"{_shown(suppression.reason)} ({_shown(suppression.where)})"
        )
    for notice in scan.notices:
        lines.append(_notice(notice, colour))
    lines.append(_counts(scan, colour))
    return "\n".join(lines) + "\n"


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Colours belong on a terminal that can show them, unless ``NO_COLOR`` (no-color.org) is set."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


class Progress:
    """One line on a terminal that says how far the scan is; silent on anything else.

    Use it as a context manager and call it whenever something has happened.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()

    def __call__(self, done: int, total: int, path: str) -> None:
        """``done`` of ``total`` files are finished, ``path`` was the last one."""
        if self._live:
            line = f"scanning {done:,}/{total:,}  {escape.terminal(path)}"
            import shutil  # noqa: PLC0415 - slow, and only for a terminal

            width = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be taken back
            self._stream.write(f"\r\x1b[K{line[:width]}")
            self._stream.flush()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _paint(word: str, key: Verdict | Severity, colour: bool) -> str:
    return f"\x1b[{_COLOURS[key]}m{word}\x1b[0m" if colour else word


def _shown(text: str) -> str:
    return escape.terminal(escape.clip(text, _FIELD))


def _file(report: FileReport, colour: bool) -> Iterator[str]:
    formats = ", ".join(report.formats) or "unknown format"
    read = f"{report.bytes_read:,} of {report.size:,} bytes read"
    verdict = _paint(report.verdict.value.upper(), report.verdict, colour)
    yield f"{verdict}  {_shown(report.path)}  ({_shown(formats)}; {read})"
    if report.failure is not None:
        yield f"  the scanner failed on this file: {_shown(report.failure)}"
    for finding in sorted(report.findings, key=lambda f: -f.severity):
        yield from _finding(finding, colour)


def _finding(finding: Finding, colour: bool) -> Iterator[str]:
    severity = _paint(str(finding.severity), finding.severity, colour)
    yield f"  {severity}  {_shown(finding.rule)}  [{finding.behaviour}]{_KNOWN if finding.existing else ''}"
    yield f"    {_shown(finding.message)}"
    yield f"    at {_shown(str(finding.site))}"
    for number, step in enumerate(finding.steps[:_STEPS], 1):
        yield f"      {number}. {_shown(step.text)}  ({_shown(str(step.site))})"
    if len(finding.steps) > _STEPS:
        yield f"      and {len(finding.steps) - _STEPS:,} more steps"


def _notice(notice: Notice, colour: bool) -> str:
    place = f" {_shown(notice.path)}:" if notice.path else ""
    return f"{_paint(str(notice.severity), notice.severity, colour)}:{place} {_shown(notice.message)}"


def _counts(scan: Scan, colour: bool) -> str:
    verdicts = Counter(r.verdict for r in scan.reports)
    parts = [f"{verdicts[v]:,} {_paint(v.value, v, colour)}" for v in Verdict if verdicts[v]]
    files = f"{len(scan.reports):,} {'file' if len(scan.reports) == 1 else 'files'}"
    return f"{files} in {scan.seconds:.2f} s: {', '.join(parts) or 'nothing to scan'}; {scan.decision}"
