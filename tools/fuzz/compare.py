"""Does the scanner see what the loaders did?"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.analysis import analyse
from scanner.blob import Blob, BytesWindow, Fragment
from scanner.examine import examine
from scanner.facts import Effect
from scanner.finding import FileReport, Verdict
from scanner.ir import Program
from scanner.knowledge.tables import knowledge
from scanner.languages import pickle
from scanner.languages.pickle import reading
from scanner.languages.pickle.stream import Tokens
from scanner.languages.pickle.symbols import Symbol
from scanner.limits import Budget, Limits
from scanner.site import Trigger
from tools.fuzz import oracle
from tools.fuzz.standins import Trace

MEMORY = 1 << 30  # bytes on top of what this process has


def report(data: bytes, name: str = "checkpoint.bin") -> FileReport:
    """The scanner's report on one file, made in this process."""
    return examine(Blob((name,), BytesWindow(data)), Limits())


def names(stream: bytes) -> list[list[str]]:
    """The globals that the first pickle looks up, in order, as each reading of it has them; up to the
    point from which the scanner says that it cannot follow."""
    blob = Blob(("x",), BytesWindow(stream))
    primary, others = reading.read(blob, 0, Tokens(blob))
    if primary.unresolved:
        return []
    return [[f"{e.module}.{e.name}" for e in found.log if type(e) is Symbol] for found in (primary, *others)]


def effects(stream: bytes) -> list[Effect]:
    """What the scanner says that loading does."""
    budget = Budget()
    fragment = Fragment("pickle", Blob(("x",), BytesWindow(stream)), Trigger.LOAD)
    found = []
    for program in pickle.lower(fragment, budget):
        if isinstance(program, Program):
            found += [e for e in analyse(program, knowledge(), budget) if isinstance(e, Effect)]
    return found


def differences(stream: bytes) -> list[str]:
    """What a real load did and the scanner did not see, in words; nothing when all is well."""
    with bounded():
        return list(_differences(stream))


@contextmanager
def bounded() -> Iterator[None]:
    """As little memory as a worker has: a memo index may ask the C machine for any amount."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _differences(stream: bytes) -> Iterator[str]:
    said = report(stream)
    if said.failure is not None:
        yield f"failure: {said.failure}"
        return
    incomplete = any(finding.rule == "incomplete-analysis" for finding in said.findings)
    told: set[str] | None = None
    seen = names(stream)
    for loader in oracle.LOADERS:
        trace = oracle.load(stream, loader)
        if seen and not any(known[: len(trace.names)] == trace.names for known in seen):
            yield f"{loader} looked up {trace.names}, the scanner {seen}"
        if not trace.acts:
            continue
        if told is None:
            told = {effect.callee for effect in effects(stream) if effect.kind != "reference.held"}
        if not incomplete:
            yield from _unseen(loader, trace, told)
        if said.verdict not in _enough(trace):
            yield f"{loader} called {trace.calls[:3]}, and the verdict is {said.verdict}"


def _unseen(loader: str, trace: Trace, told: set[str]) -> Iterator[str]:
    for path in dict.fromkeys(path for path, _ in trace.calls):
        if knowledge().canonical(path) not in told and "()" not in path:
            yield f"{loader} called {path}, the scanner saw {sorted(told)}"
    for path in dict.fromkeys(trace.writes):
        if knowledge().canonical(path) not in told:
            yield f"{loader} wrote {path}, the scanner saw {sorted(told)}"


def _enough(trace: Trace) -> tuple[Verdict, ...]:
    """The verdicts that do justice to what a load did."""
    if any(path.startswith(("os.", "posix.", "subprocess.")) for path, _ in trace.calls):
        return (Verdict.BLOCKED,)
    return (Verdict.BLOCKED, Verdict.REVIEW, Verdict.UNSCANNED, Verdict.NOTE)  # all but clean
