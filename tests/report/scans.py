"""Finished scans to render: an ordinary one, and one in which every string is an attack."""

import datetime

from msgspec.structs import replace

from scanner.config import Accepted, Suppression
from scanner.finding import Behaviour, FileReport, Finding, Precision, Rule, Severity
from scanner.report import Card, Notice, Scan
from scanner.site import Site, Step

HOSTILE = (
    "plain",
    "::stop-commands::x",
    "  ::error file=a,line=1::b",
    "x##[stop-commands]y.pkl",
    "a##[group]\n::set-output name=x::y\r\n##[error]z",
    "##vso[task.setvariable]x",
    "\x1b]0;title\x07\x1b[2J\x9b31m",
    "\u202egpj.exe\u2066\u200b",
    "caf\udce9.pkl \ud800",
    "a|b`c```d<script>alert(1)</script><!-- ![i](http://x/y.png) [l](javascript:x) @octocat #1",
    "</pre></details></table>\n\n# heading\n\n| t |\n|---|",
    "100%25 50% %0A::error::x, y: z",
    "{0} [text](1) {{}}",
    "nul\0del\x7f tab\t end",
    "~~~\n```\n````",
    "\u2028\u2029\x0b\x0c\x85",
)

SPAWN = Card(
    Rule(
        id="command-on-load",
        title="Loading runs a command",
        severity=Severity.ERROR,
        precision=Precision.VERY_HIGH,
        security_severity=9.5,
        cwe=(78, 502),
        attack=("T1059.004",),
        atlas=("AML.T0011.000",),
    ),
    "Loading the artifact starts a program.\n\nWhoever loads it runs it.\n",
)
UNREADABLE = Card(
    Rule(
        id="unscanned-artifact",
        title="Not scanned",
        severity=Severity.NOTE,
        precision=Precision.HIGH,
        security_severity=2.0,
        cwe=(),
        attack=(),
        atlas=(),
    ),
    "",
)
SCRIPT = "import os\n\nos.system('id')\n"


def finding(path: str = "ckpt/a.pt", **changes: object) -> Finding:
    """A command in a pickle in a ZIP, two steps long."""
    site = Site((path, "archive/data.pkl"), offset=1234)
    default = Finding(
        rule="command-on-load",
        severity=Severity.ERROR,
        behaviour=Behaviour.CODE_EXECUTION,
        message="Loading this file runs the command `id`. Nothing asks first.",
        site=site,
        callee="os.system",
        steps=(Step(site.at(offset=1200), "the string 'id'"), Step(site, "os.system is called with it")),
        identity=("archive/data.pkl", "os.system", "id"),
        evidence="import os\n\nos.system('id')",
    )
    return replace(default, **changes)  # type: ignore[arg-type]


def in_script(path: str = "data/load.py", line: int = 3) -> Finding:
    """The same in a line of a script."""
    site = Site((path,), line=line)
    return finding(site=site, steps=(Step(site, "os.system is called"),), evidence=None)


def report(path: str, *findings: Finding, failure: str | None = None) -> FileReport:
    return FileReport(path, findings, ("pytorch-zip", "pickle"), 5_000, 120, 0.25, failure)


def scan(*reports: FileReport, **changes: object) -> Scan:
    default = Scan(
        version="1.2.3",
        reports=reports,
        read_cards=lambda: (SPAWN, UNREADABLE),
        exit_code=1 if any(r.findings for r in reports) else 0,
        text_of=lambda path: SCRIPT if path.endswith(".py") else None,
    )
    return replace(default, **changes)  # type: ignore[arg-type]


def poisoned() -> Scan:
    """A blocked checkpoint, a blocked script, an unread file and a clean one."""
    skipped = finding(
        "z.bin",
        rule="unscanned-artifact",
        severity=Severity.NOTE,
        behaviour=Behaviour.UNREADABLE,
        message="No reader knows this file.",
        site=Site(("z.bin",)),
        callee=None,
        steps=(),
        evidence=None,
    )
    return scan(
        report("ckpt/a.pt", finding()),
        report("clean.pkl"),
        report("data/load.py", in_script()),
        report("z.bin", skipped),
        notices=(Notice(Severity.WARNING, "A submodule is not scanned.", "vendor/lib"),),
    )


def hostile(text: str) -> Scan:
    """Everything that can come out of an artifact or a repository is ``text``."""
    site = Site((text, text), offset=3)
    steps = (Step(site, text), Step(Site((text,), line=2), text))
    shared = {"message": text, "callee": text, "steps": steps, "identity": (text,), "evidence": text}
    findings = (
        finding(text, site=site, **shared),
        finding(text, site=Site((text,), line=1), existing=text, **shared),
        finding(text, site=Site((text,)), behaviour=Behaviour.UNREADABLE, **shared),
    )
    suppression = Suppression("command-on-load", text, "0" * 64, text, datetime.date(2030, 1, 1), text)
    return scan(
        report(text, *findings),
        report(text + "2", failure=text),
        notices=(Notice(Severity.WARNING, text, text), Notice(Severity.ERROR, text)),
        accepted=(Accepted(findings[0], suppression),),
        base=text,
        head=text,
        text_of=lambda _: text,
    )
