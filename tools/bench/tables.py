"""The measurements, each as the lines of a Markdown table."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import recipes
from peers import PICKLESCAN
from runs import PATIENCE, Command, Run, in_turns, run

HERE = Path(__file__).parent
STARTS, LOADS, PEER_STARTS = 12, 3, 2  # runs of each command
LOADER = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))"
OURS = "**modelgate**"
PASS = "`python -c pass`"
CORES = len(os.sched_getaffinity(0))
ALL_CORES = f"modelgate --jobs {CORES}"

Peers = Mapping[str, Command | None]


def ours(path: Path, *options: str) -> Command:
    return [sys.executable, "-m", "scanner", "scan", path, "--format", "jsonl", *options]


def make(folder: Path, what: str) -> Path:
    """A file of :mod:`recipes`."""
    path = folder / recipes.file_name(what)
    made = run([sys.executable, HERE / "recipes.py", what, path])
    assert made.code == 0, f"{what}: {made.code}"
    return path


def table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for row in rows:
        print("  " + " | ".join(row), file=sys.stderr)
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def ratio(done: Run | None, unit: float) -> str:
    if done is None:
        return "cannot be installed"
    if done.broken:
        return "breaks down"
    return f"> {PATIENCE / unit:.0f}" if done.code is None else f"{done.seconds / unit:.2g}"


def memory(done: Run | None) -> str:
    if done is None or done.broken:
        return ""
    return f"{'> ' if done.code is None else ''}{done.peak / 1e6:,.0f}"


def once(peers: Peers, path: Path) -> dict[str, Run | None]:
    return {name: run([*command, path]) if command else None for name, command in peers.items()}


def starts(folder: Path, peers: Peers) -> str:
    """The whole process on a small harmless and a small malicious file, in units of Python's own start."""

    def rows() -> Iterator[Sequence[str]]:
        results = []
        for what in ("harmless", "malicious"):
            path = make(folder, what)
            own: dict[str, Command] = {
                PASS: [sys.executable, "-c", "pass"],
                OURS: ours(path),
                "worker": [sys.executable, HERE / "clocked.py", *ours(path)[3:]],
            }
            others = {name: [*command, path] for name, command in peers.items() if command}
            for command in (*own.values(), *others.values()):
                run(command)  # what is compiled at the first import is not what is measured
            results.append(in_turns(own, STARTS) | in_turns(others, PEER_STARTS))
        units = [result[PASS].seconds for result in results]
        clocked = [result.pop("worker") for result in results]
        workers = [float(done.printed.splitlines()[-1]) for done in clocked]
        for name in results[0]:
            both = [result[name] for result in results]
            yield (
                name,
                *(ratio(done, unit) for done, unit in zip(both, units, strict=True)),
                f"{max(done.peak for done in both) / 1e6:,.0f}",
                ", ".join(str(done.code) for done in both),
            )
        beside = [
            (done.seconds - worker) / unit for done, worker, unit in zip(clocked, workers, units, strict=True)
        ]
        inside = [worker / unit for worker, unit in zip(workers, units, strict=True)]
        for name, values in (("its worker, from its start to its answer", inside), ("all the rest", beside)):
            yield f"modelgate: {name}", *(f"{value:.1f}" for value in values), "", ""

    heads = ("times `python -c pass`", "harmless", "malicious", "MB", "exit codes")
    return table(heads, rows())


def with_jobs(path: Path) -> dict[str, Command]:
    """Our command with a worker for each core, and with one."""
    return {f"modelgate --jobs {n}": ours(path, "--jobs", str(n)) for n in (CORES, 1)}


def large(folder: Path, peers: Peers) -> str:
    """Large files: times, in units of loading them where that can be done, and peak memory."""

    def rows() -> Iterator[Sequence[str]]:
        for what in (*recipes.STREAMS, *recipes.CONTAINERS):
            path = make(folder, what)
            own: dict[str, Command] = {OURS: ours(path)}
            if what in recipes.STREAMS:
                own["loaded"] = [sys.executable, "-c", LOADER, path]
            done: dict[str, Run | None] = {**in_turns(own, LOADS)}
            mine = done[OURS]
            assert mine is not None
            record = json.loads(mine.printed)
            loaded = done.pop("loaded", None)
            done |= once(peers, path)
            unit = (loaded or mine).seconds
            times = [ratio(result, unit) for result in done.values()]
            yield (
                f"{what}: time",
                f"{loaded.seconds / unit:.1f}" if loaded else "",
                f"{record['seconds'] / unit:.2f}",
                *times,
                f"{record['bytes_read'] / record['size']:.3%}",
            )
            yield f"{what}: MB", memory(loaded), "", *map(memory, done.values()), ""
            path.unlink()

    heads = ("", "`pickle.load`", "modelgate, worker", "modelgate, process", *peers, "bytes read")
    return table(heads, rows())


def inside(folder: Path, peers: Peers) -> str:
    """The scan function alone, in a process that is warm: processor time."""
    command = peers[PICKLESCAN]
    python = Path(command[0]).parent / "python" if command else None

    def rows() -> Iterator[Sequence[str]]:
        for what in list(recipes.CONTAINERS)[:2]:
            path = make(folder, what)
            mine = run([sys.executable, HERE / "inside.py", "ours", path])
            other = run([python, HERE / "inside.py", "picklescan", path]) if python else None
            path.unlink()
            seconds = float(mine.printed)
            yield what, "1.0", "" if other is None else f"{float(other.printed) / seconds:.1f}"

    return table(("", "modelgate", PICKLESCAN), rows())


def many(folder: Path, peers: Peers) -> str:
    """A folder of small checkpoints with one worker, and with one for each core."""
    path = make(folder, recipes.FOLDER)

    def rows() -> Iterator[Sequence[str]]:
        own = in_turns(with_jobs(path), 2)
        unit = own[ALL_CORES].seconds
        for name, result in (own | once(peers, path)).items():
            busy = f"{result.processor / result.seconds:.2f}" if result and not result.broken else ""
            yield name, ratio(result, unit), busy, memory(result)

    return table(("", "time", "processors busy", "MB"), rows())


def scripts(folder: Path) -> str:
    """What source costs by length, and how many files that people wrote are done in a second."""
    by_length = run([sys.executable, HERE / "scripts.py"], patience=300).printed
    path = make(folder, recipes.SCRIPTS)
    files = len(list(path.iterdir()))
    rates = [
        f"| {name} | {files / result.seconds:.1f} | {result.processor / result.seconds:.2f} |"
        for name, result in in_turns(with_jobs(path), 2).items()
    ]
    heads = f"| {files} {recipes.SCRIPTS} | files a second | processors busy |\n|---|---:|---:|"
    return "\n".join([by_length, heads, *rates])
