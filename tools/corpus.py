"""Honest checkpoints that well-known libraries ship or write, scanned: ``make corpus``.

Downloads the wheels of ``requirements/corpus*.txt`` by hash into ``.cache/corpus``, unpacks them as
``tools/benign.py`` does, scans every checkpoint in them with the command line, and writes
``docs/corpus.md``. Nothing of these is installed, imported or loaded. The programs of ``tools/written`` write
more, each in an environment that has its libraries. How many files of each format there were is put into
``docs/formats.md``. Fails when a file is blocked. The first run takes a quarter of an hour and 9 GB of disk.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.formats import formats
from tools import benign

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "corpus"
PAGE = ROOT / "docs" / "corpus.md"
FORMATS = ROOT / "docs" / "formats.md"
OPTIONS = ("--lfs", "never", "--format", "jsonl")
FEW = 5  # files of a format, fewer than which are said to be few
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
    "corpus.txt": [
        *("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"),
        *("--platform", "manylinux2014_x86_64"),
    ],
    "corpus-3.7.txt": ["--python-version", "3.7", "--platform", "manylinux1_x86_64"],
}


# The programs of tools/written, and the libraries that write for them. Programs that have the same share an
# environment. MXNet takes no newer Python, and NumPy of its day.
PYTHON = (3, 11)
TORCH = (
    *("torch==2.13.0", "transformers==5.23.0", "sentence-transformers==6.2.0", "coremltools==9.0"),
    "executorch==1.5.1",
)
WRITERS = {
    "boosters": ("xgboost-cpu==3.2.0", "lightgbm==4.7.0", "catboost==1.2.10"),
    "containers": (
        *("pyarrow==26.0.1", "safetensors==0.8.0", "gguf==0.19.0", "msgpack==1.2.4", "nbformat==5.11.1"),
        *("py7zr==1.1.4", "lz4==4.4.5", "zstandard==0.25.0"),
    ),
    "estimators": ("skops==0.16.0", "scikit-learn==1.9.1"),
    "files": (
        *("pyyaml==6.0.3", "omegaconf==2.4.0", "hyperpyyaml==1.2.3", "pillow==13.0.0", "dulwich==1.2.21"),
        *("rdata==1.1.0", "array-record==0.8.6", "numpy==2.4.6", "pandas==3.1.1"),
    ),
    "frames": ("tables==3.11.1", "pandas==3.1.1"),
    "gluon": ("mxnet==1.9.1", "numpy==1.23.5"),
    "graphs": ("tensorflow==2.21.0", "tf-keras==2.21.0", "keras==3.15.1"),
    "hub": TORCH,
    "networks": TORCH,
    "runtimes": (
        *("openvino==2026.4.1", "paddlepaddle==3.3.1", "nyoka==5.5.0", "scikit-learn==1.5.2"),
        *("numpy==2.4.6", "pandas==3.1.1"),
    ),
}


def wheels() -> Iterator[Path]:
    """Every wheel, downloaded if it is not there yet."""
    for name, options in LISTS.items():
        place, requirements = CACHE / name, ROOT / "requirements" / name
        marker = place / f"ready {digest(requirements.read_bytes())}"
        if not marker.exists():
            shutil.rmtree(place, ignore_errors=True)
            subprocess.run([*PIP, *options, "--requirement", requirements, "--dest", place], check=True)
            marker.touch()
        yield from sorted(place.glob("*.whl"))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def environment(requirements: tuple[str, ...]) -> Path:
    """The Python of an environment that has these libraries, made if it is not there yet."""
    place = CACHE / "environments" / digest(" ".join(requirements).encode())
    python, marker = place / "bin/python", place / "ready"
    if not marker.exists():
        if sys.version_info[:2] != PYTHON:
            raise SystemExit("the libraries that write are pinned for Python 3.11, and this is another one")
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        marker.touch()
    return python


def written(name: str) -> Path:
    """The folder with what one of the programs has written, now or before."""
    place, requirements = CACHE / "written" / name, WRITERS[name]
    program = ROOT / "tools/written" / f"{name}.py"
    marker = place / f"ready {digest(' '.join(requirements).encode() + program.read_bytes())}"
    if not marker.exists():
        shutil.rmtree(place, ignore_errors=True)
        (place / "files").mkdir(parents=True)
        subprocess.run([environment(requirements), program], check=True, cwd=place / "files")
        marker.touch()
    return place / "files"


def scan(root: Path, names: list[Path]) -> Iterator[dict[str, Any]]:
    """The report on each of these files below ``root``, by the path below it."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        for path in names:
            target = Path(folder) / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
        command = [sys.executable, "-P", "-m", "scanner", "scan", *OPTIONS, folder]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert done.returncode in (0, 1), done.stderr
        for report in map(json.loads, done.stdout.splitlines()):
            yield {**report, "path": os.path.relpath(report["path"], folder)}


