"""The control flow of one code object: blocks and the edges between them, with every ``try`` a node.

Until 3.10 an instruction opens a protected region; since 3.11 a table says where they are, and a
node without instructions is put in front of each. An edge is *after* when nothing takes it: it leads
from a ``try`` to what follows the protected region, so that this is seen not to be part of it. One
that is *same* leads to a handler of 3.8 that is entered without an exception, too.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct, field

from scanner.languages.bytecode.instructions import Handler, Instruction, Listing

How: TypeAlias = Literal["next", "jump", "handler", "after", "same"]

SETUPS = frozenset({"SETUP_EXCEPT", "SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH"})
_ENDS = frozenset({
    "RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_ABSOLUTE",
    "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "BREAK_LOOP", "CONTINUE_LOOP", "INTERPRETER_EXIT", "SEND",
})  # fmt: skip


# What a compiler puts into a handler to clean up: all of it is done without the exception, too.
_TIDY = frozenset({
    "PUSH_EXC_INFO", "WITH_EXCEPT_START", "POP_TOP", "POP_EXCEPT", "RERAISE", "COPY", "SWAP", "NOP",
    "CALL_INTRINSIC_1", "STORE_FAST", "POP_ITER", "TO_BOOL", "NOT_TAKEN", "JUMP_FORWARD", "JUMP_BACKWARD",
    "JUMP_ABSOLUTE", "POP_JUMP_IF_TRUE", "POP_JUMP_FORWARD_IF_TRUE", "GET_AWAITABLE", "LOAD_CONST", "SEND",
    "YIELD_VALUE", "YIELD_FROM", "RESUME", "CLEANUP_THROW", "END_SEND", "JUMP_BACKWARD_NO_INTERRUPT",
})  # fmt: skip


class Node(Struct):
    """A run of instructions, or a ``try`` (``handler``) of an exception table."""

    instructions: list[Instruction]
    handler: Handler | None = None
    edges: list[tuple[int, How]] = field(default_factory=list)

    @property
    def tries(self) -> bool:
        """Whether its edge *next* leads into a protected region."""
        return any(how == "handler" for _, how in self.edges)


def build(listing: Listing, *, after: bool = True) -> tuple[list[Node], dict[int, int]]:
    """All nodes that can be reached, in reverse postorder: the first one is the entry; and where
    each BREAK_LOOP leads."""
    builder = _Builder(listing)
    builder.connect()
    nodes = builder.nodes
    real = {id(node) for node in _ordered(nodes, "after")} if after else set()
    for node in nodes:
        node.edges = [(n, how) for n, how in node.edges if how != "after" or id(nodes[n]) in real]
    return _ordered(nodes, ""), builder.regions.breaks


class _Builder:
    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self.regions = _Regions(listing)
        self.nodes: list[Node] = []
        self._blocks: dict[int, int] = {}  # offset of the first instruction -> node
        self._sorted: list[int] = []
        self._handlers: set[int] = set()  # those that matter
        self._tries: dict[int, list[tuple[int, Handler]]] = {}  # offset -> (node, its row), outermost first

    def connect(self) -> None:
        starts = self._sorted = self._starts()
        for offset in starts:
            self._blocks[offset] = len(self.nodes)
            self.nodes.append(Node([]))
        current = self.nodes[0]
        for offset, instruction in self._listing.instructions.items():
            if offset in self._blocks:
                current = self.nodes[self._blocks[offset]]
            current.instructions.append(instruction)
        self._protect()
        for node in self.nodes[: len(starts)]:
            node.edges = list(self._leaving(node.instructions[-1]))
        for offset, chain in self._tries.items():
            for index, (number, row) in enumerate(chain):
                inside = chain[index + 1][0] if index + 1 < len(chain) else self._blocks[offset]
                edges: list[tuple[int, How]] = [(inside, "next")]
                end = self._end(row)
                if end in self._blocks and end != row.target:
                    edges.append((self._into(end, row.start), "after"))
                self.nodes[number].edges = [*edges, (self._into(row.target, row.start), "handler")]
        if 0 in self._tries:  # the entry is the first node
            self.nodes.insert(0, Node([], None, []))
            for node in self.nodes:
                node.edges = [(number + 1, how) for number, how in node.edges]
            self.nodes[0].edges = [(self._tries[0][0][0] + 1, "next")]

    def _starts(self) -> list[int]:
        found = {0}
        for instruction in self._listing.instructions.values():
            follows = [
                i for i in (instruction.target, self.regions.breaks.get(instruction.offset)) if i is not None
            ]
            if follows or instruction.name in _ENDS:
                found.update([*follows, instruction.next])
        for row in self._listing.handlers:
            found.update((row.start, row.end, row.target))
        found.update(self.regions.ends.values())
        return sorted(found & self._listing.instructions.keys())

    def _protect(self) -> None:
        """Choose the handlers that matter, and the rows of the exception table that become nodes: for
        each handler the first of its regions that can be reached, which may be inside another handler."""
        rows: list[tuple[int, int, Handler | None]] = [
            (row.start, row.target, row) for row in self._listing.handlers
        ]
        setups = (i for i in self._listing.instructions.values() if i.name in SETUPS)
        rows += [(step.offset, step.target or 0, None) for step in setups]
        rows.sort(key=lambda item: item[0])
        reached = self._reach(0, set())
        done: set[int] = set()
        while True:
            found = next((r for r in rows if r[1] not in done and self._block_of(r[0]) in reached), None)
            if found is None:
                return
            start, target, row = found
            done.add(target)
            more = self._reach(target, reached)
            if self._is_tidy(more):
                continue
            self._handlers.add(target)
            reached |= more
            if row is not None:
                chain = self._tries.setdefault(start, [])
                chain.append((len(self.nodes), row))
                chain.sort(key=lambda item: item[1].depth)
                self.nodes.append(Node([], row))

    def _block_of(self, offset: int) -> int:
        """Where the block of an instruction starts."""
        return self._sorted[bisect_right(self._sorted, offset) - 1]

    def _is_tidy(self, blocks: set[int]) -> bool:
        """Whether a handler that alone reaches these does nothing of its own."""
        return all(
            step.name in _TIDY for block in blocks for step in self.nodes[self._blocks[block]].instructions
        )

    def _reach(self, start: int, known: set[int]) -> set[int]:
        """The blocks that can be reached from ``start`` besides those that are known to be."""
        found: set[int] = set()
        waiting = [start]
        while waiting:
            offset = waiting.pop()
            if offset in found or offset in known or offset not in self._blocks:
                continue
            found.add(offset)
            last = self.nodes[self._blocks[offset]].instructions[-1]
            waiting += [target for target, how in self._offsets(last) if how in ("next", "jump")]
        return found

    def _end(self, row: Handler) -> int:
        """Where the region of a handler ends: its rows, up to the first handler behind its start."""
        limit = min((r.target for r in self._listing.handlers if r.target > row.start), default=row.end)
        return max((r.end for r in self._rows(row.target) if r.end <= limit), default=row.end)

    def _rows(self, target: int) -> Iterator[Handler]:
        return (r for r in self._listing.handlers if r.target == target)

    def _offsets(self, last: Instruction) -> Iterator[tuple[int, How]]:
        name = last.name
        if name == "SEND":  # who is waited for, and how often, makes no difference
            yield last.target or 0, "jump"
            return
        if name not in _ENDS:
            yield last.next, "next"
        if name in SETUPS:
            if last.target not in self._handlers:
                if self.regions.calls:
                    yield last.target or 0, "same"
                return
            if (end := self.regions.ends.get(last.offset)) is not None and end != last.target:
                yield end, "after"
            yield last.target or 0, "handler"
        elif name != "SETUP_LOOP" and last.target is not None:
            yield last.target, "jump"
        if (target := self.regions.breaks.get(last.offset)) is not None:
            yield target, "jump"

    def _leaving(self, last: Instruction) -> Iterator[tuple[int, How]]:
        for target, how in self._offsets(last):
            if target in self._blocks:
                yield self._into(target, last.offset), how

    def _into(self, target: int, source: int) -> int:
        """The node at ``target``: the outermost ``try`` there that ``source`` is not inside of."""
        for number, row in self._tries.get(target, ()):
            if not row.start <= source < row.end:
                return number
        return self._blocks[target]


class _Regions:
    """The blocks of versions until 3.10: ``ends`` where the region of each set-up ends, and
    ``breaks`` where each BREAK_LOOP leads. ``calls``: handlers are called as well."""

    def __init__(self, listing: Listing) -> None:
        self.ends: dict[int, int] = {}
        self.breaks: dict[int, int] = {}
        self.calls = any(step.name == "CALL_FINALLY" for step in listing.instructions.values())
        instructions = listing.instructions
        if not any(i.name.startswith("SETUP_") for i in instructions.values()):
            return
        seen: set[int] = set()
        waiting: list[tuple[int, tuple[Instruction, ...]]] = [(0, ())]
        while waiting:
            offset, blocks = waiting.pop()
            while offset in instructions and offset not in seen:
                seen.add(offset)
                step = instructions[offset]
                blocks = self._step(step, blocks, waiting)
                if step.name in _ENDS:
                    break
                offset = step.next

    def _step(
        self,
        step: Instruction,
        blocks: tuple[Instruction, ...],
        waiting: list[tuple[int, tuple[Instruction, ...]]],
    ) -> tuple[Instruction, ...]:
        if step.name == "BREAK_LOOP":
            while blocks:
                *rest, block = blocks
                blocks = tuple(rest)
                if block.name == "SETUP_LOOP":
                    self.breaks[step.offset] = block.target or 0
                    waiting.append((block.target or 0, blocks))
                    break
        elif step.target is not None:
            waiting.append((step.target, blocks))
        if step.name in SETUPS or step.name == "SETUP_LOOP":
            return (*blocks, step)
        if step.name == "POP_BLOCK" and blocks:
            if blocks[-1].name in SETUPS:
                self.ends.setdefault(blocks[-1].offset, step.next)
            return blocks[:-1]
        return blocks


def _ordered(nodes: list[Node], ignored: str) -> list[Node]:
    """The nodes that can be reached, in reverse postorder; when no sort of edges is ignored, with
    their edges renumbered."""
    order: list[int] = []
    seen = {0}
    stack = [(0, iter(reversed(nodes[0].edges)))]
    while stack:
        number, edges = stack[-1]
        for target, how in edges:
            if target not in seen and how != ignored:
                seen.add(target)
                stack.append((target, iter(reversed(nodes[target].edges))))
                break
        else:
            order.append(number)
            stack.pop()
    order.reverse()
    if not ignored:
        place = {number: index for index, number in enumerate(order)}
        for number in order:
            nodes[number].edges = [(place[target], how) for target, how in nodes[number].edges]
    return [nodes[number] for number in order]
