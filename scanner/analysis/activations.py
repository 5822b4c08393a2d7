"""Calls of the program's own functions: each with its arguments, as often as they tell something new.

Calls that are alike share one result. A function that is called while it is running gives what is known
of its result so far, and runs once more when that was not all. Calls too far inside others wait until
those have ended, so that however deep something is hidden, it is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct, field

from scanner.analysis.containers import inside
from scanner.analysis.here import Frame
from scanner.analysis.operators import bind
from scanner.analysis.scope import Scope
from scanner.analysis.values import (
    STEPS,
    UNKNOWN,
    Box,
    ClassObject,
    Closure,
    Generator,
    Instance,
    Value,
    const,
    join,
    made,
)  # fmt: skip
from scanner.ir import SENT
from scanner.site import Site, Step

if TYPE_CHECKING:
    from scanner.analysis.machine import Machine

DEPTH = 32  # activations, one inside the other
RECURSION = 2  # activations of the same function
ROUNDS = 8  # of one that calls itself, until its result is all there is to it
REPEATED = 64  # calls at the top, because of what was too deep
CONTEXTS = 16  # calls of one function that are told apart
CONSTANT = 16_384  # and of all functions, on constants alone

Key = tuple[object, ...]


class Call(Struct, eq=False):
    """A call of a function of the program: who calls, from where, what, with what. ``sent`` is what the
    ``yield`` expressions of a generator give."""

    caller: Frame
    site: Site | None
    closure: Closure
    args: Sequence[Value]
    kwargs: dict[str, Value]
    sent: Value = UNKNOWN

    def kept(self) -> Call:
        """The same, without what its caller's registers hold."""
        caller = self.caller
        frame = Frame(caller.module, caller.scope, caller.trigger, caller.steps)
        return Call(frame, self.site, self.closure, self.args, self.kwargs, self.sent)

    @property
    def given(self) -> list[Value]:
        """The positional arguments, the object that a method is bound to included."""
        receiver = self.closure.receiver
        return [*self.args] if receiver is None else [receiver, *self.args]

    def handed(self) -> Value:
        """Any one of the values that the function is handed."""
        return join([*self.given, *self.kwargs.values(), self.sent])


class Waiting(Struct, eq=False):
    """A call that is too deep for now, what its callers take it to give, and all those ``above`` it."""

    key: Key
    call: Call
    assumed: Value
    above: tuple[Summary, ...]


class Summary(Struct, eq=False):
    """What calls that are alike give: all of it, or so far while one of them is ``running``. Who has
    ``asked`` meanwhile may have been told less than all, and so may those that were running then."""

    key: Key
    call: Call
    result: Value
    running: bool = True
    asked: bool = False
    misled: dict[int, Key] = field(default_factory=dict)


