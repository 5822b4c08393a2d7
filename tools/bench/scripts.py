"""What Python source costs: processor time by length, and the longest module of the standard library.

    python tools/bench/scripts.py

Each row is one file in this process, without a worker's start: lowering, analysis, patterns and rules. The
generated modules repeat what dataset scripts consist of; a cost that grows faster than they do shows
in the last column.
"""

import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scanner.blob import Blob, BytesWindow
from scanner.examine import examine
from scanner.limits import Limits

LENGTHS = (1_000, 10_000, 100_000)  # lines
LONG = 100_000  # so many cost the same every time
UNIT = """
def read_{n}(path, lowercase=True):
    rows = []
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        for number, line in enumerate(file):
            fields = line.rstrip("\\n").split("\\t")
            if len(fields) != {n} % 7 + 2:
                continue
            text = fields[0].lower() if lowercase else fields[0]
            rows.append({{"id": f"{n}-{{number}}", "text": text, "label": LABELS.get(fields[1], -1)}})
    return rows
"""


def generated(lines: int) -> bytes:
    """A module of so many lines."""
    head = "import os\n\nROOT = os.environ.get('CORPUS', 'data')\nLABELS = {'no': 0, 'yes': 1}\n"
    units = range(lines // (UNIT.count("\n") or 1))
    return (head + "".join(UNIT.format(n=n) for n in units)).encode()


def rows() -> Iterator[tuple[str, int, float]]:
    """Name, lines and processor seconds of every measurement."""
    cost(generated(100))  # imports and compiles what is compiled once
    for length in LENGTHS:
        data = generated(length)
        yield f"generated, {length:,} lines", data.count(b"\n"), cost(data, times=1 + (length < LONG))
    library = Path(sysconfig.get_paths()["stdlib"])
    longest = max(library.glob("*.py"), key=lambda path: path.stat().st_size)
    yield f"the longest module of the standard library, `{longest.name}`", *measured(longest.read_bytes())


def measured(data: bytes) -> tuple[int, float]:
    """Lines and processor seconds of one file."""
    return data.count(b"\n"), cost(data)


def cost(data: bytes, times: int = 2) -> float:
    """Processor seconds, the best of so many runs."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        report = examine(Blob(("module.py",), BytesWindow(data)), Limits(seconds=600))
        best = min(best, time.process_time() - start)
        assert report.failure is None, report.failure
    return best


def main() -> None:
    """Print the table."""
    print("| file | lines | seconds of processor | microseconds a line |\n|---|--:|--:|--:|")
    for name, lines, seconds in rows():
        print(f"| {name} | {lines:,} | {seconds:.2f} | {seconds / lines * 1e6:.0f} |")


if __name__ == "__main__":
    main()
