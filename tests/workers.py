"""Real workers whose parser is replaced by code of a test: what happens *inside* the sandbox."""

import json
import os
import textwrap
from functools import partial
from pathlib import Path

from scanner.collect import Artifact
from scanner.finding import FileReport
from scanner.limits import Limits
from scanner.pool import Pool

_PRELUDE = """
import sys; sys.path.insert(0, sys.argv[1])
import ctypes, json, os, signal, socket, time
from scanner import worker
from scanner.errors import OverBudget
from scanner.finding import Behaviour, FileReport, Finding, Severity

def said(blob, text):
    finding = Finding("test-rule", Severity.NOTE, Behaviour.NONE, text, blob.site)
    return FileReport(blob.site.path, (finding,), (), blob.size, 0, 0.0)

def look(blob, limits, neighbours, users):
    content = blob.read_at(0, 99).decode()
"""


def bootstrap(body: str) -> str:
    """A worker's program; ``body`` sees ``blob``, ``limits`` and ``content`` and returns a report."""
    return _PRELUDE + textwrap.indent(textwrap.dedent(body), "    ") + "\nworker.main(look)\n"


def artifact(folder: Path, name: str, content: str = "") -> Artifact:
    """A file to scan."""
    path = folder / name
    path.write_text(content)
    return Artifact(name, None, partial(os.open, path, os.O_RDONLY))


def scan(
    body: str, artifacts: list[Artifact], jobs: int = 1, limits: Limits | None = None
) -> dict[str, FileReport]:
    """The reports of workers that run ``body``, by path."""
    with Pool(limits or Limits(seconds=30), jobs, bootstrap(body)) as pool:
        return {report.path: report for report in pool.scan(artifacts)}


def ask(body: str, folder: Path) -> dict[str, str]:
    """What one worker that runs ``body`` says, as JSON, about an empty file."""
    (report,) = scan(body, [artifact(folder, "empty")]).values()
    assert report.failure is None, report.failure
    answer: dict[str, str] = json.loads(report.findings[0].message)
    return answer
