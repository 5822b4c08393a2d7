"""Worker processes, seen from the parent: files out, reports in, and a clock.

The parent's memory and environment hold tokens, so a worker is a new program (exec, not fork) with an
empty environment and no descriptor but its end of a socket pair. The parent reads no artifact itself. A
worker that dies, stalls or talks nonsense costs its current file a finding and is replaced.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import stat
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from scanner import process, sandbox, wire
from scanner.finding import FileReport
from scanner.limits import Limits
from scanner.process import Started

if TYPE_CHECKING:
    from scanner.collect import Artifact

_START = 60.0  # seconds that a worker may take until it is locked down
_GRACE = 1.0  # seconds between a closed channel and the exit
_WAIT = 1200.0  # seconds of waiting for the network that are not held against one file
_TICK = 0.05  # seconds
_STILLBORN = 3  # workers that may fail to start before we give up


class _Worker(Struct):
    """One process, the file it is busy with, and what has come back so far."""

    process: Started
    channel: socket.socket
    started: float  # it, or the work on its file; seconds of the monotonic clock
    deadline: float
    ready: bool = False
    artifact: "Artifact | None" = None
    before: float = 0.0  # seconds that had been waited for the artifact's content by then
    size: int = 0
    given: set[str] = field(default_factory=set)  # paths of neighbours that it has been handed
    answer: bytearray = field(default_factory=bytearray)

    @property
    def waited(self) -> float:
        """Seconds that it has been kept waiting for the content of its file, which others serve."""
        return min(self.artifact.waited() - self.before, _WAIT) if self.artifact else 0.0

    @property
    def left(self) -> float:
        """Seconds until it is too late."""
        return self.deadline + self.waited - time.monotonic()


class Pool:
    """Up to ``jobs`` workers. Use it as a context manager: leaving it ends them all.

    ``layers`` names what has locked down every worker so far, None until the first one is up.
    ``bootstrap`` is the program that a worker runs, ``ahead`` a process that runs it already; ``patterns``
    are the user's, as names and texts of files of rules.
    """

    def __init__(
        self,
        limits: Limits,
        jobs: int,
        bootstrap: str = process.BOOTSTRAP,
        ahead: Started | None = None,
        patterns: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.layers: tuple[str, ...] | None = None
        self._limits = limits
        self._jobs = jobs
        self._bootstrap = bootstrap
        self._patterns = list(patterns)
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._stillborn: list[str] = []
        if ahead is not None:
            self._hire(ahead)

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in list(self._workers):
            self._bury(worker)
        self._selector.close()

    def scan(self, artifacts: Iterable["Artifact"]) -> Iterator[FileReport]:
        """A report on each artifact, in the order in which they are finished."""
        waiting: deque[Artifact] = deque()
        for artifact in artifacts:
            if artifact.problem is None:
                waiting.append(artifact)
            else:
                yield _unread(artifact.path, "unsupported", artifact.problem)
        while waiting or any(worker.artifact for worker in self._workers):
            while len(self._workers) < min(self._jobs, len(waiting) + self._busy()):
                if len(self._stillborn) >= _STILLBORN:
                    break
                self._hire(process.start(self._bootstrap))
            if not self._workers:
                yield from (_failed(artifact.path, self._stillborn[-1]) for artifact in waiting)
                return
            for worker in self._workers:
                while waiting and worker.ready and worker.artifact is None:
                    yield from self._assign(worker, waiting.popleft())
            yield from self._listen()

    def _hire(self, started: Started) -> None:
        """Take a process on: tell it limits and patterns, and wait for it among the others."""
        now = time.monotonic()
        channel = socket.socket(fileno=started.channel)
        worker = _Worker(started, channel, started=now, deadline=now + _START)
        self._workers.append(worker)
        self._selector.register(channel, selectors.EVENT_READ, worker)
        with contextlib.suppress(OSError):  # if it is dead already, listening will tell
            channel.sendall(_frame({"limits": asdict(self._limits), "patterns": self._patterns}))
        sandbox.hide()

    def _busy(self) -> int:
        return sum(worker.artifact is not None for worker in self._workers)

    def _assign(self, worker: _Worker, artifact: "Artifact") -> Iterator[FileReport]:
        """Hand the artifact over, or report at once why that is impossible."""
        try:
            descriptor = artifact.open()
        except OSError as error:
            yield _unread(artifact.path, "unsupported", f"cannot be opened: {error.strerror or error}")
            return
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISSOCK(status.st_mode):
                yield _unread(artifact.path, "unsupported", "not a regular file")
                return
            worker.artifact, worker.size, worker.given = artifact, status.st_size, set()
            worker.before = artifact.waited()
            worker.started = time.monotonic()
            worker.deadline = worker.started + self._limits.seconds
            request = {"path": artifact.path, "users": artifact.users()}
            socket.send_fds(worker.channel, [_frame(request)], [descriptor])
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has died in its sleep, which is what the next reading of its channel will say
        finally:
            os.close(descriptor)

    def _listen(self) -> Iterator[FileReport]:
        """Wait for the next answer or deadline, and deal with it."""
        busy = [worker for worker in self._workers if worker.artifact or not worker.ready]
        pause = max(_TICK, min(worker.left for worker in busy)) if busy else 0.0
        for key, _ in self._selector.select(pause):
            yield from self._hear(key.data)
        busy = [worker for worker in self._workers if worker.artifact or not worker.ready]
        for worker in [worker for worker in busy if worker.left <= 0]:
            yield from self._lose(worker, _late(worker))

    def _hear(self, worker: _Worker) -> Iterator[FileReport]:
        try:
            data = worker.channel.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            yield from self._lose(worker, None)
            return
        worker.answer += data
        length = int.from_bytes(worker.answer[:4], "big")
        if length > wire.MESSAGE:
            yield from self._lose(worker, "the worker's answer is too long")
        elif len(worker.answer) >= 4 + length:
            body = bytes(worker.answer[4:])
            worker.answer.clear()
            try:
                yield from self._take(worker, body)
            except ValueError as error:
                yield from self._lose(worker, f"the worker's answer cannot be believed: {error}")

    def _take(self, worker: _Worker, body: bytes) -> Iterator[FileReport]:
        """A whole answer: the greeting of a new worker, a question, or a report."""
        if worker.artifact is not None and (question := wire.wanted(body)) is not None:
            self._serve(worker, worker.artifact, *question)
        elif worker.artifact is not None:
            report = wire.decode(body, worker.artifact.path, worker.given)
            worker.artifact = None
            yield report
        elif not worker.ready:
            layers = _greeting(json.loads(body))
            self.layers = layers if self.layers is None else tuple(x for x in self.layers if x in layers)
            worker.ready = True
        else:
            raise ValueError("it was not asked")

    def _serve(self, worker: _Worker, artifact: "Artifact", paths: list[str], large: bool) -> None:
        """Hand over the first of the files beside the artifact that there is, or nothing."""
        largest = self._limits.constant if large else self._limits.neighbour
        for path in paths:
            with contextlib.suppress(OSError):
                descriptor = artifact.beside(path)
                try:
                    few = len(worker.given) < self._limits.neighbours
                    if few and os.fstat(descriptor).st_size <= largest:
                        worker.given.add(path)
                        _reply(worker.channel, path, [descriptor])
                    else:  # it is there, and that is all that is said
                        _reply(worker.channel, path, [])
                    return
                finally:
                    os.close(descriptor)
        _reply(worker.channel, None, [])

    def _lose(self, worker: _Worker, reason: str | None) -> Iterator[FileReport]:
        """Replace a worker; the file that it was busy with becomes a finding."""
        artifact, elapsed = worker.artifact, time.monotonic() - worker.started
        # A channel closes shortly before the exit behind it. What then goes on running is stuck.
        ending, last_words = self._bury(worker, grace=0.0 if reason else _GRACE)
        if not worker.ready:
            self._stillborn.append(f"no worker could be started: {last_words or reason or ending}")
        if artifact is not None:
            report = _unread(artifact.path, "lost", reason or ending, worker.size, elapsed)
            yield replace(report, failure=_defect(last_words)) if reason is None else report

    def _bury(self, worker: _Worker, grace: float = 0.0) -> tuple[str, str]:
        """End a process if it has not ended; how it did, and the last line that it printed."""
        self._workers.remove(worker)
        self._selector.unregister(worker.channel)
        worker.channel.close()
        status, last_words = worker.process.end(grace)
        return _ending(status), last_words


def _frame(message: dict[str, Any]) -> bytes:
    """A message as it goes to a worker: its length as four bytes, big endian, and JSON."""
    body = json.dumps(message).encode()
    return len(body).to_bytes(4, "big") + body


def _reply(channel: socket.socket, path: str | None, descriptors: list[int]) -> None:
    """Answer a question; ValueError when the worker asks without listening, which must not hold us up."""
    frame = _frame({"path": path})
    try:
        if socket.send_fds(channel, [frame], descriptors, socket.MSG_DONTWAIT) < len(frame):
            raise BlockingIOError
    except OSError as error:
        raise ValueError("it asks and does not listen") from error


def _late(worker: _Worker) -> str:
    """Why a worker is given up, with the share that the network has in it."""
    reason = f"not finished within {worker.deadline - worker.started:g} seconds"
    waited = worker.waited
    return f"{reason}, beside {waited:,.0f} of waiting for the network" if waited >= 1 else reason


def _greeting(record: Any) -> tuple[str, ...]:
    match record:
        case {"layers": [*layers]} if all(isinstance(layer, str) for layer in layers):
            return tuple(layer for layer in sandbox.expected() if layer in layers)
    raise ValueError("it does not say what it is")


def _ending(status: int) -> str:
    """How the exit status of a worker is told."""
    if status >= 0:
        return f"the worker gave up with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"the worker was ended by {name}"


def _defect(last_words: str) -> str | None:
    """What a worker printed at its end, unless it is what an artifact can bring about."""
    return None if last_words.startswith(("MemoryError", "RecursionError", "Fatal")) else last_words or None


def _unread(path: str, kind: str, message: str, size: int = 0, seconds: float = 0.0) -> FileReport:
    """A file that could not be examined to its end, as a finding of the file."""
    # Imported late, like all that a scan can do without: it is the parent that makes its worker wait.
    from scanner.facts import Anomaly, Facts  # noqa: PLC0415
    from scanner.rules import judge  # noqa: PLC0415
    from scanner.site import Site  # noqa: PLC0415

    findings = judge(Facts(anomalies=[Anomaly(kind, message, Site((path,)))]))
    return FileReport(path, tuple(findings), (), size, 0, seconds)


def _failed(path: str, failure: str) -> FileReport:
    return FileReport(path, (), (), 0, 0, 0.0, failure)
