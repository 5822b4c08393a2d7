"""From a graph of blocks back to If, Loop and Try.

A node's code is followed by that of the nodes it dominates: those that only it leads to stand in its
arms, those where several ways meet stand behind it, under an :class:`~scanner.ir.If` of their own
when something that comes later can be reached around them, so that no value is lost to an assignment
that may not have happened. (After Ramsey, "Beyond Relooper", 2022; there are no labels here, because
what runs next in the representation is a superset anyway.) A graph whose loops have several entries
becomes one loop in any order.
"""

from collections import defaultdict

from msgspec import Struct

from scanner import ir
from scanner.languages.bytecode.graph import How, Node

DEPTH = 40  # arms inside arms; what is deeper stands behind


class Block(Struct):
    """What a node does: its operations, and what its branch depends on."""

    ops: list[ir.Op]
    at: int
    test: ir.Reg | None = None


def structured(nodes: list[Node], blocks: list[Block], shape: "Shape") -> list[ir.Op]:
    """The operations of all ``nodes`` (in reverse postorder), nested as the edges say."""
    if not shape.reducible:
        return [ir.Loop(blocks[0].at, tuple(op for block in blocks for op in block.ops), ordered=False)]
    return _Writer(nodes, blocks, shape).sequence(0, 0)


class Shape:
    """Dominators and loops of a graph, and where each node is written."""

    def __init__(self, edges: list[list[tuple[int, How]]]) -> None:
        self.count = len(edges)
        self.targets = [list(dict.fromkeys(target for target, _ in leaving)) for leaving in edges]
        self.forward: list[list[int]] = [[] for _ in edges]  # predecessors by forward edges
        back: dict[int, list[int]] = defaultdict(list)
        for source, targets in enumerate(self.targets):
            for target in targets:
                (self.forward[target] if target > source else back[target]).append(source)
        self.above, self.depth = [0] * self.count, [0] * self.count
        self._far = [0] * self.count  # a dominator farther up, so that climbing takes logarithmic time
        for node in range(1, self.count):
            self._dominator(node)
        self.reducible = all(self._dominates(h, s) for h, sources in back.items() for s in sources)
        self.loops: list[int | None] = [None] * self.count  # innermost loop of each node, by its header
        self.outer: dict[int, int | None] = {}  # loop around each loop
        if self.reducible:
            self._find_loops(back)
            self._place()

    def _dominator(self, node: int) -> None:
        """Forward edges decide in a reducible graph, so that one pass is enough."""
        common = self.forward[node][0]
        for other in self.forward[node][1:]:
            common = self._common(common, other)
        self.above[node], self.depth[node] = common, self.depth[common] + 1
        far = self._far[common]
        even = self.depth[common] - self.depth[far] == self.depth[far] - self.depth[self._far[far]]
        self._far[node] = self._far[far] if even and common else common

    def _climb(self, node: int, depth: int) -> int:
        while self.depth[node] > depth:
            far = self._far[node]
            node = far if self.depth[far] >= depth else self.above[node]
        return node

    def _common(self, node: int, other: int) -> int:
        """The nearest node that dominates both."""
        node = self._climb(node, self.depth[other])
        other = self._climb(other, self.depth[node])
        while node != other:
            apart = self._far[node] != self._far[other]
            node = self._far[node] if apart else self.above[node]
            other = self._far[other] if apart else self.above[other]
        return node

    def _dominates(self, node: int, other: int) -> bool:
        return self.depth[other] >= self.depth[node] and self._climb(other, self.depth[node]) == node

    def _find_loops(self, back: dict[int, list[int]]) -> None:
        for header in sorted(back, reverse=True):  # inner loops before those around them
            self.outer[header] = None
            waiting = list(back[header])
            while waiting:
                node = waiting.pop()
                top = node
                inner = self.loops[node]
                if inner is not None:
                    while (around := self.outer[inner]) is not None:
                        inner = around
                    top = inner
                    if top == header:
                        continue
                    self.outer[top] = header
                else:
                    self.loops[node] = header
                    if node == header:
                        continue
                waiting += self.forward[top]
            if self.loops[header] is None:
                self.loops[header] = header

    def within(self, node: int, loop: int | None) -> bool:
        """Whether a node is in a loop; everything is in no loop."""
        if loop is None:
            return True
        around = self.loops[node]
        while around is not None and around != loop:
            around = self.outer[around]
        return around == loop

    def _place(self) -> None:
        """Decide where each node is written: in an arm or behind the node above it, or behind a loop."""
        self.arms: list[set[int]] = [set() for _ in range(self.count)]
        self.behind: list[list[int]] = [[] for _ in range(self.count)]
        self.after: dict[int, list[int]] = defaultdict(list)
        self.leaves: dict[int, int] = {}  # the last node that each loop leaves for
        for source, targets in enumerate(self.targets):
            for target in targets:
                loop = self.loops[source]
                while loop is not None and not self.within(target, loop):
                    self.leaves[loop] = max(target, self.leaves.get(loop, 0))
                    loop = self.outer[loop]
        for node in range(1, self.count):
            above, left = self.above[node], None
            loop = self.loops[above]
            while loop is not None and not self.within(node, loop):
                left, loop = loop, self.outer[loop]
            if left is not None:
                self.after[left].append(node)
            elif len(self.forward[node]) == 1:
                self.arms[above].add(node)
            else:
                self.behind[above].append(node)
        self._find_escapes()

    def _find_escapes(self) -> None:
        """For each node: how far up the edges that leave what it dominates lead, the first place they
        start from, and the ways past the nodes behind it."""
        far = self.count + 1
        self.leads = [far] * self.count
        self.leaving = [far] * self.count
        self.skips: list[list[tuple[int, int]]] = [[] for _ in range(self.count)]
        for node in range(self.count - 1, -1, -1):
            for target in self.targets[node]:
                if target > node:
                    if self.above[target] == node:
                        self.skips[node].append((node, target))
                    else:
                        self.leads[node] = min(self.leads[node], self.depth[self.above[target]])
                        self.leaving[node] = min(self.leaving[node], node)
                        self._note_skip(node, target)
            if node and self.leads[node] < self.depth[node]:
                above = self.above[node]
                if self.leads[node] < self.depth[above]:
                    self.leads[above] = min(self.leads[above], self.leads[node])
                    self.leaving[above] = min(self.leaving[above], self.leaving[node])

    def _note_skip(self, source: int, target: int) -> None:
        self.skips[self.above[target]].append((source, target))

    def escapes(self, node: int) -> bool:
        """Whether something that is not below ``node`` follows what is."""
        return self.leads[node] < self.depth[node]

    def avoidable(self, above: int) -> list[tuple[int, bool]]:
        """The nodes behind ``above`` in order, and whether each can be passed by."""
        leaving = self.leaving[above] if self.leads[above] < self.depth[above] else self.count + 1
        steps = sorted(self.skips[above])
        found, farthest, index = [], -1, 0
        for node in self.behind[above]:
            while index < len(steps) and steps[index][0] < node:
                farthest = max(farthest, steps[index][1])
                index += 1
            found.append((node, leaving < node or farthest > node))
        return found


