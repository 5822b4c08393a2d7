"""Runs the code of one function on registers: every block once, in an order in which what comes
before it is known, merging what the ways into it leave on the stack."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from scanner import ir
from scanner.errors import Malformed
from scanner.languages.bytecode.code import Code
from scanner.languages.bytecode.emitter import Marker, Stack
from scanner.languages.bytecode.graph import How, Node, build
from scanner.languages.bytecode.instructions import Listing
from scanner.languages.bytecode.python2 import Python2
from scanner.languages.bytecode.scope import Scope
from scanner.languages.bytecode.structure import Block, Shape, structured
from scanner.languages.bytecode.tables import Table
from scanner.languages.bytecode.values import OPERATORS, Values
from scanner.limits import Budget

_Method: TypeAlias = Callable[[Any, Any], None]
_Way: TypeAlias = tuple[bool, Stack]  # whether it is weak, and what it leaves on the stack


@cache
def _method(name: str) -> _Method:
    """What does the work of an instruction."""
    if name in OPERATORS:
        return Values.operator
    found: _Method | None = getattr(Machine, name.lower().replace("+", "_"), None)
    if found is None:
        raise Malformed(f"{name} belongs to no program")
    return found


class Machine(Python2):
    """The registers and stacks of one function."""

    def __init__(self, code: Code, table: Table, scope: Scope, budget: Budget) -> None:
        super().__init__(code, table, scope)
        self.depths = {}
        self.breaks = {}
        self._budget = budget

    def body(self, listing: Listing) -> list[ir.Op]:
        """The structured operations; raises :class:`Malformed` where the code cannot be right."""
        if not listing.instructions:
            raise Malformed("a code object without instructions")
        nodes, shape, self.breaks = _graph(listing)
        gathered = self._gather()
        arriving: list[list[_Way]] = [[] for _ in nodes]
        arriving[0].append((False, self._start()))
        blocks = []
        for number, node in enumerate(nodes):
            self._budget.spend("steps", 1 + len(node.instructions))
            blocks.append(self._block(number, node, arriving))
        returned = [ir.Return(self.code.line, r) for r in gathered]
        return [*gathered.values(), *structured(nodes, blocks, shape), *returned]

    def _gather(self) -> dict[ir.Reg, ir.Op]:
        """A generator expression is taken for the list of its values, which begins empty."""
        if self.code.name != "<genexpr>":
            return {}
        self.gathered = self.register()
        return {self.gathered: ir.Make(self.code.line, self.gathered, "list", ())}

    def _start(self) -> Stack:
        """Generators of 3.10 find something on the stack that they drop at once."""
        first = self.table.version == (3, 10) and self.code.flags & 0x2A0
        return (-2,) if first else ()

    def _block(self, number: int, node: Node, arriving: list[list[_Way]]) -> Block:
        self.ops, self.test = [], None
        at = node.instructions[0].at if node.instructions else self.at
        if not arriving[number]:  # only seems to be reached
            return Block([], at)
        self.at = at
        self.stack = list(self._merged(arriving[number]))
        self.weak = all(weak for weak, _ in arriving[number])
        self.ways: dict[How, Stack] = {}
        for step in node.instructions:
            self.at = step.at
            _method(step.name)(self, step)
        if node.handler is not None:
            self.handled(node.handler.depth, node.handler.lasti)
        rest = tuple(self.stack)
        for target, how in node.edges:
            if how == "after":
                continue
            if target > number:
                arriving[target].append((self.weak or self._is_weak(node, how), self.ways.get(how, rest)))
        return Block(self.ops, at, self.test)

    def _is_weak(self, node: Node, how: How) -> bool:
        """Until 3.8 ``finally`` is entered with more or less on the stack that it does not look at:
        this way does not say how much there is for what comes after it."""
        if self.table.version < (3, 8):
            return how == "handler"
        return how == "jump" and bool(node.instructions) and node.instructions[-1].name == "CALL_FINALLY"

    def _merged(self, arriving: list[_Way]) -> Stack:
        """One stack out of those of all ways that lead here."""
        stacks = list(dict.fromkeys(stack for _, stack in arriving))
        if len({len(stack) for stack in stacks}) > 1:
            strong = list(dict.fromkeys(stack for weak, stack in arriving if not weak))
            stacks = strong or [min(stacks, key=len)]
        if len(stacks) == 1:
            return stacks[0]
        if len({len(stack) for stack in stacks}) > 1:
            raise Malformed("the ways to an instruction leave stacks of different depth")
        return tuple(self._either(tuple(dict.fromkeys(column))) for column in zip(*stacks, strict=True))

    def _either(self, registers: tuple[ir.Reg, ...]) -> ir.Reg:
        if len(registers) == 1:
            return registers[0]
        marked = [r for r in registers if isinstance(self.origins.get(r), Marker)]
        if marked:
            return marked[0]
        dst = self.register()
        self.ops.append(ir.Merge(self.at, dst, registers))
        return dst


def _graph(listing: Listing) -> tuple[list[Node], Shape, dict[int, int]]:
    """The control flow; without the edges that nothing takes if they lead into the middle of a loop."""
    nodes, breaks = build(listing)
    shape = Shape([node.edges for node in nodes])
    if not shape.reducible:
        nodes, breaks = build(listing, after=False)
        shape = Shape([node.edges for node in nodes])
    return nodes, shape, breaks
