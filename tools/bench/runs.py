"""One process, measured: its wall clock, and the peak memory of the largest process in it."""

import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0  # seconds for one run
ROOM = 6 << 30  # bytes of address space for one process: a peer that wants more must not take it from others
# Peers send statistics unless they are told not to.
_ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "NO_ANALYTICS": "1",
}

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of wall clock, peak resident bytes, exit code (None: out of time) and what was printed.

    ``broken`` says that it ended in an exception, whose exit code is 1 as well.
    """

    seconds: float
    peak: int
    code: int | None
    printed: str
    broken: bool = False


def run(command: Command) -> Run:
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
        timer = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        in_time = timer.is_alive()
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        complained.seek(0)
        return Run(
            seconds,
            usage.ru_maxrss * 1024,
            process.returncode if in_time else None,
            printed.read().decode("utf-8", "replace"),
            b"Traceback (most recent call last)" in complained.read(),
        )


def in_turns(commands: Mapping[str, Command], times: int) -> dict[str, Run]:
    """The fastest of ``times`` runs of each command, the commands taking turns."""
    best: dict[str, Run] = {}
    for _ in range(times):
        for name, command in commands.items():
            done = run(command)
            if name not in best or done.seconds < best[name].seconds:
                best[name] = done
    return best
