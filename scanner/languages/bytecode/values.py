"""Instructions that compute: operators, containers, and the order of the stack."""

from scanner import ir
from scanner.errors import Malformed
from scanner.languages.bytecode.emitter import NULL, Container, Known, Made, Stack
from scanner.languages.bytecode.instructions import Instruction as Step
from scanner.languages.bytecode.variables import Variables

_WORDS = {
    "POWER": "**", "MULTIPLY": "*", "MODULO": "%", "ADD": "+", "SUBTRACT": "-", "FLOOR_DIVIDE": "//",
    "TRUE_DIVIDE": "/", "DIVIDE": "/", "LSHIFT": "<<", "RSHIFT": ">>", "AND": "&", "XOR": "^", "OR": "|",
    "MATRIX_MULTIPLY": "@",
}  # fmt: skip
OPERATORS = {f"{how}_{word}": op for how in ("BINARY", "INPLACE") for word, op in _WORDS.items()}
_UNARY = {"UNARY_POSITIVE": "+", "UNARY_NEGATIVE": "-", "UNARY_NOT": "not", "UNARY_INVERT": "~"}


class Values(Variables):
    """One method per instruction, by its name in lower case."""

    def operator(self, step: Step) -> None:
        """All of :data:`OPERATORS`."""
        self.push(self.binary(OPERATORS[step.name], *self.pops(2)))

    def binary_op(self, step: Step) -> None:
        if step.arg >= len(self.table.binary):
            raise Malformed(f"there is no operator {step.arg}")
        op = self.table.binary[step.arg]
        if op == "[]":
            self.binary_subscr(step)
        else:
            self.push(self.binary(op.removesuffix("="), *self.pops(2)))

    def compare_op(self, step: Step) -> None:
        shift = {(3, 12): 4, (3, 13): 5, (3, 14): 5}.get(self.table.version, 0)
        if step.arg >> shift >= len(self.table.compare):
            raise Malformed(f"there is no comparison {step.arg}")
        op = self.table.compare[step.arg >> shift]
        left, right = self.pops(2)
        self.push(
            self.unknown("whether it is caught") if op == "exception match" else self.binary(op, left, right)
        )

    def is_op(self, step: Step) -> None:
        self.push(self.binary("is not" if step.arg else "is", *self.pops(2)))

    def contains_op(self, step: Step) -> None:
        self.push(self.binary("not in" if step.arg else "in", *self.pops(2)))

    def unary_not(self, step: Step) -> None:
        operand, dst = self.pop(), self.register()
        self.ops.append(ir.Unary(self.at, dst, _UNARY[step.name], operand))
        self.push(dst)

    unary_positive = unary_negative = unary_invert = unary_not

    def unary_convert(self, step: Step) -> None:
        self.push(self.invoke(self.builtin("repr"), (self.pop(),)))

    # Containers

    def _build(self, kind: Container, count: int) -> None:
        self.push(self.make(kind, self.pops(count)))

    def build_tuple(self, step: Step) -> None:
        self._build("tuple", step.arg)

    def build_list(self, step: Step) -> None:
        self._build("list", step.arg)

    def build_set(self, step: Step) -> None:
        self._build("set", step.arg)

    def build_string(self, step: Step) -> None:
        self._build("str", step.arg)

    def build_slice(self, step: Step) -> None:
        parts = self.pops(step.arg)
        self.push(self.make("slice", parts if len(parts) == 3 else (*parts, self.const(None))))

    def build_map(self, step: Step) -> None:
        self._build("dict", 2 * step.arg if self.table.version > (3, 0) else 0)

    def build_const_key_map(self, step: Step) -> None:
        keys = self.items(self.pop()) or ()
        values = self.pops(step.arg)
        if len(keys) != len(values):
            raise Malformed("a dictionary has more keys than values, or fewer")
        self.push(self.make("dict", tuple(r for pair in zip(keys, values, strict=True) for r in pair)))

    def store_map(self, step: Step) -> None:
        value, key = self.pops(2)
        self._grow(self.peek(1), 1, (key, value))

    def _unpacked(self, kind: Container, count: int) -> None:
        """``[*a, *b]`` until 3.8."""
        self.push(self.make(kind, tuple(self.make("spread", (r,)) for r in self.pops(count))))

    def build_tuple_unpack(self, step: Step) -> None:
        self._unpacked("tuple", step.arg)

    build_tuple_unpack_with_call = build_tuple_unpack

    def build_list_unpack(self, step: Step) -> None:
        self._unpacked("list", step.arg)

    def build_set_unpack(self, step: Step) -> None:
        self._unpacked("set", step.arg)

    def build_map_unpack(self, step: Step) -> None:
        self.push(self.make("dict", tuple(r for value in self.pops(step.arg) for r in self._pairs(value))))

    build_map_unpack_with_call = build_map_unpack

    def _pairs(self, value: ir.Reg) -> Stack:
        match self.origins.get(value):
            case Made(kind="dict", items=items):
                return items
        return (-1, value)

    def _grow(self, base: ir.Reg, depth: int, items: Stack) -> None:
        """A container on the stack that was only just made has more in it."""
        match self.origins.get(base):
            case Made(kind=kind, items=old):
                self.stack[-depth] = self.make(kind, (*old, *items))

    def list_extend(self, step: Step) -> None:
        value, base = self.pop(), self.peek(step.arg)
        items = self.items(value)
        if items is None:
            items = (self.make("spread", (value,)),)
        if isinstance(self.origins.get(base), Made):
            self._grow(base, step.arg, items)
        else:
            self.method(base, "extend", value)

    set_update = list_extend

    def dict_update(self, step: Step) -> None:
        value, base = self.pop(), self.peek(step.arg)
        if isinstance(self.origins.get(base), Made):
            self._grow(base, step.arg, self._pairs(value))
        else:
            self.method(base, "update", value)

    dict_merge = dict_update

    def list_to_tuple(self, step: Step) -> None:
        value = self.pop()
        items = self.items(value)
        self.push(self.make("tuple", (self.make("spread", (value,)),) if items is None else items))

    def list_append(self, step: Step) -> None:
        """What a comprehension collects."""
        src = self.pop()
        self._changes(step.arg)
        self.ops.append(ir.SetItem(self.at, self.peek(step.arg), None, src))

    set_add = list_append

    def map_add(self, step: Step) -> None:
        key, src = self.pops(2)
        if self.table.version < (3, 8):
            key, src = src, key
        self._changes(step.arg)
        self.ops.append(ir.SetItem(self.at, self.peek(step.arg), key, src))

    def _changes(self, depth: int) -> None:
        self.origins.pop(self.peek(depth), None)

    def unpack_sequence(self, step: Step) -> None:
        src = self.pop()
        self._room(step.arg)
        items = [self.item(src, self.const(index)) for index in range(step.arg)]
        self.push(*reversed(items))

    def unpack_ex(self, step: Step) -> None:
        src, before, behind = self.pop(), step.arg & 255, step.arg >> 8
        self._room(before + behind)
        items = [self.item(src, self.const(index)) for index in range(before)]
        bounds = (self.const(before), self.const(-behind or None), self.const(None))
        items.append(self.item(src, self.make("slice", bounds)))
        items += [self.item(src, self.const(index - behind)) for index in range(behind)]
        self.push(*reversed(items))

    def _room(self, count: int) -> None:
        if count > self.code.stacksize:
            raise Malformed("more is unpacked than the stack has room for")

    # The order of the stack

    def pop_top(self, step: Step) -> None:
        self.pop()

    pop_iter = pop_top

    def nop(self, step: Step) -> None:
        pass

    resume = not_taken = precall = exit_init_check = to_bool = nop

    def push_null(self, step: Step) -> None:
        self.push(NULL)

    def copy(self, step: Step) -> None:
        self.push(self.peek(step.arg))

    def swap(self, step: Step) -> None:
        top, other = self.peek(1), self.peek(step.arg)
        self.stack[-1], self.stack[-step.arg] = other, top

    def dup_top(self, step: Step) -> None:
        self.push(self.peek(1))

    def dup_top_two(self, step: Step) -> None:
        self.push(*[self.peek(2), self.peek(1)])

    def dup_topx(self, step: Step) -> None:
        found = self.pops(step.arg)
        self.push(*found, *found)

    def _rotate(self, count: int) -> None:
        *rest, top = self.pops(count)
        self.push(top, *rest)

    def rot_two(self, step: Step) -> None:
        self._rotate(2)

    def rot_three(self, step: Step) -> None:
        self._rotate(3)

    def rot_four(self, step: Step) -> None:
        self._rotate(4)

    def rot_n(self, step: Step) -> None:
        if not step.arg:
            raise Malformed("nothing is rotated")
        self._rotate(step.arg)

    def is_known(self, register: ir.Reg) -> bool:
        return isinstance(self.origins.get(register), Known)
