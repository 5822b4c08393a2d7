"""Instructions that protect, raise, catch and clean up."""

from scanner import ir
from scanner.errors import Malformed
from scanner.languages.bytecode.calls import Calls
from scanner.languages.bytecode.emitter import NULL, Marker, Stack
from scanner.languages.bytecode.graph import How
from scanner.languages.bytecode.instructions import Instruction as Step

_SPECIAL = ("__enter__", "__exit__", "__aenter__", "__aexit__")


class Exceptions(Calls):
    """One method per instruction, by its name in lower case.

    ``ways`` are the stacks with which a block is left, where they are not simply what it leaves.
    """

    ways: dict[How, Stack]
    weak: bool = False  # whether how deep the stack is here may not be what counts
    _groups: int = 0

    # Exceptions

    def _raised(self, count: int) -> Stack:
        """What an exception puts on the stack: one value after the other for the same exception."""
        self._groups += 1
        marker = Marker("raised", self._groups)
        return tuple(self.unknown("the exception", marker) for _ in range(count))

    def handled(self, depth: int, lasti: bool) -> None:
        """Since 3.11: the way into a handler of the exception table."""
        if depth > len(self.stack):
            raise Malformed("a handler expects more on the stack than is there")
        self.ways["handler"] = (*self.stack[:depth], *self._raised(1 + lasti))

    def setup_except(self, step: Step) -> None:
        self.ways["handler"] = (*self.stack, *self._raised(3 if self.table.version < (3, 0) else 6))

    def setup_finally(self, step: Step) -> None:
        raised = self._raised(6 if self.table.version >= (3, 8) else 1)
        self.ways["handler"] = self.ways["same"] = (*self.stack, *raised)

    def pop_block(self, step: Step) -> None:
        pass

    def begin_finally(self, step: Step) -> None:
        self.push(*self._raised(6))

    def call_finally(self, step: Step) -> None:
        self.ways["jump"] = (*self.stack, *self._raised(6))

    def _pop_raised(self) -> Stack:
        """What an exception has left on the stack, or what stands for none."""
        group = self.origins.get(self.peek(1))
        found = [self.pop()]
        while isinstance(group, Marker) and group.what == "raised" and self.stack:
            if self.origins.get(self.stack[-1]) != group:
                break
            found.append(self.pop())
        return tuple(reversed(found))

    def end_finally(self, step: Step) -> None:
        """Raises again, or goes on: what goes on has what the way without an exception left."""
        raises = self.table.version < (3, 8) and self.marks(self.peek(1), "raised")
        self.weak = self.weak or raises
        self._pop_raised()

    def pop_finally(self, step: Step) -> None:
        kept = (self.pop(),) if step.arg else ()
        self._pop_raised()
        self.push(*kept)

    def pop_except(self, step: Step) -> None:
        self.pops(1 if self.table.version >= (3, 11) else 3)

    def push_exc_info(self, step: Step) -> None:
        raised = self.pop()
        self.push(self.unknown("the exception before"), raised)

    def check_exc_match(self, step: Step) -> None:
        self.pop()
        self.push(self.unknown("whether it is caught"))

    def check_eg_match(self, step: Step) -> None:
        self.pop()
        self.push(self.unknown("the exceptions that are caught"))

    def prep_reraise_star(self, step: Step) -> None:
        self.pops(2)
        self.push(self.unknown("the exceptions that are left"))

    def raise_varargs(self, step: Step) -> None:
        self.pops(step.arg)

    def reraise(self, step: Step) -> None:
        self.pops(1 if self.table.version >= (3, 11) else 3)

    def cleanup_throw(self, step: Step) -> None:
        self.pops(3)
        self.push(*(self.unknown("what a generator returns") for _ in range(2)))

    # Contexts

    def _enter(self, word: str) -> tuple[ir.Reg, ir.Reg]:
        """What leaves a manager, and what entering it gives."""
        manager = self.pop()
        leave = self._way_out(manager, f"__{word}exit__")
        return leave, self.entered(manager, f"__{word}enter__")

    def _way_out(self, manager: ir.Reg, word: str) -> ir.Reg:
        if self.scope.unit.enters:
            return self.attribute(manager, word)
        return self.unknown("the way out of a context", Marker("exit"))

    def before_with(self, step: Step) -> None:
        self.push(*self._enter("a" if step.name == "BEFORE_ASYNC_WITH" else ""))

    before_async_with = before_with

    def load_special(self, step: Step) -> None:
        """3.14: first ``__exit__`` of a copy, then ``__enter__`` of the manager itself, then a call."""
        if step.arg >= len(_SPECIAL):
            raise Malformed(f"there is no special method {step.arg}")
        manager = self.pop()
        match _SPECIAL[step.arg]:
            case "__enter__" | "__aenter__" as word:
                self.push(self.unknown("the way into a context", Marker(word)), manager)
            case word:
                self.push(self._way_out(manager, word), NULL)

    def setup_with(self, step: Step) -> None:
        leave, entered = self._enter("")
        self.push(leave)
        self.setup_finally(step)
        self.push(entered)

    def setup_async_with(self, step: Step) -> None:
        """The result of entering was awaited already, and is on the stack."""
        entered = self.pop()
        self.setup_finally(step)
        self.push(entered)

    def with_cleanup_start(self, step: Step) -> None:
        raised = self._pop_raised()
        self._leave(self.pop())
        self.push(*raised, *(self.unknown("what leaving a context says") for _ in range(2)))

    def with_cleanup_finish(self, step: Step) -> None:
        self.pops(2)

    def with_cleanup(self, step: Step) -> None:
        raised = self._pop_raised()
        self._leave(self.pop())
        self.push(*raised)

    def with_except_start(self, step: Step) -> None:
        depth = {True: 4, False: 7}[self.table.version >= (3, 11)]
        self._leave(self.peek(5 if self.table.version >= (3, 14) else depth))
        self.push(self.unknown("what leaving a context says"))

    def _leave(self, leave: ir.Reg) -> None:
        if not self.marks(leave, "exit") and self.scope.unit.enters:
            nothing = self.const(None)
            self.invoke(leave, (nothing, nothing, nothing))
