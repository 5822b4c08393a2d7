"""Instructions of Python 2 alone: statements that have become functions, and slices."""

from scanner import ir
from scanner.languages.bytecode.control import Control
from scanner.languages.bytecode.emitter import Stack
from scanner.languages.bytecode.instructions import Instruction as Step


class Python2(Control):
    """One method per instruction, by its name in lower case; ``+`` is ``_``."""

    def print_expr(self, step: Step) -> None:
        self.pop()

    def print_item(self, step: Step) -> None:
        self.invoke(self.builtin("print"), (self.pop(),))

    def print_newline(self, step: Step) -> None:
        pass

    def print_item_to(self, step: Step) -> None:
        """``print >> file, item``."""
        item, file = self.pops(2)
        self.invoke(self.builtin("print"), (item,), (("file", file),))

    def print_newline_to(self, step: Step) -> None:
        self.pop()

    def exec_stmt(self, step: Step) -> None:
        code, globals_, locals_ = self.pops(3)
        given = [r for r in (globals_, locals_) if not (self.is_known(r) and self.known(r) is None)]
        self.invoke(self.builtin("exec"), (code, *dict.fromkeys(given)))

    def _key(self, flags: int) -> tuple[ir.Reg, ir.Reg]:
        """Container and slice; ``flags`` say which bounds are on the stack."""
        stop = self.pop() if flags & 2 else None
        start = self.pop() if flags & 1 else None
        base = self.pop()
        bounds: Stack = tuple(self.const(None) if r is None else r for r in (start, stop, None))
        return base, self.make("slice", bounds)

    def slice_0(self, step: Step) -> None:
        self.push(self.item(*self._key(int(step.name[-1]))))

    slice_1 = slice_2 = slice_3 = slice_0

    def store_slice_0(self, step: Step) -> None:
        base, key = self._key(int(step.name[-1]))
        self.ops.append(ir.SetItem(self.at, base, key, self.pop()))

    store_slice_1 = store_slice_2 = store_slice_3 = store_slice_0

    def delete_slice_0(self, step: Step) -> None:
        base, key = self._key(int(step.name[-1]))
        self.method(base, "__delitem__", key)

    delete_slice_1 = delete_slice_2 = delete_slice_3 = delete_slice_0
