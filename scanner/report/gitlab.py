"""Code quality for GitLab, whose merge requests show it: a subset of Code Climate's format.

An array of objects with ``description``, ``check_name``, ``fingerprint`` (unique in the report),
``severity`` and ``location``; a path is relative and has no ``./`` before it.
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json
import posixpath
from collections import Counter
from typing import Any

from scanner.finding import Finding, Severity
from scanner.report import Scan, escape

_FIELD = 2_000  # characters
_WORDS = {Severity.ERROR: "blocker", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(scan: Scan) -> str:
    """One entry per finding, worst first."""
    seen: Counter[str] = Counter()
    return escape.json_log(json.dumps([_entry(f, seen) for f in scan.findings], indent=2)) + "\n"


def fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """64 hexadecimal digits that survive a rebuild of the file; ``seen`` tells twins in a report apart."""
    identity = finding.identity or (str(finding.site), finding.message)
    key = json.dumps([finding.rule, posixpath.normpath(finding.site.path), *identity])
    seen[key] += 1
    return hashlib.sha256(f"{key}:{seen[key]}".encode()).hexdigest()


def _entry(finding: Finding, seen: Counter[str]) -> dict[str, Any]:
    path = posixpath.normpath(finding.site.path)
    line = finding.site.line if len(finding.site.trail) == 1 else None
    return {
        "description": escape.visible(escape.clip(f"{finding.message} In {finding.site}", _FIELD)),
        "check_name": finding.rule,
        "fingerprint": fingerprint(finding, seen),
        "severity": _WORDS[finding.severity],
        "location": {"path": escape.visible(path), "lines": {"begin": line or 1}},
    }
