"""Reports for programs: ``jsonl``, one object per file, and ``json``, one object per scan.

Strings are exact here, not made readable: JSON escapes whatever is not ASCII, and a file name that
is not UTF-8 keeps its bytes as lone surrogates (``os.fsencode`` gives them back).
"""

import json
from collections import Counter
from typing import Any

from scanner.finding import FileReport, Finding, Verdict
from scanner.report import Scan, escape
from scanner.site import Site


def jsonl(scan: Scan) -> str:
    """One line per scanned file, clean ones included, in path order."""
    return "".join(_dump(record(r)) + "\n" for r in sorted(scan.reports, key=lambda r: r.path))


def document(scan: Scan) -> str:
    """The whole scan as one JSON object on one line."""
    verdicts = Counter(r.verdict for r in scan.reports)
    value = {
        "version": scan.version,
        "verdict": scan.verdict.value,
        "summary": {
            "files": len(scan.reports),
            "findings": len(scan.findings),
            **{verdict.value: verdicts[verdict] for verdict in Verdict},
        },
        "notices": [
            {"severity": str(n.severity), "message": n.message, "path": n.path} for n in scan.notices
        ],
        "accepted": [
            {
                **_finding(item.finding),
                "reason": item.suppression.reason,
                "expires": str(item.suppression.expires),
            }
            for item in scan.accepted
        ],
        "files": [record(r) for r in sorted(scan.reports, key=lambda r: r.path)],
    }
    return _dump(value) + "\n"


def findings(scan: Scan, room: int) -> str:
    """The findings as a JSON array of at most ``room`` ASCII characters: the worst, as many as fit."""
    kept: list[str] = []
    room -= len("[]")
    for finding in scan.findings:
        entry = _dump({"path": finding.site.path, **_finding(finding)})
        room -= len(entry) + 1
        if room < 0:
            break
        kept.append(entry)
    return f"[{','.join(kept)}]"


def record(report: FileReport) -> dict[str, Any]:
    """One file; ``failure`` is there only when the scanner itself failed on it."""
    value = {
        "path": report.path,
        "verdict": report.verdict.value,
        "findings": [_finding(f) for f in report.findings],
        "formats": list(report.formats),
        "size": report.size,
        "bytes_read": report.bytes_read,
        "seconds": round(report.seconds, 6),
    }
    return value if report.failure is None else {**value, "failure": report.failure}


def _finding(finding: Finding) -> dict[str, Any]:
    value = {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "behaviour": finding.behaviour.value,
        "message": finding.message,
        **_place(finding.site),
        "callee": finding.callee,
        "steps": [{**_place(step.site), "text": step.text} for step in finding.steps],
    }
    return value if finding.existing is None else {**value, "existing": finding.existing}


def _place(site: Site) -> dict[str, Any]:
    """The trail, outermost part first, and the one of ``line`` and ``offset`` that is known."""
    position = {"offset": site.offset, "line": site.line}
    return {"trail": list(site.trail), **{k: v for k, v in position.items() if v is not None}}


def _dump(value: object) -> str:
    return escape.json_log(json.dumps(value))
