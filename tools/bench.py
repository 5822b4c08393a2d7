"""Measure the scanner side by side with Python itself and with other scanners, in one run.

Times of a shared machine mean little, so every figure that is kept is a ratio: to ``python -c pass`` for
a start, to plain ``pickle.load`` for a stream. Runs of different commands take turns, and the best of
each counts. Peers are installed into environments of their own under ``.cache/bench``; one that cannot be
installed, or does not finish, is reported as such. Writes ``docs/benchmarks.md``.
"""

import contextlib
import io
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import types
import venv
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
STARTS = 15  # runs of each command on the tiny file
PATIENCE = 60.0  # seconds for one run
TINY = b"cposix\nsystem\n(S'echo " + b"x" * 73 + b"'\ntR."
LOADER = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))"

# Name, requirements, and the command line in front of the file. fickling 0.1.12 forgets one of its own.
PEERS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("picklescan 1.0.5", ("picklescan==1.0.5",), ("picklescan", "--path")),
    ("fickling 0.1.12", ("fickling==0.1.12", "typing-extensions"), ("fickling", "--check-safety")),
    ("modelscan 0.8.8", ("modelscan==0.8.8",), ("modelscan", "-p")),
    ("modelaudit 0.2.54", ("modelaudit==0.2.54",), ("modelaudit", "scan")),
)
# Peers write files beside them and send statistics; so they run in a temporary folder, told not to.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1"}

