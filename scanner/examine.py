"""One artifact, from its bytes to its report.

A worklist of three kinds of things runs until it is empty. A *blob* is identified by content and
unwrapped by every format that accepts it; a *fragment* of code is lowered by its language; a *program*
is analysed, which may find more code in its constants. Each step is a generator that is drained
depth-first, so what comes out is in reading order, streams are read forwards, and memory holds one
path through the artifact, not all of its parts.

Whatever stops a step (a broken format, a spent budget) ends that step alone and leaves a fact.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from scanner import garbage, looks
from scanner.analysis import analyse, importing, linker, patterns
from scanner.blob import MEMBER, Alone, Blob, Fragment, Neighbours, Numbers, RemoteWindow, Window
from scanner.errors import Malformed, OverBudget
from scanner.evidence import Evidence
from scanner.facts import Anomaly, Effect, Facts, Flow, Match
from scanner.finding import FileReport, Finding
from scanner.formats import HEAD, PLAIN, complete, identify, may_be_more, opening, polyglots
from scanner.formats._buried import buried, may_hide
from scanner.home import at_home, through, worst_first
from scanner.knowledge.patterns import Source
from scanner.knowledge.tables import knowledge
from scanner.languages import language
from scanner.limits import Budget, Limits
from scanner.members import Members
from scanner.rules import judge
from scanner.site import Site
from scanner.weights import described

if TYPE_CHECKING:
    from scanner.analysis.linking import Linker
    from scanner.ir import Program

# The share of the time after which no new work begins: what was found until then can still be judged
# and told before the parent ends this process, so that slow work cannot hide what came before it.
_PATIENCE = 0.8
_FRAMES = 4  # calls shown of a failure

Item: TypeAlias = "Blob | Numbers | Fragment | Program | Effect | Flow | Anomaly | Match"


def examine(
    blob: Blob,
    limits: Limits,
    neighbours: Neighbours | None = None,
    users: tuple[str, ...] = (),
    added: tuple[Source, ...] = (),
) -> FileReport:
    """Everything there is to say about the top-level artifact ``blob`` within ``limits``.

    ``neighbours`` are the files of its tree that its code may import. What those do is told as its own.
    ``users`` are the paths of some that may import it in turn: what they do by it is told here, too.
    ``added`` are heuristic patterns of the user's beside ours; they have been checked.

    Never raises for what the artifact contains: a defect of our own becomes ``failure``, beside the
    findings that were made in spite of it.
    """
    start = time.monotonic()
    budget = Budget(limits, deadline=start + limits.seconds * _PATIENCE)
    work = _Examination(budget, neighbours or Alone(), added)
    opened = Blob(blob.trail, _Metered(blob.window, work.budget), blob.trigger, blob.steps, blob.expected)
    with garbage.seldom():
        work.run(opened)
    findings = list(at_home(work.judge(blob.site), blob.site))
    findings += work.used(users, blob.site, findings)
    return FileReport(
        path=blob.site.path,
        findings=worst_first(findings),
        formats=tuple(work.facts.formats),
        size=blob.size,
        bytes_read=work.budget.spent.get("read", 0),
        seconds=time.monotonic() - start,
        failure=work.failure,
        beyond=tuple(work.link.unfollowed) if work.link else (),
    )


class _Metered(Struct, eq=False):
    """A window whose bytes are counted against the budget; its head, which everybody wants, once."""

    window: Window
    budget: Budget
    head: bytes | None = None

    @property
    def size(self) -> int:
        return self.window.size

    def read_at(self, offset: int, count: int) -> bytes:
        end = min(offset + count, self.size)
        if end > HEAD:
            return self._fetch(offset, count)
        if self.head is None:
            self.head = self._fetch(0, HEAD)
        return self.head[offset:end]

    def _fetch(self, offset: int, count: int) -> bytes:
        if not isinstance(self.window, RemoteWindow):
            data = self.window.read_at(offset, count)
        else:  # the wait is not the artifact's doing
            asked = time.monotonic()
            data = self.window.read_at(offset, count)
            self.budget.deadline += time.monotonic() - asked
        self.budget.spend("read", len(data))
        return data


class _Step(Struct, frozen=True):
    """Something that is being taken apart: what comes out of it, where it is, and who reads it."""

    inside: Iterator[Item]
    trail: tuple[str, ...]
    reader: str = ""


class _Examination(Struct):
    """The state of the work on one artifact."""

    budget: Budget
    neighbours: Neighbours
    patterns: tuple[Source, ...] = ()
    archives: dict[str, Blob] = field(default_factory=dict)  # that are being read, by their paths
    link: "Linker | None" = None
    facts: Facts = field(default_factory=Facts)
    evidence: Evidence = field(default_factory=Evidence)
    failure: str | None = None
    exceeded: set[str] = field(default_factory=set)

    def run(self, blob: Blob) -> None:
        stack = [_Step(self._unwrap(blob), blob.trail)]
        while stack:
            step = stack[-1]
            try:
                item = next(step.inside, None)
            except Exception as error:
                self._fault(error, step.trail, step.reader)
                item = None
            match item:
                case None:
                    stack.pop()
                case Numbers() as numbers:
                    stack.append(_Step(self._more_than_numbers(numbers), numbers.trail))
                case Blob() | Fragment():
                    if inner := self._open(item):
                        stack.append(inner)
                case Effect() as effect:
                    self.facts.effects.append(effect)
                case Flow() as flow:
                    self.facts.flows.append(flow)
                case Anomaly() as anomaly:
                    self.facts.anomalies.append(anomaly)
                case Match() as match:
                    self.facts.matches.append(match)
                case program:
                    stack.append(_Step(self._analyse(program), program.trail, program.language))

    def _findings(self) -> list[Finding]:
        return [finding for facts in self.facts.apart() for finding in judge(facts)]

    def judge(self, site: Site) -> list[Finding]:
        """The findings with their evidence, and never none because a rule broke down."""
        try:
            findings = self._findings()
        except Exception as error:
            self.failure = self.failure or account(error)
            return judge(Facts(anomalies=[Anomaly("over-budget", "the rules could not be applied", site)]))
        try:
            doubts = list(self.evidence.doubts(findings, self.budget.deadline))
            self.facts.anomalies += doubts
            findings = self._findings() if doubts else findings
            return [self.evidence.attach(finding) for finding in findings]
        except Exception as error:
            self.failure = self.failure or account(error)
            return findings

    def used(self, users: tuple[str, ...], home: Site, own: list[Finding]) -> list[Finding]:
        """What files that import this one do by it."""
        found: list[Finding] = []
        for blob in importing(users, home.path, self.neighbours):
            user = _Examination(self.budget, self.neighbours, link=self.link)
            user.run(blob)
            self.failure = self.failure or user.failure
            found += through(user.judge(blob.site), home, own)
        return found

    def _open(self, item: Blob | Fragment) -> _Step | None:
        """The way on from a thing; none where it is known to end."""
        trail = item.trail
        if len(trail) > self.budget.limits.depth:
            self._over_budget(f"nested more than {self.budget.limits.depth} deep", trail)
        elif isinstance(item, Fragment):
            return _Step(self._lower(item), trail)
        elif not (item.raw and self._only_numbers(item)):
            return _Step(self._unwrap(item), trail)
        return None

    def _more_than_numbers(self, numbers: Numbers) -> Iterator[Blob]:
        """Those of which something may come, each as a blob of its own."""
        quiet = 0
        for run in numbers.runs:
            if may_hide(run.head) or (may_be_more(run) and identify(numbers.part(run), run.head)):
                yield numbers.part(run)
            else:
                quiet += 1
        self.budget.spend("parts", quiet)

    def _only_numbers(self, blob: Blob) -> bool:
        """Whether nothing comes of what a loader reads as numbers: a checkpoint has thousands of those."""
        try:
            head = opening(blob)
            if blob.steps or blob.expected or may_hide(head) or identify(blob, head):
                return False
            self.budget.spend("parts")
        except Exception as error:
            self._fault(error, blob.trail)
        return True

    def _guard(self, inside: Iterator[Item], trail: tuple[str, ...], reader: str = "") -> Iterator[Item]:
        """``inside``, and a fact in place of whatever goes wrong on the way."""
        try:
            yield from inside
        except Exception as error:
            self._fault(error, trail, reader)

    def _fault(self, error: Exception, trail: tuple[str, ...], reader: str = "") -> None:
        name = f"{reader}: " if reader else ""
        match error:
            case Malformed():
                self.facts.anomalies.append(Anomaly("malformed", f"{name}{error}", Site(trail)))
            case OverBudget() | RecursionError() | MemoryError():
                self._over_budget(f"{name}{_SPENT.get(type(error), error)}", trail)
            case _:
                self.failure = self.failure or account(error)

    def _unwrap(self, blob: Blob) -> Iterator[Item]:
        key = MEMBER.join(blob.trail)
        self.archives[key] = blob
        try:
            yield from self._parts(blob)
        finally:
            del self.archives[key]

    def _parts(self, blob: Blob) -> Iterator[Item]:
        self.budget.spend("parts")
        head = opening(blob)
        matching = identify(blob, head)
        names = [found.NAME for found in matching]
        self.facts.formats += [name for name in names if name not in self.facts.formats]
        if not names and len(blob.trail) == 1:
            if weights := described(blob, self.neighbours, self.budget):
                self.facts.formats.append(weights.name)
                yield from weights.parts(blob)
                return
            kind = "unsupported" if blob.size else "empty"
            yield Anomaly(kind, f"no reader recognises this file: {looks.like(blob)}", blob.site)
        elif blob.expected and blob.expected not in names:
            seen = " and ".join(names) or looks.like(blob)
            yield Anomaly("mismatch", f"{blob.expected} is expected here, but this is {seen}", blob.site)
        fitting = patterns.in_blob(blob, names, self.patterns, self.budget.limits)
        yield from self._guard(fitting, blob.trail, "patterns")
        yield from polyglots(blob, matching)
        opened, faults = complete(matching), len(self.facts.anomalies)
        for found in matching:
            for part in self._guard(found.unwrap(blob, self.budget), blob.trail, found.NAME):
                opened = opened or (isinstance(part, (Blob, Fragment)) and found.NAME not in PLAIN)
                yield part
        broken = any(
            a.kind == "malformed" and a.site.trail == blob.trail for a in self.facts.anomalies[faults:]
        )
        if broken or not opened:  # what a broken one says that it holds may not be all
            yield from self._guard(buried(blob, head, self.budget), blob.trail)

    def _lower(self, fragment: Fragment) -> Iterator[Item]:
        self.budget.spend("parts")
        reader = language(fragment.language)
        if reader is None:
            yield Anomaly("unsupported", f"no reader for code in {fragment.language}", fragment.site)
            return
        told = self.facts.count
        inside = () if fragment.ran else reader.lower(fragment, self.budget)
        yield from self._guard(iter(inside), fragment.trail, reader.NAME)
        if self.facts.count > told:
            self.evidence.keep(fragment)
        fitting = patterns.in_code(fragment, self.patterns, self.budget.limits)
        yield from self._guard(fitting, fragment.trail, "patterns")

    def _analyse(self, program: "Program") -> Iterator[Item]:
        if self.link is None:
            inside = Members(self.neighbours, self.budget.limits, self.archives)
            self.link = linker(inside, self.budget)
        yield from analyse(program, knowledge(), self.budget, self.link)

    def _over_budget(self, message: str, trail: tuple[str, ...]) -> None:
        """Once per message: a spent budget stays spent for all parts that follow."""
        if message not in self.exceeded:
            self.exceeded.add(message)
            self.facts.anomalies.append(Anomaly("over-budget", message, Site(trail)))


_SPENT: dict[type[BaseException], str] = {
    RecursionError: "nested too deeply",
    MemoryError: "more memory than allowed",
}


def account(error: BaseException) -> str:
    """Our own fault in one line, with the innermost calls, for a report to the maintainers."""
    import traceback  # noqa: PLC0415 - a defect is rare

    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    calls = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__}: {error} (in {calls})"
