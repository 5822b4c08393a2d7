"""The job summary: verdict first, then what to look at, then what was not looked at.

It is HTML inside Markdown, because inside an HTML block nothing is markup but HTML itself: one
escape is enough, where a Markdown table would need several that depend on each other. A blank line
ends such a block, so there are some around pictures alone, which are fenced blocks of their own.
GitHub drops a summary of more than 1 MiB as a whole.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from scanner.config import Accepted
from scanner.finding import Behaviour, FileReport, Finding, Severity, Verdict
from scanner.report import Notice, Scan, escape

BYTES = 1 << 20
_SPARE = 4_096  # for titles, and for the sentences that say what was left out
_FIELD = 500  # characters of one field
_EVIDENCE = 8_000
_STEPS = 40
_BOXES, _LABEL = 10, 120  # steps in a picture, characters of each
_SIGNS = {
    Verdict.BLOCKED: "⛔",
    Verdict.UNSCANNED: "❔",
    Verdict.REVIEW: "⚠️",
    Verdict.NOTE: "ℹ️",
    Verdict.CLEAN: "✅",
}
_KNOWN = " <b>The base version of the file has it already.</b>"
_LIST = ("<ul>",), ("</ul>",)
_HEADER = "<tr><th></th><th>File</th><th>Behaviour</th><th>Runs</th><th>Why</th></tr>"


def render(scan: Scan, most: int = BYTES) -> str:
    """Markdown of at most ``most`` bytes of UTF-8; the worst is kept, and what does not fit is counted."""
    head = f"## {_SIGNS[scan.verdict]} modelgate: {scan.verdict}\n\n{_counts(scan)}"
    rows = (_row(r) for r in scan.files() if r.verdict is not Verdict.CLEAN)
    explained = (
        f
        for f in scan.findings
        if (f.severity is Severity.ERROR or f in scan.blocking) and (f.steps or f.evidence)
    )
    room = most - _SPARE - _size(head)
    files = _section("Files", rows, room // 2, ("<table>", _HEADER), ("</table>",))
    gaps = _section("Not scanned, and notices", map(_gap, scan.gaps), room // 4, *_LIST)
    accepted = _section("Accepted by the configuration", map(_accepted, scan.accepted), room // 8, *_LIST)
    paths = ways(scan, explained, room - sum(map(_size, (files, gaps, accepted))))
    return "\n\n".join(part for part in (head, files, paths, gaps, accepted) if part) + "\n"


def ways(scan: Scan, findings: Iterable[Finding], room: int) -> str:
    """How each of the findings comes about, as many as ``room`` bytes hold."""
    return _section("How it happens", (_way(scan.title(f), f) for f in findings), room)


def _size(text: str) -> int:
    return len(text.encode())


def _section(
    title: str, chunks: Iterable[str], room: int, before: tuple[str, ...] = (), after: tuple[str, ...] = ()
) -> str:
    """As many chunks as ``room`` bytes hold under a title; nothing at all when there is none."""
    kept: list[str] = []
    left_out = 0
    for chunk in chunks:
        room -= _size(chunk) + 1
        if room < 0:
            left_out += 1
        else:
            kept.append(chunk)
    if not kept and not left_out:
        return ""
    more = f"\n\n{left_out:,} more did not fit; the SARIF file has them." if left_out else ""
    return f"### {title}\n\n" + "\n".join((*before, *kept, *after)) + more


def _code(text: str) -> str:
    return escape.html_code(escape.clip(text, _FIELD))


def _prose(text: str) -> str:
    return escape.html(escape.clip(text, _FIELD))


def _counts(scan: Scan) -> str:
    verdicts = Counter(r.verdict for r in scan.reports)
    counts = ", ".join(f"{verdicts[v]:,} {v}" for v in Verdict if verdicts[v]) or "nothing to scan"
    read, size = sum(r.bytes_read for r in scan.reports), sum(r.size for r in scan.reports)
    sentences = [
        f"<p><b>The check {scan.decision}.</b>",
        f"{len(scan.reports):,} {'file' if len(scan.reports) == 1 else 'files'}: {counts}.",
        f"{read:,} of {size:,} bytes had to be read, in {scan.seconds:.1f} s.",
    ]
    if scan.base and scan.head:
        sentences.append(f"Changes from {_code(scan.base)} to {_code(scan.head)}.")
    return " ".join(sentences) + "</p>"


def _row(report: FileReport) -> str:
    findings = sorted(report.findings, key=lambda f: -f.severity)
    behaviours = dict.fromkeys(f.behaviour.value for f in findings if f.behaviour is not Behaviour.NONE)
    callees = list(dict.fromkeys(f.callee for f in findings if f.callee))
    why = findings[0].message if findings else report.failure or ""
    known = "<i>already in the base:</i> " if findings and findings[0].existing else ""
    cells = (
        f"{_SIGNS[report.verdict]} {report.verdict}",
        _code(report.path),
        ", ".join(behaviours),
        "<br>".join([*map(_code, callees[:3]), *(["…"] if len(callees) > 3 else [])]),
        known + _prose(why) + (f" <i>and {len(findings) - 1:,} more</i>" if len(findings) > 1 else ""),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _way(title: str, finding: Finding) -> str:
    steps = [f"<li>{_prose(s.text)} {_code(str(s.site))}</li>" for s in finding.steps[:_STEPS]]
    if len(finding.steps) > _STEPS:
        steps.append(f"<li>and {len(finding.steps) - _STEPS:,} more steps</li>")
    lines = [
        f"<details><summary>{_prose(title)}: {_code(str(finding.site))}</summary>",
        f"<p>{_prose(finding.message)}{_KNOWN if finding.existing else ''}</p>",
    ]
    if steps:
        lines += ["", *_picture(finding), "", f"<ol>{''.join(steps)}</ol>"]
    if finding.evidence:
        lines.append(escape.html_block(escape.clip(finding.evidence, _EVIDENCE)))
    return "\n".join((*lines, "</details>"))


def _picture(finding: Finding) -> Iterator[str]:
    """The steps as a Mermaid flowchart, which GitHub draws; of a long way both ends."""
    labels = [escape.mermaid(escape.clip(step.text, _LABEL)) for step in finding.steps]
    if len(labels) > _BOXES:
        left_out = f"{len(labels) - _BOXES + 1:,} more steps"
        labels[_BOXES // 2 : 1 - _BOXES // 2] = [escape.mermaid(left_out)]
    yield "```mermaid"
    yield "flowchart TD"
    for number, label in enumerate(labels):
        yield f'{f"s{number - 1} --> " if number else ""}s{number}["{label}"]'
    yield f"style s{len(labels) - 1} stroke:#d1242f,stroke-width:3px"
    yield "```"


def _accepted(accepted: Accepted) -> str:
    finding, suppression = accepted.finding, accepted.suppression
    place = f"{_code(finding.rule)} in {_code(str(finding.site))}, until {suppression.expires}"
    return f"<li>{place}: {_prose(suppression.reason)} ({_code(suppression.where)})</li>"


def _gap(notice: Notice) -> str:
    place = f"{_code(notice.path)}: " if notice.path else ""
    return f"<li>{notice.severity}: {place}{_prose(notice.message)}</li>"
