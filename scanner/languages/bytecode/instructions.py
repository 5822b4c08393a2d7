"""From bytes to instructions, with extended arguments, caches and jumps resolved."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from scanner.errors import Malformed
from scanner.languages.bytecode.code import Code
from scanner.languages.bytecode.lines import Lines
from scanner.languages.bytecode.tables import Table

# Jumps by the words in their names; the other opcodes that jump are these.
_FORWARD = frozenset({
    "FOR_ITER", "SETUP_LOOP", "SETUP_EXCEPT", "SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH",
    "CALL_FINALLY", "SEND",
})  # fmt: skip
_ABSOLUTE = frozenset({"CONTINUE_LOOP", "JUMP_ABSOLUTE"})


class Instruction(Struct, frozen=True):
    """One instruction. ``target`` is the byte offset it may jump to, ``next`` that of the following
    one. ``at`` is its line."""

    offset: int
    number: int
    name: str
    arg: int
    target: int | None
    next: int
    at: int


class Handler(Struct, frozen=True):
    """A row of an exception table: offsets ``start`` to ``end`` are caught at ``target``, where the
    stack is ``depth`` deep, with the offset that raised on top if ``lasti``."""

    start: int
    end: int
    target: int
    depth: int
    lasti: bool


class Listing(Struct, frozen=True):
    """The instructions of one code object by offset, in order, and its exception table."""

    instructions: dict[int, Instruction]
    handlers: tuple[Handler, ...]
    odd: bool  # there is an opcode that only a running interpreter writes


def listing(code: Code, table: Table, at: int | None = None) -> Listing:
    """Decode ``code`` as ``table`` says; raises :class:`Malformed` where that cannot be right.

    With ``at``, an instruction is not said to be at its line, but that far behind ``at``.
    """
    places = Lines(code, table.version).at if at is None else at.__add__
    found = {i.offset: i for i in _decode(code.code, table, places)}
    for instruction in found.values():
        if instruction.target is not None and instruction.target not in found:
            raise Malformed(f"a jump to byte {instruction.target}, where no instruction starts")
    handlers = tuple(_handlers(code.exceptions)) if table.version >= (3, 11) else ()
    for handler in handlers:
        if handler.target not in found or handler.start not in found:
            raise Malformed("the exception table points between instructions")
    odd = any(instruction.number in table.specialised for instruction in found.values())
    return Listing(found, handlers, odd)


def _decode(data: bytes, table: Table, places: Callable[[int], int]) -> Iterator[Instruction]:
    wide = table.version >= (3, 6)
    at, start, extended = 0, 0, 0
    while at < len(data):
        number = data[at]
        name = table.names.get(number) or table.specialised.get(number)
        if name is None:
            raise Malformed(
                f"no instruction of {table.version[0]}.{table.version[1]} has the number {number}"
            )
        if wide:
            arg, size = data[at + 1] if at + 1 < len(data) else 0, 2
        else:
            size = 3 if number >= table.have_argument else 1
            arg = int.from_bytes(data[at + 1 : at + size], "little")
        if at + size > len(data):
            raise Malformed("the code ends inside an instruction")
        at += size
        arg |= extended
        if name == "EXTENDED_ARG":
            extended = (arg << (8 if wide else 16)) & 0xFFFFFFFF
            continue
        if wide and number < table.have_argument and number in table.names:
            arg = 0
        extended = 0
        after = at + 2 * table.caches.get(name, 0)
        if after > len(data) or (table.caches and any(data[at:after:2])):
            raise Malformed(f"what follows {name} at byte {at} is not its cache")
        target = _target(name, arg, after, table)
        yield Instruction(start, number, name, arg, target, after, places(start))
        start = at = after


def _target(name: str, arg: int, after: int, table: Table) -> int | None:
    """Where an instruction may jump to. Jumps count bytes until 3.9, then code units."""
    unit = 2 if table.version >= (3, 10) else 1
    if name in _FORWARD or name.startswith("JUMP_FORWARD"):
        return after + arg * unit
    if name in _ABSOLUTE:
        return arg * unit
    if "JUMP" not in name:
        return None
    if "BACKWARD" in name:
        return after - arg * unit
    if table.version >= (3, 11):
        return after + arg * unit
    return arg * unit


def _handlers(data: bytes) -> Iterator[Handler]:
    at = 0

    def number() -> int:
        nonlocal at
        value = 0
        while at < len(data):
            byte = data[at]
            at += 1
            value = value << 6 | byte & 63
            if not byte & 64:
                return value
        raise Malformed("the exception table ends inside an entry")

    while at < len(data):
        start, length, target, info = number(), number(), number(), number()
        yield Handler(2 * start, 2 * (start + length), 2 * target, info >> 1, bool(info & 1))
