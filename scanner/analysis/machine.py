"""The abstract machine: walks a program as its loader would and records what it does.

Calls of the program's own functions are followed (:mod:`activations`), branches are both taken (:mod:`flow`),
loops over known elements are unrolled and others run until nothing new reaches the next turn (:mod:`loops`).
Budgets bound all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner import ir
from scanner.analysis import calls, classes, subscripts
from scanner.analysis.activations import Activations, Call
from scanner.analysis.attributes import get_attribute
from scanner.analysis.here import Frame, Here
from scanner.analysis.inline import Piece
from scanner.analysis.linking import Linker
from scanner.analysis.loops import Shape
from scanner.analysis.operations import PERFORM
from scanner.analysis.record import Recorder
from scanner.analysis.scope import Module
from scanner.analysis.values import UNKNOWN, Closure, Value, join, named
from scanner.blob import Blob, Fragment
from scanner.facts import Anomaly, Source
from scanner.knowledge.tables import Knowledge
from scanner.limits import Budget
from scanner.site import Site, Step


class Machine:
    """Runs one program symbolically. ``recorder`` has the facts, ``nested`` the code in constants,
    ``modules`` the neighbours that it imports, by path, ``linked`` by the name they were imported by."""

    def __init__(self, program: ir.Program, knowledge: Knowledge, budget: Budget, linker: Linker) -> None:
        self.main = Module.of(program)
        self.knowledge = knowledge
        self.budget = budget
        self.linker = linker
        self.recorder = Recorder(knowledge)
        self.modules: dict[str, Module] = {}
        self.linked: dict[str, Module] = {}
        self.importing = 0
        self.initialised: set[str] = set()  # modules that data has imported
        self.inlined = 0
        self.written: dict[str, Value] = {}  # what the program puts into files, by path
        self.started: dict[str, Value] = {}  # command lines, by what starts them
        self.pieces: list[Piece] = []
        self.evaluated: dict[tuple[object, ...], Value] = {}
        self.handlers: list[Value] = []  # of what the program logs
        self.anomalies: list[Fragment | Blob | Anomaly] = []
        self.exceeded: dict[tuple[Site, str], None] = {}  # where which limit ended what is followed
        self.arms = 0
        self.unrolled = 0  # operations in loops whose every turn was run
        self.horizon: int | None = None  # and how many steps there may have been when they end
        self.shapes: dict[int, Shape] = {}  # of loops, by their identity
        self.nested: dict[tuple[object, ...], Blob | Fragment] = {}
        self.patched: dict[str, Value] = {}
        self.called: set[str] = set()
        self.referenced: dict[str, int] = {}
        self.activations = Activations(self)
        self.entered: set[int] = set()  # functions that a loader calls
        self.reached: set[int] = set()  # functions, by their identity

    def invoke(self, caller: Frame, closure: Closure, args: Sequence[Value], kwargs: dict[str, Value],
               site: Site | None, sent: Value = UNKNOWN) -> Value:  # fmt: skip
        """Run a function of the program on these arguments; its results joined."""
        return self.activations.follow(Call(caller, site, closure, args, kwargs, sent))

    # What models of calls may ask for

    def call(self, here: Here, callee: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call any value; for the models of calls."""
        return calls.apply(here, callee, args, kwargs)

    def build(self, here: Here, cls: Value, args: list[Value]) -> Value:
        """An instance of any value, without its initialiser; for the models of calls."""
        return calls.apply(here, cls, args, {}, new=True)

    def attribute(self, here: Here, base: Value, name: str) -> Value:
        """``base.name``; for the models of calls."""
        return get_attribute(here, base, name)

    def subscript(self, here: Here, base: Value, key: Value) -> Value:
        """``base[key]``; for the models of calls."""
        return subscripts.subscript(here, base, key)

    def hand_over(self, here: Here, values: Sequence[Value]) -> None:
        """Objects of the program get where something may call what they implement; for the models."""
        if any(v.objects for v in values):
            classes.handed(here, values)

    def execute(self, frame: Frame, body: ir.Body) -> None:
        """Run operations one after the other."""
        self.budget.spend("steps", len(body))
        for op in body:
            PERFORM[type(op)](self, frame, op)

    def global_name(self, here: Here, name: str) -> Value:
        """An importable thing, as this program has left it."""
        if here.frame.module is self.main and here.frame.trigger.immediate and "()" not in name:
            self.referenced.setdefault(name, here.at)
        value = named(name)
        if name in self.patched:
            value = join([value, self.patched[name]])
        kind = self.knowledge.source(name)
        if kind is not None:
            step = Step(here.site, f"reads {self.knowledge.canonical(name)}")
            value = Value(value.consts, value.names, value.objects, (), (Source(kind, (step,)),), value.exact)
        return value
