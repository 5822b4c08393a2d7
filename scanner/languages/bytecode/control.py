"""Instructions that branch, loop, wait and end."""

from scanner import ir
from scanner.errors import Malformed
from scanner.languages.bytecode.emitter import NULL
from scanner.languages.bytecode.exceptions import Exceptions
from scanner.languages.bytecode.instructions import Instruction as Step


class Control(Exceptions):
    """One method per instruction, by its name in lower case."""

    breaks: dict[int, int]  # where each BREAK_LOOP leads
    depths: dict[int, int]  # target of a SETUP_LOOP -> depth of the stack before it
    gathered: ir.Reg | None = None  # the list of what a generator expression yields

    # Branches and loops

    def pop_jump_if_true(self, step: Step) -> None:
        self.test = self.pop()

    pop_jump_if_false = pop_jump_if_none = pop_jump_if_not_none = pop_jump_if_true
    pop_jump_forward_if_true = pop_jump_forward_if_false = pop_jump_if_true
    pop_jump_forward_if_none = pop_jump_forward_if_not_none = pop_jump_if_true
    pop_jump_backward_if_true = pop_jump_backward_if_false = pop_jump_if_true
    pop_jump_backward_if_none = pop_jump_backward_if_not_none = pop_jump_if_true

    def jump_if_true_or_pop(self, step: Step) -> None:
        self.ways["jump"] = tuple(self.stack)
        self.test = self.pop()

    jump_if_false_or_pop = jump_if_true_or_pop

    def jump_if_not_exc_match(self, step: Step) -> None:
        self.pops(2)
        self.test = self.unknown("whether it is caught")

    def jump_forward(self, step: Step) -> None:
        pass

    jump_absolute = jump_backward = jump_backward_no_interrupt = jump_forward

    def continue_loop(self, step: Step) -> None:
        pass

    def setup_loop(self, step: Step) -> None:
        self.depths[step.target or 0] = len(self.stack)

    def break_loop(self, step: Step) -> None:
        """Leaves everything on the stack that the loop has put there."""
        depth = self.depths.get(self.breaks.get(step.offset, -1), 0)
        self.ways["jump"] = tuple(self.stack[:depth])

    def get_iter(self, step: Step) -> None:
        self.peek(1)

    get_aiter = get_iter

    def for_iter(self, step: Step) -> None:
        iterator, dst = self.peek(1), self.register()
        self.ops.append(ir.Iter(self.at, dst, iterator))
        self.push(dst)
        end = tuple(self.stack) if self.table.version >= (3, 12) else tuple(self.stack[:-2])
        self.ways["jump"] = end

    def end_for(self, step: Step) -> None:
        self.pops(2 if self.table.version < (3, 13) else 1)

    # Generators

    def get_awaitable(self, step: Step) -> None:
        self.peek(1)

    async_gen_wrap = get_awaitable

    def get_yield_from_iter(self, step: Step) -> None:
        """``yield from``: its elements are yielded, and it stands for its result."""
        source, dst = self.peek(1), self.register()
        self.ops += [ir.Iter(self.at, dst, source), ir.Return(self.at, dst, yielded=True)]

    def get_anext(self, step: Step) -> None:
        dst = self.register()
        self.ops.append(ir.Iter(self.at, dst, self.peek(1)))
        self.push(dst)

    def end_async_for(self, step: Step) -> None:
        self.pops(2 if self.table.version >= (3, 11) else 7)

    def yield_from(self, step: Step) -> None:
        self.pop()

    def send(self, step: Step) -> None:
        """Waiting changes nothing: the result is what was waited for."""
        self.pop()
        result = self.peek(1)
        self.ways["jump"] = (
            (*self.stack[:-1], result) if self.table.version < (3, 12) else (*self.stack, result)
        )

    def end_send(self, step: Step) -> None:
        result, _ = self.pop(), self.pop()
        self.push(result)

    def yield_value(self, step: Step) -> None:
        if self.gathered is None:
            self.ops.append(ir.Return(self.at, self.pop(), yielded=True))
        else:
            self.ops.append(ir.SetItem(self.at, self.gathered, None, self.pop()))
        self.push(self.unknown("what is sent into the generator"))

    def return_generator(self, step: Step) -> None:
        self.push(self.unknown("the generator"))

    def gen_start(self, step: Step) -> None:
        self.pop()

    # Ends

    def return_value(self, step: Step) -> None:
        self._return(self.pop())

    def return_const(self, step: Step) -> None:
        self.load_const(step)
        self._return(self.pop())

    def _return(self, src: ir.Reg) -> None:
        """What a function returns; None is what it returns anyway."""
        if self.scope.kind == "function" and not (self.is_known(src) and self.known(src) is None):
            self.ops.append(ir.Return(self.at, src))

    def interpreter_exit(self, step: Step) -> None:
        self.pop()

    # Functions of the interpreter

    def call_intrinsic_1(self, step: Step) -> None:
        names = self.table.intrinsic_1
        match names[step.arg] if step.arg < len(names) else "":
            case "INTRINSIC_IMPORT_STAR":
                self.import_star(step)
                self.push(NULL)
            case "INTRINSIC_LIST_TO_TUPLE":
                self.list_to_tuple(step)
            case "INTRINSIC_UNARY_POSITIVE":
                operand, dst = self.pop(), self.register()
                self.ops.append(ir.Unary(self.at, dst, "+", operand))
                self.push(dst)
            case "INTRINSIC_PRINT":
                self.push(self.invoke(self.builtin("print"), (self.pop(),)))
            case "":
                raise Malformed(f"there is no intrinsic function {step.arg}")
            case _:  # those of generators and type parameters hand on what they are given
                self.peek(1)

    def call_intrinsic_2(self, step: Step) -> None:
        if step.arg >= len(self.table.intrinsic_2):
            raise Malformed(f"there is no intrinsic function {step.arg}")
        first, _ = self.pops(2)
        self.push(first)