class Activations:
    """The calls of one machine: those that are running, those that have ended, those that wait."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.running: list[Summary] = []
        self.summaries: dict[Key, Summary] = {}
        self.waiting: list[Waiting] = []
        self.repeated = 0
        self._contexts: dict[int, int] = {}
        self._constant = 0

    def follow(self, call: Call) -> Value:
        """Run a function; its results joined."""
        self.machine.reached.add(id(call.closure.function))
        key = self._context(call)
        known = self.summaries.get(key)
        if known is not None:
            return self._so_far([known]) if known.running else known.result
        given = call.handed()
        passed = Value(parts=given.parts, sources=given.sources)
        same = [s for s in self.running if s.call.closure.function is call.closure.function]
        if len(same) >= RECURSION:
            return join([passed, self._so_far(same)])
        if len(self.running) >= DEPTH:
            self.waiting.append(Waiting(key, call.kept(), passed, tuple(self.running)))
            self.summaries[key] = Summary(key, call, passed, running=False)
            return passed
        summary = self.summaries[key] = Summary(key, call, passed)
        self.running.append(summary)
        try:
            summary.result = self._settled(summary, call)
        finally:
            self.running.pop()
            summary.running = False
        return summary.result

    def catch_up(self) -> None:
        """Follow the calls that had to wait, and those above them once more if they were told too little."""
        while self.waiting:
            late = self.waiting.pop()
            self.summaries.pop(late.key, None)
            if self._telling(self.follow(late.call)) <= self._telling(late.assumed):
                continue
            top = late.above[0]
            for summary in late.above:
                self.summaries.pop(summary.key, None)
            self.repeated += 1
            told = self._telling(top.result)
            if self.repeated > REPEATED or not self._telling(self.follow(top.call)) <= told:
                self._exceeded(f"what calls return that are more than {DEPTH} deep", late.call.site)

    def _so_far(self, summaries: list[Summary]) -> Value:
        """What is known of the results of functions that are running."""
        for summary in summaries:
            summary.asked = True
            inner = self.running[self.running.index(summary) + 1 :]
            summary.misled.update((id(s), s.key) for s in inner)
        return join([summary.result for summary in summaries])

    def _settled(self, summary: Summary, call: Call) -> Value:
        """The result, once those who asked for it while it was running have been told all of it."""
        for _ in range(ROUNDS):
            summary.asked = False
            result = self._run(call)
            if not summary.asked or self._telling(result) <= self._telling(summary.result):
                return result
            summary.result = join([summary.result, result])
            for key in summary.misled.values():
                self.summaries.pop(key, None)
            summary.misled.clear()
        self._exceeded(f"what {call.closure.function.name} returns to itself", call.site)
        return summary.result

    def _run(self, call: Call) -> Value:
        closure, caller = call.closure, call.caller
        function, steps = closure.function, caller.steps
        if call.site is not None and len(steps) < STEPS:
            steps = (*steps, Step(call.site, f"calls {function.name}"))
        frame = Frame(closure.module, Scope(function, closure.scope), caller.trigger, steps)
        bind(frame.scope, function, closure.defaults, call.given, call.kwargs)
        if call.sent is not UNKNOWN:
            frame.scope.set(SENT, call.sent)
        self.machine.execute(frame, function.body)
        if frame.yielded:
            made_by = Generator(closure, tuple(call.args), call.kwargs)
            values = Box("list", frame.yielded, exact=not frame.inexact, generator=made_by)
            frame.results.append(made(values))
        return join(frame.results) if frame.results else const(None)

    def _context(self, call: Call) -> Key:
        """What tells this call from others: calls alike in it share one result.

        After :data:`CONTEXTS` different ones a function is taken to be the same for all callers who
        hand it the same kinds of taint, unless what they hand it is telling.
        """
        function, trigger = id(call.closure.function), call.caller.trigger
        values = [*[("", v) for v in call.given], *call.kwargs.items()]
        seen = self._contexts.get(function, 0)
        if seen >= CONTEXTS and (self._constant >= CONSTANT or not all(v.known for _, v in values)):
            given = call.handed()
            if not any(self.machine.recorder.indicators(t) for t in given.texts):
                names = frozenset(map(self._meaning, given.names))
                return function, trigger, frozenset(s.kind for s in given.sources), names, _own(given)
        values.append(("", call.sent))
        key = function, id(call.closure.scope), trigger, tuple([(k, outline(v)) for k, v in values])
        if key not in self.summaries:
            self._contexts[function] = seen + 1
            self._constant += seen >= CONTEXTS
        return key

    def _telling(self, value: Value) -> set[object]:
        """What of a value others may be waiting for."""
        held = list(inside(value))
        found: set[object] = {s.kind for v in held for s in v.sources}
        found.update(n for v in held for n in v.names if not n.endswith(")"))
        found.update(id(o.function) for v in held for o in v.objects if isinstance(o, Closure))
        texts = (c for v in held for c in v.consts if isinstance(c, str))
        found.update(i for text in texts for i in self.machine.recorder.indicators(text))
        return found

    def _meaning(self, name: str) -> str:
        """What a name is to a function that is called often: an API, or whose it is."""
        knowledge = self.machine.knowledge
        canonical = knowledge.canonical(name)
        return canonical if knowledge.effect(name) else ".".join(canonical.split(".", 2)[:2])

    def _exceeded(self, what: str, site: Site | None) -> None:
        site = site or self.machine.main.program.site(1)
        self.machine.exceeded[site, f"{what} is not followed to the end"] = None


def _own(value: Value) -> frozenset[int]:
    """Which functions and objects of the program a value may be."""
    functions = [id(o.function) for o in value.objects if isinstance(o, Closure)]
    return frozenset([*functions, *(id(o) for o in value.objects if isinstance(o, Instance | ClassObject))])


def outline(value: Value, depth: int = 0) -> tuple[object, ...]:
    """What tells two values apart when the same function is called with them; hashable.

    Containers and closures are new objects each time, so it is their content that counts.
    """
    things: list[object] = []
    for thing in value.objects:
        match thing:
            case Box() if depth < 2:
                inner = [*thing.items[:8], *islice(thing.entries.values(), 8)]
                sizes = (thing.kind, thing.exact, len(thing.items), tuple(islice(thing.entries, 8)))
                things.append((sizes, tuple(outline(i, depth + 1) for i in inner)))
            case Box():
                things.append(thing.kind)
            case Closure():
                things.append(
                    (thing.function.name, None if thing.receiver is None else len(thing.receiver.objects))
                )
            case _:
                things.append(thing)
    return value.consts, value.names, tuple(things), value.parts, frozenset(s.kind for s in value.sources)