def main() -> int:
    """Write the pages; 1 when anything is blocked."""
    rows, told, total = [], [], Counter[str]()
    shipped, made = Counter[str](), Counter[str]()
    for package, root, count in sources(shipped, made):
        found = root.rglob("*") if count is made else benign.candidates(root)
        names = [path for path in found if path.is_file() and (count is made or path.suffix != ".py")]
        reports = list(scan(root, names))
        verdicts = Counter(report["verdict"] for report in reports)
        total += verdicts
        count.update(name for report in reports for name in report["formats"])
        rows.append(f"| {package} | {len(reports)} | {cells(verdicts)} |")
        told += [
            f"- `{report['path']}`: {finding['message']}"
            for report in reports
            for finding in report["findings"]
            if finding["severity"] != "note"
        ]
    rows.append(f"| **{len(rows)} sources** | {total.total()} | {cells(total)} |")
    PAGE.write_text(TEXT.format(rows="\n".join(rows), told="\n".join(told) or "None."), encoding="utf-8")
    FORMATS.write_text(counted(FORMATS.read_text("utf-8"), shipped, made), encoding="utf-8")
    print(PAGE.read_text("utf-8"))
    return 1 if total["blocked"] else 0


def sources(shipped: Counter[str], made: Counter[str]) -> Iterator[tuple[str, Path, Counter[str]]]:
    """What each source is called, the folder of its files, and where these are counted."""
    for wheel in wheels():
        package = "-".join(wheel.name.split("-")[:2])
        yield package, benign.unpack(wheel, CACHE / "unpacked" / wheel.name), shipped
    for name, requirements in WRITERS.items():
        yield f"{name}, written by {', '.join(requirements).replace('==', '-')}", written(name), made


def counted(page: str, shipped: Counter[str], made: Counter[str]) -> str:
    """The page on formats with how many files of each there were."""
    lines = ["| format | shipped | written |  |", "|---|---:|---:|---|"]
    for name in sorted(found.NAME for found in formats()):
        few = "fewer than five" if shipped[name] + made[name] < FEW else ""
        lines.append(f"| `{name}` | {shipped[name]} | {made[name]} | {few} |")
    block = "\n".join(["<!-- begin honest -->", *lines, "<!-- end honest -->"])
    return re.sub(r"<!-- begin honest -->.*?<!-- end honest -->", lambda _: block, page, flags=re.DOTALL)


VERDICTS = ("blocked", "review", "unscanned", "note", "clean")


def cells(verdicts: Counter[str]) -> str:
    return " | ".join(str(verdicts[verdict]) for verdict in VERDICTS)


TEXT = """# Honest files

Written by `make corpus`: the checkpoints and arrays inside wheels of libraries that many people use,
downloaded by hash, unpacked and scanned, and files that such libraries write when they are asked to
(`tools/written`). How many there are of each format: [formats](formats.md#honest-files).

| source | files | blocked | review | not read | note | clean |
|---|---:|---:|---:|---:|---:|---:|
{rows}

## What is said of them, notes aside

Files that no reader takes apart are of formats without code in them (fastText, word2vec, CRFsuite), programs
and records that are recognised and not read, pointers of Git LFS, whose files are elsewhere, or not read yet.

{told}
"""


if __name__ == "__main__":
    sys.exit(main())
