"""Where the machine stands: the one thing that every model of a call is handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from scanner.analysis.scope import Module, Scope
from scanner.analysis.values import Box, Closure, Generator, Value, join
from scanner.facts import Argument, Effect, Source
from scanner.ir import Body, Program
from scanner.knowledge.tables import Knowledge
from scanner.site import Site, Step, Trigger

if TYPE_CHECKING:
    from scanner.analysis.loops import Turns
    from scanner.analysis.machine import Machine


class Frame(Struct, eq=False):
    """One activation of a function."""

    module: Module
    scope: Scope
    trigger: Trigger
    steps: tuple[Step, ...]
    registers: dict[int, Value] = field(default_factory=dict)
    results: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    inexact: bool = False  # what is yielded may be more or less than the list says
    arms: list[int] = field(default_factory=list)  # of branches and loops that this point is in
    leaving: int = 0  # of those, how many end in a way out
    kept: set[tuple[int, str]] = field(default_factory=set)  # attributes that were written in such an arm
    trials: list[dict[str, Value]] = field(default_factory=list)  # what bodies of ``try`` have stored so far
    loops: list[Turns] = field(default_factory=list)  # that are running, innermost last
    unrolled: int = 0  # loops, one in the other, whose every turn is run
    skipped: dict[int, Body] = field(default_factory=dict)  # what a turn of those did not take, or skipped
    taken: set[int] = field(default_factory=set)  # and those that one did
    brief: bool = False  # loops that are not unrolled take one turn
    ghost: bool = False  # only what is done to the world counts

    @property
    def certain(self) -> bool:
        """Whether this point is always reached."""
        return not self.arms and not self.ghost


class Here(Struct, frozen=True):
    """An operation of a frame, and what the machine can do for it."""

    machine: Machine
    frame: Frame
    at: int

    @property
    def knowledge(self) -> Knowledge:
        return self.machine.knowledge

    @property
    def program(self) -> Program:
        """The program that this operation is of."""
        return self.frame.module.program

    @property
    def stream(self) -> bool:
        """Whether the operation is one of a pickle itself, not of a function that the pickle carries."""
        program = self.program
        return program.language == "pickle" and self.frame.scope.function is program.functions.get("main")

    @property
    def site(self) -> Site:
        return self.program.site(self.at)

    def certain(self, container: Value) -> bool:
        """Whether a change of ``container`` here is certain, given that it has been made."""
        if self.frame.certain:
            return True
        made_here = [o for o in container.objects if isinstance(o, Box) and self.frame.arms]
        return bool(made_here) and all(self.frame.arms[-1] in box.arms for box in made_here)

    def call(self, callee: Value, args: list[Value], kwargs: Mapping[str, Value] | None = None) -> Value:
        """Call any value."""
        return self.machine.call(self, callee, args, dict(kwargs or {}))

    def build(self, cls: Value, args: list[Value]) -> Value:
        """``cls.__new__(cls, *args)``."""
        return self.machine.build(self, cls, args)

    def attribute(self, base: Value, name: str) -> Value:
        """``base.name``."""
        return self.machine.attribute(self, base, name)

    def subscript(self, base: Value, key: Value) -> Value:
        """``base[key]``."""
        return self.machine.subscript(self, base, key)

    def invoke(self, closure: Closure, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Run a function of the program."""
        return self.machine.invoke(self.frame, closure, args, kwargs, self.site)

    def send(self, generator: Generator, value: Value) -> Value:
        """Let a generator run on: its ``yield`` expressions give ``value``, or what it was sent before."""
        generator.sent = value if generator.sent is None else join([generator.sent, value])
        closure, kwargs = generator.closure, generator.kwargs
        return self.machine.invoke(self.frame, closure, generator.args, kwargs, self.site, generator.sent)

    def run_callbacks(self, values: Sequence[Value]) -> None:
        """Functions of the program that a library is handed are taken to be called, with anything."""
        for value in values:
            for thing in value.objects:
                if isinstance(thing, Closure):
                    self.invoke(thing, [], {})
        self.machine.hand_over(self, values)

    def argument(self, name: str, value: Value, *, code: bool = False) -> Argument:
        """An argument as evidence."""
        return self.machine.recorder.argument(name, value, code=code)

    def record(self, kind: str, callee: str, arguments: tuple[Argument, ...]) -> Effect:
        """Write an effect down."""
        frame = self.frame
        return self.machine.recorder.effect(
            kind, callee, self.site, frame.trigger, frame.steps, arguments, script=self.program.script
        )

    def source(self, kind: str, text: str) -> Source:
        """A source that starts at this operation."""
        return Source(kind, (Step(self.site, text),))
