"""The scan as one page for a browser: nothing is loaded from anywhere, and no script can run.

The policy in its head allows a single style sheet, by hash, and nothing else; so even markup that slipped
through the escapes could neither run, nor load, nor send anything.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.config import Accepted
from scanner.finding import Behaviour, FileReport, Finding, Severity, Verdict
from scanner.report import Notice, Scan, escape

FINDINGS = 500  # that have a section of their own
_FIELD = 2_000  # characters of one field
_EVIDENCE = 20_000
_STEPS = 60
_STYLE = Path(__file__).with_name("html.css")


def render(scan: Scan) -> str:
    """A whole HTML document, worst first."""
    style = _STYLE.read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    shown = [f for f in scan.findings if f.steps or f.evidence or f.severity is not Severity.NOTE]
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>modelgate: {scan.verdict}</title><style>{style}</style></head><body>",
        *_header(scan),
        *_files(scan),
        *_section("How it happens", (_finding(scan, f) for f in shown[:FINDINGS])),
        *([f"<p>{len(shown) - FINDINGS:,} more are left out.</p>"] if len(shown) > FINDINGS else []),
        *_section("Not scanned, and notices", map(_gap, scan.gaps), "ul"),
        *_section("Accepted by the configuration", map(_accepted, scan.accepted), "ul"),
        f"<footer>modelgate {_text(scan.version)}</footer></body></html>\n",
    ]
    return "\n".join(parts)


def _text(text: str) -> str:
    return escape.html_text(escape.clip(text, _FIELD))


def _code(text: str) -> str:
    return escape.html_code(escape.clip(text, _FIELD))


def _header(scan: Scan) -> Iterator[str]:
    files = f"{len(scan.reports):,} {'file' if len(scan.reports) == 1 else 'files'}"
    read, size = sum(r.bytes_read for r in scan.reports), sum(r.size for r in scan.reports)
    yield f'<header class="{scan.verdict}"><h1>{scan.verdict}</h1><p>The check {_text(scan.decision)}.</p>'
    yield f"<p>{files}, {len(scan.findings):,} findings; {read:,} of {size:,} bytes had to be read."
    if scan.base and scan.head:
        yield f"Changes from {_code(scan.base)} to {_code(scan.head)}."
    yield "</p></header>"


def _section(title: str, chunks: Iterable[str], within: str = "div") -> Iterator[str]:
    kept = list(chunks)
    if kept:
        yield f"<section><h2>{title}</h2><{within}>"
        yield from kept
        yield f"</{within}></section>"


def _files(scan: Scan) -> Iterator[str]:
    reports = [r for r in scan.files() if r.verdict is not Verdict.CLEAN]
    if reports:
        heads = "<tr><th></th><th>File</th><th>Behaviour</th><th>Why</th></tr>"
        yield f"<section><h2>Files</h2><table><tbody>{heads}"
        yield from map(_row, reports)
        yield "</tbody></table></section>"


def _row(report: FileReport) -> str:
    findings = sorted(report.findings, key=lambda f: -f.severity)
    behaviours = dict.fromkeys(f.behaviour.value for f in findings if f.behaviour is not Behaviour.NONE)
    why = findings[0].message if findings else report.failure or ""
    more = f" <i>and {len(findings) - 1:,} more</i>" if len(findings) > 1 else ""
    return (
        f'<tr><td class="{report.verdict}">{report.verdict}</td><td>{_code(report.path)}</td>'
        f"<td>{', '.join(behaviours)}</td><td>{_text(why)}{more}</td></tr>"
    )


def _finding(scan: Scan, finding: Finding) -> str:
    """The way to it as boxes with arrows between them; the last one is what happens."""
    known = "<p><b>The base version of the file has it already.</b></p>" if finding.existing else ""
    steps = [
        f"<li>{_text(step.text)}<small>{_text(str(step.site))}</small></li>"
        for step in finding.steps[:_STEPS]
    ]
    if len(finding.steps) > _STEPS:
        steps.append(f"<li>and {len(finding.steps) - _STEPS:,} more steps</li>")
    evidence = escape.html_block(escape.clip(finding.evidence, _EVIDENCE)) if finding.evidence else ""
    return (
        f'<article class="{finding.severity}"><h3>{_text(scan.title(finding))}</h3>'
        f"<p>{_code(finding.rule)} in {_code(str(finding.site))}</p><p>{_text(finding.message)}</p>{known}"
        f"{'<ol>' if steps else ''}{''.join(steps)}{'</ol>' if steps else ''}{evidence}</article>"
    )


def _gap(notice: Notice) -> str:
    place = f"{_code(notice.path)}: " if notice.path else ""
    return f"<li>{notice.severity}: {place}{_text(notice.message)}</li>"


def _accepted(accepted: Accepted) -> str:
    finding, suppression = accepted.finding, accepted.suppression
    place = f"{_code(finding.rule)} in {_code(str(finding.site))}, until {suppression.expires}"
    return f"<li>{place}: {_text(suppression.reason)} ({_code(suppression.where)})</li>"
