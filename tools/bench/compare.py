"""``python tools/bench/compare.py``: which formats each scanner reads, by a hostile file and its honest twin.

The files are ``tests/recipes/pairs.py``. A cell is what the command of a scanner says of the two, by its exit
code. Writes ``docs/comparison.md``.
"""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from peers import installed
from runs import ROOT, Command, Run, run

sys.path.insert(0, str(ROOT))

from tests.recipes.pairs import PAIRS, Pair

WAIT = 20.0  # seconds for one file
PAGE = ROOT / "docs" / "comparison.md"
OURS: Command = [sys.executable, "-m", "scanner", "scan"]
TEXT = """# Who reads what

Written by `make compare`. For each format, two files that differ in the payload alone
(`tests/recipes/pairs.py`) are given to the command of each scanner under their usual names, one at a time.

- **found**: the hostile file is reported, and its honest twin is not.
- *alarm*: both are reported, so that the report says nothing.
- missed: the hostile file is not reported.
- not read: the scanner says that it does not read the file, breaks down, or takes {patience:.0f} seconds.

What counts is the exit code, with the options that each scanner has by default; ours is 1 for what blocks.
The files are made here, so that ours finds them all says little; that the twins are quiet, and who else reads
a format, says more. Formats in which nothing can run are not in the table. modelscan is without TensorFlow
here, which it needs for `.keras` files and SavedModels, and modelaudit without the libraries that it reads
ONNX, HDF5 and 7-Zip with.

| format | file | {heads} |
|---|---|{dashes}
{rows}
| **found** |  | {totals} |
"""


def main() -> None:
    peers = {name: command for name, command in installed().items() if command}
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):  # some write files beside them
        rows = list(_rows(Path(name), peers))
    totals = [
        f"{sum(row[place].startswith('**') for row in rows)} of {len(rows)}"
        for place in range(2, len(peers) + 3)
    ]
    heads = ["modelgate", *peers]
    page = TEXT.format(
        patience=WAIT,
        heads=" | ".join(heads),
        dashes="---|" * len(heads),
        rows="\n".join(f"| {' | '.join(row)} |" for row in rows),
        totals=" | ".join(totals),
    )
    PAGE.write_text(page, encoding="utf-8")
    print(page)


def _rows(folder: Path, peers: dict[str, Command]) -> Iterator[list[str]]:
    for what, pair in sorted(PAIRS.items()):
        row = [what, f"`{pair.name}`", *_cells(folder, pair, {"modelgate": OURS, **peers})]
        print(" | ".join(row), file=sys.stderr)
        yield row


def _cells(folder: Path, pair: Pair, commands: dict[str, Command]) -> Iterator[str]:
    for command in commands.values():
        hostile, honest = (
            _said(folder, pair.name, content, command) for content in (pair.hostile, pair.honest)
        )
        yield cell(hostile, honest)


def cell(hostile: bool | None, honest: bool | None) -> str:
    """What is said of both, None being nothing at all."""
    match hostile, honest:
        case True, True:
            return "*alarm*"
        case True, _:
            return "**found**"
        case False, _:
            return "missed"
    return "not read"


def _said(folder: Path, name: str, content: bytes, command: Command) -> bool | None:
    """Whether the scanner reports the file; None when it did not read it."""
    path = folder / name
    path.write_bytes(content)
    done = run([*command, path], WAIT)
    path.unlink()
    return reported(done)


def reported(done: Run) -> bool | None:
    """By the exit code, which is 1 for findings with all of them; fickling breaks down with the same."""
    return None if done.broken or done.code not in (0, 1) else done.code == 1


if __name__ == "__main__":
    main()
