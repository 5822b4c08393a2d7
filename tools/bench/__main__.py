"""``python tools/bench``: the scanner side by side with Python itself and with other scanners, in one run.

Times of a shared machine mean little, so every figure that is kept is a ratio to something measured in the
same run. Runs of our own commands take turns, and the best of each counts. Writes ``docs/benchmarks.md``.
"""

import compileall
import contextlib
import platform
import tempfile
from pathlib import Path

import recipes
import tables
from peers import installed
from runs import PATIENCE, ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
TEXT = """# Benchmarks

Written by `make bench`. Times are ratios of wall clocks measured in the same run: our commands and what they
are compared with take turns, the best run of each counts; the other scanners run once on large files. Memory
is the resident peak in MB of all processes of a command together, so that what they share counts in each. A
run of another scanner that takes more than {patience:.0f} seconds is given up and marked `>`. The absolute
figures depend on the machine: {cores} cores, CPython {version}.

## A start

The whole process on a small pickle, {harmless} bytes that are harmless and {malicious} bytes that run a
command. Exit code 1 says that something was found.

{starts}

## Large files

Harmless ones, because those are what a gate reads all day. The unit of time is a process that does nothing
but `pickle.load`; for containers, which need their framework to be loaded, it is our own process. "Worker" is
the scan itself, without the start of two interpreters and the report. Weights are holes behind their
beginning: who reads them is not slowed down by a disk. Bytes read are counted at every read.

{large}

## The scan alone

The scanning function in a process that has imported everything, without any start: processor time, the best
of a few runs.

{inside}

## Many files

{folder}, in units of our own time with a worker for each core. Processors busy are processor time by
wall clock, of all processes together.

{many}

## Scripts

Python source: processor time of one file without a worker's start, by its length; and files a second of whole
processes, their start included.

{scripts}
"""


def main() -> None:
    compileall.compile_dir(ROOT / "scanner", quiet=1)  # a worker may write nothing, so it compiles every time
    peers = installed()
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):  # some write files beside them
        folder = Path(name)
        page = TEXT.format(
            patience=PATIENCE,
            harmless=len(recipes.HARMLESS),
            malicious=len(recipes.MALICIOUS),
            folder=recipes.FOLDER[0].upper() + recipes.FOLDER[1:],
            starts=tables.starts(folder, peers),
            large=tables.large(folder, peers),
            inside=tables.inside(folder, peers),
            many=tables.many(folder, peers),
            scripts=tables.scripts(folder),
            cores=tables.CORES,
            version=platform.python_version(),
        )
    PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