Command = list[str | Path]


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds of wall clock, its exit code (None: out of time) and what it printed.

    ``broken`` says that it ended in an exception, whose exit code is 1 as well.
    """

    seconds: float
    code: int | None
    printed: str
    broken: bool = False


def run(command: Command) -> Run:
    start = time.perf_counter()
    try:
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Run(PATIENCE, None, "")
    seconds = time.perf_counter() - start
    broken = b"Traceback (most recent call last)" in done.stderr
    return Run(seconds, done.returncode, done.stdout.decode("utf-8", "replace"), broken)


def ours(path: Path) -> Command:
    return [sys.executable, "-m", "scanner", "scan", path, "--format", "jsonl"]


def install(requirements: tuple[str, ...]) -> Path | None:
    """The ``bin`` folder of an environment that holds these and nothing else, or None."""
    place = CACHE / requirements[0]
    if not (place / "ready").exists():
        venv.create(place, with_pip=True, clear=True)
        pip: Command = [place / "bin/python", "-m", "pip", "install", "--quiet", *requirements]
        if subprocess.run(pip, capture_output=True, timeout=300, check=False).returncode:
            return None
        (place / "ready").touch()
    return place / "bin"


def peers() -> dict[str, tuple[str | Path, ...] | None]:
    """The command line of each peer in front of the file; None for one that cannot be installed."""
    found: dict[str, tuple[str | Path, ...] | None] = {}
    for name, requirements, (program, *rest) in PEERS:
        folder = install(requirements)
        found[name] = None if folder is None else (folder / program, *rest)
    return found


# --- what is scanned -------------------------------------------------------------------------------


def mixed() -> bytes:
    """A list of two million numbers, texts and Nones."""
    return pickle.dumps([(n, n / 3, f"text {n}", None)[n % 4] for n in range(2_000_000)])


def nested() -> bytes:
    """Three hundred thousand dictionaries in a tree."""
    return pickle.dumps([{f"{n}-{m}": {"m": m} for m in range(999)} for n in range(300)])


def graph() -> bytes:
    """A million nodes: objects whose state is set, each with a link to an earlier one."""
    nodes: list[types.SimpleNamespace] = []
    for n in range(1_000_000):
        nodes.append(types.SimpleNamespace(id=n, parent=nodes[0] if nodes else None))
    return pickle.dumps(nodes)


def array() -> bytes:
    """One array of 100 MB."""
    return pickle.dumps(numpy.zeros(100_000_000, numpy.uint8), protocol=4)


STREAMS: dict[str, Callable[[], bytes]] = {
    "2 M mixed values in a list": mixed,
    "300 K nested dictionaries": nested,
    "1 M objects in a graph": graph,
    "one array of 100 MB": array,
}


class _Sparse(io.FileIO):
    """A file in which runs of zeros become holes, so that a gigabyte of weights takes no disk."""

    def write(self, data: Any) -> int:
        if len(data) > 1 << 16 and not any(memoryview(data)[:64]):
            self.seek(len(data), os.SEEK_CUR)
            return len(data)
        return super().write(data)


def checkpoint(path: Path, tensors: int = 2_000, size: int = 1 << 19) -> None:
    """What ``torch.save`` writes for a state dictionary of zeros, without torch."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild(*_: object) -> None: ...

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})  # type: ignore[attr-defined]
    torch._utils = utils  # type: ignore[attr-defined]

    class Storage:
        def __init__(self, key: int) -> None:
            self.key = key

    class Tensor:
        def __init__(self, key: int) -> None:
            self.key = key

        def __reduce__(self) -> tuple[object, ...]:
            return rebuild, (Storage(self.key), 0, (size // 4,), (1,), False, {})

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: object) -> object:
            if not isinstance(obj, Storage):
                return None
            return "storage", torch.FloatStorage, str(obj.key), "cpu", size // 4

    sys.modules |= {"torch": torch, "torch._utils": utils}
    stream = io.BytesIO()
    Pickler(stream, protocol=2).dump({f"layer.{n}.weight": Tensor(n) for n in range(tensors)})
    del sys.modules["torch"], sys.modules["torch._utils"]
    zeros = bytes(size)
    with _Sparse(path, "w") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", stream.getvalue())
        archive.writestr("archive/byteorder", "little")
        for n in range(tensors):
            archive.writestr(f"archive/data/{n}", zeros)
        archive.writestr("archive/version", "3\n")


# --- the tables ------------------------------------------------------------------------------------


def starts(folder: Path, others: dict[str, tuple[str | Path, ...] | None]) -> Iterator[str]:
    """The whole process on a tiny file, in units of Python's own start."""
    path = folder / "tiny.pkl"
    path.write_bytes(TINY)
    commands: dict[str, Command] = {
        "`python -c pass`": [sys.executable, "-c", "pass"],
        "**modelgate**": ours(path),
    }
    commands.update((name, [*command, path]) for name, command in others.items() if command)
    for command in commands.values():
        run(command)  # what is compiled at the first import is not what is measured
    best: dict[str, Run] = {}
    for _ in range(STARTS):
        for name, command in commands.items():
            best[name] = min(run(command), best.get(name, Run(PATIENCE, None, "")), key=lambda r: r.seconds)
    unit = best["`python -c pass`"].seconds
    yield "| | times `python -c pass` | exit code |"
    yield "|---|---:|---:|"
    for name, result in best.items():
        code = "breaks down" if result.broken else result.code
        yield f"| {name} | {result.seconds / unit:.1f} | {code} |"
    for name in (name for name, command in others.items() if command is None):
        yield f"| {name} | cannot be installed | |"


def bulk(folder: Path, picklescan: tuple[str | Path, ...] | None) -> Iterator[str]:
    """Large files, in units of loading them, with the share of their bytes that we read."""
    yield "| | size | `pickle.load` | modelgate, process | modelgate, worker | picklescan | bytes read |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, make in STREAMS.items():
        path = folder / "stream.pkl"
        path.write_bytes(make())
        yield row(name, path, [sys.executable, "-c", LOADER, path], picklescan)
    path = folder / "checkpoint.pt"
    checkpoint(path)
    yield row("PyTorch ZIP, 2,000 tensors", path, None, picklescan)


def row(name: str, path: Path, loader: Command | None, picklescan: tuple[str | Path, ...] | None) -> str:
    """One file, three ways. Without a loader the unit is our own time."""
    loaded = min((run(loader) for _ in range(2)), key=lambda r: r.seconds) if loader else None
    scanned = min((run(ours(path)) for _ in range(2)), key=lambda r: r.seconds)
    record = json.loads(scanned.printed)
    other = run([*picklescan, path]) if picklescan else None
    unit = loaded.seconds if loaded else scanned.seconds
    print(f"{name}: {record['verdict']}, {scanned.seconds:.2f} s; unit {unit:.2f} s", file=sys.stderr)
    cells = [
        name,
        f"{path.stat().st_size / 1e6:,.0f} MB",
        "1.0" if loaded else "",
        f"{scanned.seconds / unit:.2f}",
        f"{record['seconds'] / unit:.2f}",
        ""
        if other is None
        else f"> {PATIENCE / unit:.0f}"
        if other.code is None
        else f"{other.seconds / unit:.1f}",
        f"{record['bytes_read']:,} ({record['bytes_read'] / record['size']:.2%})",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    others = peers()
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        start_table = "\n".join(starts(folder, others))
        bulk_table = "\n".join(bulk(folder, others[PEERS[0][0]]))
    page = f"""# Benchmarks

Written by `make bench`. Every figure is a ratio of wall clocks measured in the same run, the commands taking
turns, the best run of each; the absolute times depend on the machine.

## A start

The whole process on a {len(TINY)}-byte malicious pickle. Exit code 1 says that it was found.

{start_table}

## Large files

Harmless ones, because those are what a gate reads all day. The unit is a process that does nothing but
`pickle.load`; for the PyTorch ZIP, which needs torch to be loaded, it is our own scan. "Worker" is the scan
itself, without the start of two interpreters and the report. `>` marks a run that was given up. Bytes read
are counted at every read: what two readers look at counts twice.

{bulk_table}
"""
    PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