class _Writer:
    def __init__(self, nodes: list[Node], blocks: list[Block], shape: Shape) -> None:
        self._nodes = nodes
        self._blocks = blocks
        self._shape = shape
        self._late: list[tuple[int, ir.Reg | None, int]] = []  # arms that were too deep, to be written behind

    def sequence(self, node: int, depth: int, *, inside: bool = False) -> list[ir.Op]:
        """``node`` and everything that it dominates; ``inside``: the loop that it heads is being written."""
        ops: list[ir.Op] = []
        waiting: list[tuple[int, bool]] = [(node, False)]
        while waiting:
            at, avoidable = waiting.pop()
            if avoidable:
                ops.append(self._either(at, depth))
            elif self._shape.loops[at] == at and at in self._shape.outer and not (inside and at == node):
                body = self._deeper(at, depth, loop=True)
                ops.append(ir.Loop(self._blocks[at].at, tuple(body)))
                last = self._shape.leaves.get(at, 0)
                waiting += reversed([(n, last > n) for n in self._shape.after[at]])
            else:
                waiting += reversed(self._shape.avoidable(at))
                waiting += [(n, False) for n in self._node(at, depth, ops)]
            if depth == 0:
                while self._late:
                    line, test, late = self._late.pop()
                    ops.append(self._if(line, test, self.sequence(late, 1), []))
        return ops

    def _either(self, node: int, depth: int) -> ir.Op:
        block = self._blocks[node]
        body = self._deeper(node, depth)
        return self._if(block.at, None, body, [])

    def _deeper(self, node: int, depth: int, *, loop: bool = False) -> list[ir.Op]:
        """The operations of an arm, unless it is too deep."""
        if depth >= (2 * DEPTH if loop else DEPTH):
            self._late.append((self._blocks[node].at, None, node))
            return []
        return self.sequence(node, depth + 1, inside=loop)

    def _if(self, at: int, test: ir.Reg | None, then: list[ir.Op], orelse: list[ir.Op]) -> ir.If:
        return ir.If(at, -1 if test is None else test, tuple(then), tuple(orelse))

    def _node(self, at: int, depth: int, ops: list[ir.Op]) -> list[int]:
        """Write one node; the arms that simply follow it are returned, to be written next."""
        block, shape = self._blocks[at], self._shape
        ops += block.ops
        targets = {how: target for target, how in self._nodes[at].edges}
        arms = shape.arms[at]
        if "handler" in targets:
            inner, handler = targets.get("next"), targets["handler"]
            body = self._deeper(inner, depth) if inner in arms and inner is not None else []
            handlers = (tuple(self._deeper(handler, depth)),) if handler in arms else ()
            ops.append(ir.Try(block.at, tuple(body), handlers))
            return [n for n in [targets.get("after")] if n is not None and n in arms]
        ways = [n for n in (targets.get("next"), targets.get("jump")) if n is not None]
        written = [n for n in dict.fromkeys(ways) if n in arms]
        if len(written) == 2:
            first, second = written
            if not shape.escapes(first):
                ops.append(self._if(block.at, block.test, self._deeper(first, depth), []))
                return [second]
            if not shape.escapes(second):
                ops.append(self._if(block.at, block.test, [], self._deeper(second, depth)))
                return [first]
            then, orelse = self._deeper(first, depth), self._deeper(second, depth)
            ops.append(self._if(block.at, block.test, then, orelse))
            return []
        if written and len(set(ways)) == 2 and self._skips(at, written[0], ways):
            ops.append(self._if(block.at, block.test, self._deeper(written[0], depth), []))
            return []
        return written

    def _skips(self, at: int, arm: int, ways: list[int]) -> bool:
        """Whether the way that is not ``arm`` leads on, not back or out of the loop around."""
        other = ways[0] if ways[1] == arm else ways[1]
        return other > at and self._shape.within(other, self._shape.loops[at])
