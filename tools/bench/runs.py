"""One process with all that it starts, measured: wall clock, processor time, memory at the peak."""

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 15.0  # seconds for one run of another scanner
TICK = 0.02  # seconds between two looks at the memory
ROOM = 6 << 30  # bytes of address space for one process: a peer that wants more must not take it from others
# Peers send statistics unless they are told not to, and nobody should compile his modules at every start.
_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPATH": str(ROOT),
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "NO_ANALYTICS": "1",
}

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of wall clock and of processors, peak resident bytes, exit code (None: out of time) and what
    was printed. ``broken`` says that it ended in an exception, whose exit code is 1 as well."""

    seconds: float
    processor: float
    peak: int
    code: int | None
    printed: str
    broken: bool = False


def run(command: Command, patience: float = PATIENCE) -> Run:
    """Run ``command`` until it ends or patience does."""
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complained:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=complained,
            start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM)),  # noqa: PLW1509
        )
        watch = _Watch(process.pid, patience)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        watch.end()
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        complained.seek(0)
        return Run(
            seconds,
            usage.ru_utime + usage.ru_stime,
            max(usage.ru_maxrss * 1024, watch.peak),
            None if watch.late else process.returncode,
            printed.read().decode("utf-8", "replace"),
            b"Traceback (most recent call last)" in complained.read(),
        )


class _Watch(threading.Thread):
    """Looks at the memory of a process and of its descendants, and ends it when it is late."""

    def __init__(self, pid: int, patience: float) -> None:
        super().__init__(daemon=True)
        self.peak, self.late = 0, False
        self._pid, self._patience, self._over = pid, patience, threading.Event()

    def run(self) -> None:
        deadline = time.monotonic() + self._patience
        while not self._over.wait(TICK):
            self.peak = max(self.peak, sum(map(_resident, _family(self._pid))))
            if time.monotonic() > deadline:
                self.late = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._pid, signal.SIGKILL)
                return

    def end(self) -> None:
        self._over.set()
        self.join()


def _family(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


def in_turns(commands: Mapping[str, Command], times: int) -> dict[str, Run]:
    """The fastest of ``times`` runs of each command, the commands taking turns."""
    best: dict[str, Run] = {}
    for _ in range(times):
        for name, command in commands.items():
            done = run(command, 4 * PATIENCE)
            if name not in best or done.seconds < best[name].seconds:
                best[name] = done
    return best
