"""Does the scanner see what the loaders did?"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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

_PLAIN = (str, bytes, int, type(None))
MEMORY = 1 << 30  # bytes on top of what this process has


def report(data: bytes, name: str = "checkpoint.bin") -> FileReport:
    """The scanner's report on one file, made in this process."""
    return examine(Blob((name,), BytesWindow(data)), Limits())


def names(stream: bytes) -> list[list[list[str]]]:
    """The globals that each pickle looks up, in order, as each reading of it has them; up to the pickle
    from which the scanner says that it cannot follow."""
    blob = Blob(("x",), BytesWindow(stream))
    seen = []
    for primary, others in reading.pickles(blob, Tokens(blob), Budget()):
        if primary.unresolved:
            break
        seen.append(
            [[f"{e.module}.{e.name}" for e in found.log if type(e) is Symbol] for found in (primary, *others)]
        )
    return seen


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
    told: list[Effect] | None = None
    seen = names(stream)
    for loader in oracle.LOADERS:
        traces = oracle.load(stream, loader)
        for trace, readings in zip(traces, seen, strict=False):
            if not any(known[: len(trace.names)] == trace.names for known in readings):
                yield f"{loader} looked up {trace.names}, the scanner {readings}"
        acting = [trace for trace in traces if trace.acts]
        if not acting:
            continue
        if told is None:
            told = [effect for effect in effects(stream) if effect.kind != "reference.held"]
        for trace in acting:
            if not incomplete:
                yield from _unseen(loader, trace, told)
            if said.verdict not in _enough(trace):
                yield f"{loader} called {trace.calls[:3]}, and the verdict is {said.verdict}"


def _unseen(loader: str, trace: Trace, told: list[Effect]) -> Iterator[str]:
    callees = {effect.callee for effect in told}
    calls: dict[str, list[tuple[Any, ...]]] = {}
    for path, args in trace.calls:
        if "()" not in path:
            calls.setdefault(knowledge().canonical(path), []).append(args)
    cut_short = trace.error is not None
    for path, handed in calls.items():
        known = [effect for effect in told if effect.callee == path]
        if not known:
            yield f"{loader} called {path}, the scanner saw {sorted(callees)}"
        # Calls of one loop stand at one place, and are told by the one of which most is known: perhaps one
        # that this load did not reach.
        elif not cut_short and not any(_fits(effect, args) for effect in known for args in handed):
            yield f"{loader} called {path} with {handed}, the scanner saw {[e.arguments for e in known]}"
    for path in dict.fromkeys(trace.writes):
        if knowledge().canonical(path) not in callees:
            yield f"{loader} wrote {path}, the scanner saw {sorted(callees)}"


def _fits(effect: Effect, args: tuple[Any, ...]) -> bool:
    """Whether what is known of an effect's arguments is what a call was really handed."""
    known = {argument.name: argument for argument in effect.arguments}
    for number, value in enumerate(args):
        if not isinstance(value, _PLAIN) or not known:
            continue
        shown = known.get(str(number))
        if shown is None or (shown.constant and repr(value) not in shown.text.split(" | ")):
            return False
    return True


def _enough(trace: Trace) -> tuple[Verdict, ...]:
    """The verdicts that do justice to what a load did."""
    if any(path.startswith(("os.", "posix.", "subprocess.")) for path, _ in trace.calls):
        return (Verdict.BLOCKED,)
    return (Verdict.BLOCKED, Verdict.REVIEW, Verdict.UNSCANNED, Verdict.NOTE)  # all but clean
