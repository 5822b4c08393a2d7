"""``python -m tools.derive [--into DIR] [PACKAGE...]``."""

import argparse
import gc
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from scanner.knowledge.tables import HERE, knowledge
from tools.derive import library, writing
from tools.derive.compiled import Compiled
from tools.derive.foreign import Foreign
from tools.derive.linking import Linker
from tools.derive.sources import PACKAGES, RUNS, Source, standard_library, wheels

DATA = HERE / "derived"


def main(arguments: list[str] | None = None) -> int:
    """Derive the named packages, or all of them in the order in which they need each other."""
    parser = argparse.ArgumentParser(prog="python -m tools.derive", description=(__doc__ or "").strip())
    parser.add_argument(
        "packages", nargs="*", metavar="PACKAGE", help="python, or the name of a distribution"
    )
    parser.add_argument("--pythons", nargs="*", metavar="X.Y", help="not all standard libraries there are")
    parser.add_argument("--into", type=Path, default=DATA, metavar="DIR", help="where the files go")
    options = parser.parse_args(arguments)
    options.into.mkdir(parents=True, exist_ok=True)
    names = options.packages or ["python", *PACKAGES]
    if len(names) > 1:
        return max(_apart(name, options) for name in names)
    gc.disable()  # programs and values have no cycles, and there are millions of them
    (name,) = names
    try:
        found = standard_library() if name == "python" else wheels(name)
    except subprocess.CalledProcessError:
        print(f"no wheel, and so no source, of {name}", file=sys.stderr)
        return 1
    for title, versions in found.items():
        chosen = options.pythons if name == "python" else None
        derive(title, [v for v in versions if not chosen or v.minor in chosen], options.into)
    return 0


def _apart(name: str, options: argparse.Namespace) -> int:
    """One package in a process of its own, which gives its memory back; those that others need come first."""
    pythons = ["--pythons", *options.pythons] if options.pythons else []
    command = [sys.executable, "-m", "tools.derive", name, "--into", str(options.into), *pythons]
    return subprocess.run(command, check=False).returncode


def derive(title: str, sources: list[Source], into: Path) -> None:
    """One file from all versions of a package."""
    started = time.process_time()
    found, over = [], 0
    for source in sources:
        linker = Linker(
            knowledge(), Foreign(into), Compiled(), source.root, dict(library.modules(source.tops))
        )
        linker.settle()
        found.append(writing.pages(linker))
        over += linker.over
        print(f"{title} {source.version}: {time.process_time() - started:.0f} s", file=sys.stderr, flush=True)
    text = writing.written(title, [s.version for s in sources], found)
    (into / f"{title}.txt").write_text(text, encoding="utf-8")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    _remember(title, started, peak, over)
    entries = [e for pages in found for page in pages.values() for e in page.entries.values()]
    print(
        f"{title} {' '.join(s.version for s in sources)}: {len(entries):,} callables,"
        f" {sum(bool(e.flows) for e in entries):,} act, {sum(e.inert for e in entries):,} inert,"
        f" {over} over budget; {len(text):,} bytes, {time.process_time() - started:.0f} s, {peak} MiB",
        file=sys.stderr, flush=True,
    )  # fmt: skip


def _remember(title: str, started: float, peak: int, over: int) -> None:
    """Keep what the run has cost, for the page."""
    RUNS.mkdir(parents=True, exist_ok=True)
    run = {"seconds": round(time.process_time() - started), "memory": peak, "over": over}
    (RUNS / f"{title}.json").write_text(json.dumps(run), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
