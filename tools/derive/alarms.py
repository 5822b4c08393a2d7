"""What is derived changes for honest files: verdicts on those of ``make corpus``, with and without it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from unittest import mock

from scanner.blob import Blob, window
from scanner.examine import examine
from scanner.knowledge.tables import Knowledge
from scanner.limits import Limits
from tools import benign
from tools.corpus import CACHE, VERDICTS

LARGEST = 20 << 20  # bytes of a file


def rows() -> Iterator[str]:
    """Two rows of a table; one that says so when there are no such files here."""
    paths = [path for path in files() if path.stat().st_size <= LARGEST]
    if not paths:
        yield "| (run `make corpus` first) |" + " |" * (1 + len(VERDICTS))
        return
    yield row("with what is derived", paths)
    with mock.patch.object(Knowledge, "derived", lambda *_: None):
        yield row("by the tables alone", paths)


def files() -> Iterator[Path]:
    """The checkpoints that libraries ship, and those that programs wrote."""
    for root in sorted((CACHE / "unpacked").glob("*")):
        yield from (path for path in benign.candidates(root) if path.suffix != ".py")
    for root in sorted((CACHE / "written").glob("*/files")):
        yield from benign.candidates(root)


def row(title: str, paths: Iterable[Path]) -> str:
    """How many of these files there are, and how many of them have each verdict."""
    found: Counter[str] = Counter()
    for path in paths:
        with path.open("rb") as file:
            found[examine(Blob((path.name,), window(file.fileno())), Limits()).verdict] += 1
    return f"| {title} | {found.total():,} | " + " | ".join(f"{found[v]:,}" for v in VERDICTS) + " |"
