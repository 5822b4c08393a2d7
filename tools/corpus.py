"""Honest checkpoints that well-known libraries ship, scanned: ``make corpus``.

Downloads the wheels of ``requirements/corpus*.txt`` by hash into ``.cache/corpus``, unpacks them as
``tools/benign.py`` does, scans every checkpoint in them with the command line, and writes
``docs/corpus.md``. Nothing is installed, imported or loaded. Fails when a file is blocked.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools import benign

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "corpus"
PAGE = ROOT / "docs" / "corpus.md"
PIP = [
    sys.executable,
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-deps",
    "--require-hashes",
    "--only-binary",
    ":all:",
]
# Old releases carry the older files; their wheels are for the Python of their day.
LISTS = {
    "corpus.txt": ["--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"],
    "corpus-3.7.txt": ["--python-version", "3.7", "--platform", "manylinux1_x86_64"],
}


def wheels() -> Iterator[Path]:
    """Every wheel, downloaded if it is not there yet."""
    for name, options in LISTS.items():
        place = CACHE / name
        if not (place / "ready").exists():
            requirements = str(ROOT / "requirements" / name)
            subprocess.run([*PIP, *options, "--requirement", requirements, "--dest", place], check=True)
            (place / "ready").touch()
        yield from sorted(place.glob("*.whl"))


def scan(root: Path, names: list[Path]) -> Iterator[dict[str, Any]]:
    """The report on each of these files below ``root``, by the path below it."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        for path in names:
            target = Path(folder) / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
        command = [sys.executable, "-P", "-m", "scanner", "scan", "--format", "jsonl", folder]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert done.returncode in (0, 1), done.stderr
        for report in map(json.loads, done.stdout.splitlines()):
            yield {**report, "path": os.path.relpath(report["path"], folder)}


def main() -> int:
    """Write the page; 1 when anything is blocked."""
    rows, told, total = [], [], Counter[str]()
    for wheel in wheels():
        root = benign.unpack(wheel, CACHE / "unpacked" / wheel.name)
        names = [path for path in benign.candidates(root) if path.suffix != ".py"]
        reports = list(scan(root, names))
        verdicts = Counter(report["verdict"] for report in reports)
        total += verdicts
        package = "-".join(wheel.name.split("-")[:2])
        rows.append(f"| {package} | {len(reports)} | {cells(verdicts)} |")
        told += [
            f"- `{report['path']}`: {finding['message']}"
            for report in reports
            for finding in report["findings"]
            if finding["severity"] != "note"
        ]
    rows.append(f"| **{len(rows)} wheels** | {total.total()} | {cells(total)} |")
    PAGE.write_text(TEXT.format(rows="\n".join(rows), told="\n".join(told) or "None."), encoding="utf-8")
    print(PAGE.read_text("utf-8"))
    return 1 if total["blocked"] else 0


VERDICTS = ("blocked", "review", "unscanned", "note", "clean")


def cells(verdicts: Counter[str]) -> str:
    return " | ".join(str(verdicts[verdict]) for verdict in VERDICTS)


TEXT = """# Honest files

Written by `make corpus`: the checkpoints and arrays inside wheels of libraries that many people use,
downloaded by hash, unpacked and scanned. Nobody here wrote them.

| wheel | files | blocked | review | not read | note | clean |
|---|---:|---:|---:|---:|---:|---:|
{rows}

## What is said of them, notes aside

Files that no reader takes apart are of formats without code in them (fastText, word2vec, CRFsuite), or not
read yet.

{told}
"""


if __name__ == "__main__":
    sys.exit(main())
