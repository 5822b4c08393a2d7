"""A SAST report for GitLab, whose vulnerability management keeps it: its security report schema, 15.2.1.

Members, their lengths and the words that they may hold are those of
https://gitlab.com/gitlab-org/security-products/security-report-schemas (``sast-report-format.json``).
"""

import json
import posixpath
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.finding import Finding, Severity
from scanner.report import Scan, escape, gitlab
from scanner.report.sarif import HOME

VERSION = "15.2.1"
_NAME, _FIELD, _EVIDENCE = 255, 2_000, 20_000  # characters
_STEPS = 60
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, HOME)
_WORDS = {Severity.ERROR: "Critical", Severity.WARNING: "Medium", Severity.NOTE: "Info"}
_LEVELS = {Severity.ERROR: "fatal", Severity.WARNING: "warn", Severity.NOTE: "info"}


def render(scan: Scan) -> str:
    """One vulnerability per finding, worst first. The times of the scan are the only thing that differs
    between two runs on the same input."""
    end = datetime.now(UTC)
    tool = {
        "id": "modelgate",
        "name": "modelgate",
        "url": HOME,
        "vendor": {"name": "modelgate"},
        "version": scan.version,
    }
    seen: Counter[str] = Counter()
    report = {
        "version": VERSION,
        "scan": {
            "type": "sast",
            "status": "failure" if scan.exit_code == 3 else "success",
            "start_time": _time(end - timedelta(seconds=scan.seconds)),
            "end_time": _time(end),
            "analyzer": tool,
            "scanner": tool,
            "messages": [
                {
                    "level": _LEVELS[notice.severity],
                    "value": _text(f"{notice.path}: {notice.message}" if notice.path else notice.message),
                }
                for notice in (*scan.failures, *scan.notices)
            ],
        },
        "vulnerabilities": [_vulnerability(scan, finding, seen) for finding in scan.findings],
    }
    return escape.json_log(json.dumps(report, indent=2)) + "\n"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _text(text: str) -> str:
    return escape.visible(escape.clip(text, _FIELD))


def _vulnerability(scan: Scan, finding: Finding, seen: Counter[str]) -> dict[str, Any]:
    """``description`` is Markdown to GitLab, what is in ``details`` is text."""
    mark = gitlab.fingerprint(finding, seen)
    path = escape.visible(posixpath.normpath(finding.site.path))
    line = finding.site.line if len(finding.site.trail) == 1 else None
    place = {"file": path, "start_line": line or 1}
    told = f"{escape.clip(finding.message, _FIELD)} In {escape.clip(str(finding.site), _FIELD)}"
    return {
        "id": str(uuid.uuid5(_SPACE, mark)),
        "name": escape.visible(scan.title(finding))[:_NAME],
        "description": escape.markdown(told),
        "severity": _WORDS[finding.severity],
        "identifiers": _identifiers(scan, finding),
        "location": place,
        "tracking": {
            "type": "source",
            "items": [{**place, "signatures": [{"algorithm": "hash", "value": mark}]}],
        },
        **({"details": details} if (details := _details(finding)) else {}),
    }


def _identifiers(scan: Scan, finding: Finding) -> list[dict[str, str]]:
    """The rule, which GitLab tells vulnerabilities apart by, and the weaknesses that it stands for."""
    page = f"{HOME}/blob/main/docs/rules/{finding.rule}.md"
    first = {"type": "modelgate_rule", "name": finding.rule, "value": finding.rule, "url": page}
    rule = scan.rules.get(finding.rule)
    return [first] + [
        {
            "type": "cwe",
            "name": f"CWE-{number}",
            "value": str(number),
            "url": f"https://cwe.mitre.org/data/definitions/{number}.html",
        }
        for number in (rule.cwe if rule else ())
    ]


def _details(finding: Finding) -> dict[str, Any]:
    """The way to the finding, and the program that it is about."""
    found: dict[str, Any] = {}
    if finding.steps:
        steps = [f"{step.text} ({step.site})" for step in finding.steps[:_STEPS]]
        items = [{"type": "text", "value": _text(step)} for step in steps]
        found["steps"] = {"name": "How it happens", "type": "list", "items": items}
    if finding.evidence:
        lines = escape.visible_lines(escape.clip(finding.evidence, _EVIDENCE))
        found["evidence"] = {"name": "The program", "type": "code", "value": "\n".join(lines)}
    return found
