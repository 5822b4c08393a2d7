"""A file's report as JSON, from the worker to the parent.

The worker has read hostile bytes, so the parent believes nothing about the form of its answer: it
is parsed as data (never unpickled), each field is checked, and every length has a bound. What a
report says beyond the bounds is cut off by the sender, worst findings kept.
"""

import json
import math
import re
from collections.abc import Collection
from typing import Any, NoReturn

from scanner.finding import Behaviour, FileReport, Finding, Severity
from scanner.site import Site, Step

MESSAGE = 32 << 20  # bytes of one encoded report
FINDINGS = 1_000  # per file
STEPS = 200  # per finding
WORDS = 64  # parts of a trail, of an identity, and formats
TEXT = 4_096  # characters of one text
EVIDENCE = 65_536  # characters of a decompiled program

WANTED = 64  # paths in one question
_WANT = b'{"want":'

_REPORT = ("findings", "formats", "size", "bytes_read", "seconds", "failure", "beyond")
_FINDING = (
    "rule",
    "severity",
    "behaviour",
    "message",
    "site",
    "callee",
    "steps",
    "identity",
    "evidence",
    "end",
)
_RULE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def encode(report: FileReport) -> bytes:
    """``report`` as ASCII JSON of at most :data:`MESSAGE` bytes."""
    data = _dump(report, STEPS, EVIDENCE)
    return data if len(data) <= MESSAGE else _dump(report, 0, 0)


def wanted(data: bytes) -> tuple[list[str], bool] | None:
    """The paths of neighbours of which a worker asks for the first, and whether that may be large; None if
    this is no such question."""
    if not data.startswith(_WANT):
        return None
    record = _fields(json.loads(data), "want", "large")
    return [_text(path) for path in _list(record["want"], WANTED)], record["large"] is True


def decode(data: bytes, path: str, neighbours: Collection[str] = ()) -> FileReport:
    """The report about ``path`` that a worker sent; ``ValueError`` for anything out of order. Its
    steps may go through the ``neighbours`` that the worker was given."""
    if len(data) > MESSAGE:
        raise ValueError("the answer is too long")
    try:
        record = json.loads(data, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None
    fields = _fields(record, *_REPORT)
    return FileReport(
        path=path,
        findings=tuple(_finding(item, path, neighbours) for item in _list(fields["findings"], FINDINGS)),
        formats=_texts(fields["formats"]),
        size=_count(fields["size"]),
        bytes_read=_count(fields["bytes_read"]),
        seconds=_seconds(fields["seconds"]),
        failure=_optional_text(fields["failure"], EVIDENCE),
        beyond=_texts(fields["beyond"]),
    )


def _dump(report: FileReport, steps: int, evidence: int) -> bytes:
    record = {
        "findings": [_record(f, steps, evidence) for f in report.findings[:FINDINGS]],
        "formats": [_clip(name) for name in report.formats[:WORDS]],
        "size": report.size,
        "bytes_read": report.bytes_read,
        "seconds": report.seconds,
        "failure": report.failure and _clip(report.failure, EVIDENCE),
        "beyond": [_clip(text) for text in report.beyond[:WORDS]],
    }
    return json.dumps(record, separators=(",", ":")).encode("ascii")


def _record(finding: Finding, steps: int, evidence: int) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": int(finding.severity),
        "behaviour": finding.behaviour.value,
        "message": _clip(finding.message),
        "site": _place(finding.site),
        "callee": finding.callee and _clip(finding.callee),
        "steps": [[_place(step.site), _clip(step.text)] for step in finding.steps[:steps]],
        "identity": [_clip(word) for word in finding.identity[:WORDS]],
        "evidence": _clip(finding.evidence, evidence) if finding.evidence and evidence else None,
        "end": finding.end,
    }


def _place(site: Site) -> list[object]:
    # The path itself stays whole: the parent compares it with the one it asked about.
    trail = [site.path, *(_clip(name) for name in site.trail[1:WORDS])]
    return [trail, site.offset, site.line]


def _clip(text: str, length: int = TEXT) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _finding(value: object, path: str, neighbours: Collection[str]) -> Finding:
    fields = _fields(value, *_FINDING)
    rule = _text(fields["rule"])
    if not _RULE.fullmatch(rule):
        raise ValueError("not the id of a rule")
    return Finding(
        rule=rule,
        severity=Severity(_count(fields["severity"])),
        behaviour=Behaviour(_text(fields["behaviour"])),
        message=_text(fields["message"]),
        site=_site(fields["site"], {path}),
        callee=_optional_text(fields["callee"]),
        steps=tuple(_step(item, {path, *neighbours}) for item in _list(fields["steps"], STEPS)),
        identity=_texts(fields["identity"]),
        evidence=_optional_text(fields["evidence"], EVIDENCE),
        end=_optional_count(fields["end"]),
    )


def _step(value: object, paths: Collection[str]) -> Step:
    site, text = _list(value, 2, exactly=True)
    return Step(_site(site, paths), _text(text))


def _site(value: object, paths: Collection[str]) -> Site:
    trail, offset, line = _list(value, 3, exactly=True)
    match _list(trail, WORDS):
        case [str(first), *rest] if first in paths:
            names = (first, *(_text(name) for name in rest))
            return Site(names, _optional_count(offset), _optional_count(line))
    raise ValueError("a place in another file")


def _fields(value: object, *names: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise ValueError("missing or unexpected fields")
    return value


def _list(value: object, length: int, *, exactly: bool = False) -> list[Any]:
    if not isinstance(value, list) or len(value) > length or (exactly and len(value) != length):
        raise ValueError("not a list of the right length")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(item) for item in _list(value, WORDS))


def _text(value: object, length: int = TEXT) -> str:
    if not isinstance(value, str) or len(value) > length:
        raise ValueError("not a text of the right length")
    return value


def _optional_text(value: object, length: int = TEXT) -> str | None:
    return None if value is None else _text(value, length)


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError("not a count")
    return value


def _optional_count(value: object) -> int | None:
    return None if value is None else _count(value)


def _seconds(value: object) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or value < 0:  # type: ignore[arg-type,operator]
        raise ValueError("not a duration")
    return float(value)  # type: ignore[arg-type]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
