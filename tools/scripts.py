"""How quiet the gate is on honest code: dataset scripts and modelling files out of published packages.

    python tools/scripts.py

Downloads the wheels that ``tools/scripts.txt`` pins (never installed; nothing in them is run), takes every
file that defines a dataset builder and every ``modeling*.py``, each content once, and scans them the way
the command line does. Prints Markdown: verdicts per package, whatever is more than a note with its
reason, and how often each pattern fits.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scanner import config  # noqa: E402
from scanner.finding import FileReport, Severity, Verdict  # noqa: E402
from scanner.knowledge.patterns import matcher  # noqa: E402
from scanner.pipeline import scan  # noqa: E402

PINS = ROOT / "tools" / "scripts.txt"
CACHE = ROOT / ".cache" / "scripts"
KINDS = ("dataset script", "modelling file")
BUILDER = re.compile(
    rb"^class\s+\w+\s*\(\s*(?:\w+\.)*(?:GeneratorBased|ArrowBased|Beam(?:Based)?)\w*Builder\b", re.M
)
VERDICTS = (Verdict.CLEAN, Verdict.NOTE, Verdict.REVIEW, Verdict.UNSCANNED, Verdict.BLOCKED)


def main(arguments: list[str] | None = None) -> int:
    """Fetch, scan, print; 1 if anything is blocked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--wheels", type=Path, default=CACHE / "wheels", help="where the wheels are kept")
    parser.add_argument("--jobs", default=None, help="files examined at the same time")
    options = parser.parse_args(arguments)
    fetch(options.wheels)
    files = unpack(options.wheels, CACHE / "files")
    start = time.monotonic()
    result = scan(config.build(paths=[str(path) for path in files], jobs=options.jobs))
    seconds = time.monotonic() - start
    # A worker's name for a file is the path that it was given, relative to here where that can be.
    kinds = {str(path): kind for path, kind in files.items()}
    reports = {report: kinds[str(Path(report.path).resolve())] for report in result.reports}
    print("\n".join([*verdicts(reports), "", *reasons(reports), "", *patterns(reports)]))
    print(
        f"\n{len(reports)} files in {seconds:.0f} s, {len(reports) / seconds:.1f} a second", file=sys.stderr
    )
    return int(any(report.verdict is Verdict.BLOCKED for report in reports))


def fetch(wheels: Path) -> None:
    """Download what is pinned, checked against its hash, unless it is there."""
    wheels.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--python-version=3.11", "--dest", str(wheels)]
    subprocess.run([*command, "--requirement", str(PINS)], check=True)


def unpack(wheels: Path, target: Path) -> dict[Path, str]:
    """The chosen files of all wheels below ``target``, whole packages for their imports, and their kinds."""
    chosen: dict[Path, str] = {}
    seen: set[bytes] = set()
    for wheel in sorted(wheels.glob("*.whl")):
        folder = target / wheel.name.rsplit("-", 3)[0]
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(".py")]
            if not folder.exists():
                archive.extractall(folder, names)  # drops absolute paths and `..`, makes no links
            for name in sorted(names):
                data = archive.read(name)
                kind, digest = _kind(name, data), hashlib.sha256(data).digest()
                if kind is not None and digest not in seen:
                    seen.add(digest)
                    chosen[(folder / name).resolve()] = kind
    return chosen


def _kind(name: str, data: bytes) -> str | None:
    if BUILDER.search(data):
        return KINDS[0]
    return KINDS[1] if name.rpartition("/")[2].startswith("modeling") else None


def verdicts(reports: dict[FileReport, str]) -> Iterator[str]:
    """A table: per kind and package, how many files got which verdict."""
    rows: dict[tuple[str, str], Counter[Verdict]] = defaultdict(Counter)
    for report, kind in reports.items():
        rows[kind, "all"][report.verdict] += 1
        rows[kind, _package(report)][report.verdict] += 1
    yield f"| kind | package | files | {' | '.join(VERDICTS)} |"
    yield "|---|---|--:|" + "--:|" * len(VERDICTS)
    for (kind, package), counts in sorted(rows.items()):
        cells = " | ".join(str(counts[verdict]) for verdict in VERDICTS)
        yield f"| {kind} | {package} | {counts.total()} | {cells} |"


def reasons(reports: dict[FileReport, str]) -> Iterator[str]:
    """Every finding above a note."""
    for report in sorted(reports, key=lambda report: report.path):
        for finding in report.findings:
            if finding.severity > Severity.NOTE:
                place = Path(report.path).resolve().relative_to((CACHE / "files").resolve())
                line = "" if finding.site.line is None else f", line {finding.site.line}"
                yield f"- {finding.severity} {finding.rule}: `{place}`{line}: {finding.message}"


def patterns(reports: dict[FileReport, str]) -> Iterator[str]:
    """A table: how many of the files each of our patterns fits."""
    fits = Counter(
        hit.pattern.name for report in reports for hit in matcher().find(Path(report.path).read_bytes())
    )
    yield f"| pattern | told as | severity | precision | fits of {len(reports)} honest files |"
    yield "|---|---|---|---|--:|"
    for one in sorted(matcher(), key=lambda pattern: pattern.name):
        row = (one.name, one.rule_id, one.severity, one.precision, fits[one.name])
        yield f"| {' | '.join(map(str, row))} |"


def _package(report: FileReport) -> str:
    return Path(report.path).resolve().relative_to((CACHE / "files").resolve()).parts[0]


if __name__ == "__main__":
    sys.exit(main())
