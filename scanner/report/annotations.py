"""Workflow commands that put the worst findings next to the changed files of a pull request.

GitHub keeps ten annotations of each kind per step and 4,096 characters of each message.
"""

import re
from itertools import groupby

from scanner.finding import Finding, Severity
from scanner.report import Notice, Scan, escape

PER_KIND = 10
CHARACTERS = 4_096
_STEPS = 12
_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(scan: Scan) -> str:
    """One command per line, worst first; the last of a full kind says how many are not shown."""
    commands = [(n.severity, _notice(n)) for n in (*scan.failures, *scan.notices)]
    commands += [(f.severity, _finding(f, scan.title(f))) for f in scan.findings]
    commands.sort(key=lambda command: -command[0])  # stable: what failed comes before findings
    lines: list[str] = []
    for severity, group in groupby(commands, key=lambda command: command[0]):
        kept = [line for _, line in group]
        if len(kept) > PER_KIND:
            more = len(kept) - PER_KIND + 1
            kept[PER_KIND - 1 :] = [_command(_KINDS[severity], f"{more:,} more, see the summary.")]
        lines += kept
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding, title: str) -> str:
    known = ["This is not new: the base version of the file has it already."] if finding.existing else []
    paragraphs = [finding.message, *known, f"In {finding.site}"]
    paragraphs += [f"{i}. {step.text} ({step.site})" for i, step in enumerate(finding.steps[:_STEPS], 1)]
    properties = {"title": f"{title} [{finding.rule}]", "file": finding.site.path}
    if len(finding.site.trail) == 1 and finding.site.line is not None:
        properties["line"] = str(finding.site.line)
    # an attacker's newline must not look like one of ours
    message = "\n".join(escape.visible(escape.clip(p, CHARACTERS // 4)) for p in paragraphs)
    return _command(_KINDS[finding.severity], message, **properties)


def _notice(notice: Notice) -> str:
    properties = {"file": notice.path} if notice.path else {}
    return _command(_KINDS[notice.severity], escape.visible(notice.message), **properties)


def _command(kind: str, message: str, **properties: str) -> str:
    fields = ",".join(f"{name}={escape.command_property(value)}" for name, value in properties.items())
    data = escape.command_data(message)[:CHARACTERS]
    whole = re.sub(r"%[0-9A-F]?$", "", data)  # the cut may have split an escape
    return f"::{kind}{' ' if fields else ''}{fields}::{whole}"
