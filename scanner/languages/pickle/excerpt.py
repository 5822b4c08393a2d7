"""The part of a large pickle that one opcode acts on, as a small pickle of its own.

A value is made by opcodes from values that other opcodes have made, so what leads to one of them is told from
the rest by following the stack and the memo. ``pickletools`` says what each opcode takes and leaves.
"""

import pickletools
import struct
import time
from typing import IO, cast

from msgspec import Struct, field

from scanner.blob import Blob
from scanner.languages.pickle.differential import Hollow
from scanner.languages.pickle.machine import Reading
from scanner.languages.pickle.stream import Tokens

_OPCODES = 200_000  # followed at most, some hundred bytes of memory each
_LONGEST = 4096  # bytes of one opcode with its argument; what is longer is named instead
_ITEMS = 64  # of one container
_ROOM = 64 << 10  # bytes of the excerpt
_DEPTH = 100
_PROTO = b"\x80"
_MARK = pickletools.markobject
_CHANGES = frozenset({"APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD"})
_ADDS = frozenset({b"a", b"e", b"s", b"u", b"\x90"})
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_GETS = frozenset({"GET", "BINGET", "LONG_BINGET"})
_NOTHING = frozenset({"PROTO", "FRAME", "STOP"})


class Value(Struct, eq=False):
    """Something on the stack: the opcodes that made and changed it, each behind the values that it takes."""

    steps: list[tuple[list["Value"], bytes]] = field(default_factory=list)
    mark: bool = False


class Arrays(Hollow):
    """The stream without what stands raw between its opcodes: ``gaps`` are the starts and ends of that."""

    gaps: tuple[tuple[int, int], ...] = ()

    def read(self, count: int) -> bytes:
        self.position = next((end for start, end in self.gaps if self.position == start), self.position)
        return super().read(count)


def excerpt(blob: Blob, reading: Reading, offset: int, tokens: Tokens, deadline: float) -> bytes:
    """A pickle of what the opcode at ``offset`` leaves on the stack; empty when that is out of reach, or not
    known at ``deadline`` of the monotonic clock. Raises whatever pickletools raises.

    ``reading`` is one that knows where the arrays are; the pickle of an array of objects is one of its own.
    """
    start = next((begin for begin, end in reading.gaps if begin <= offset < end), reading.start)
    file = Arrays(blob, tokens, start)
    file.gaps = tuple(gap for gap in reading.gaps if gap[0] > start)
    stack: list[Value] = []
    memo: dict[int, Value] = {}
    at = start
    for count, (opcode, argument, _) in enumerate(pickletools.genops(cast(IO[bytes], file))):
        length = file.tell() - at
        code = blob.read_at(at, length) if length <= _LONGEST else _text(f"<{length:,} bytes>")
        _step(opcode, argument, code, stack, memo)
        if at >= offset or count >= _OPCODES or time.monotonic() > deadline:
            break
        at = file.tell()
    if at != offset or not stack:
        return b""
    head = blob.read_at(start, 2)  # old protocols have other names for modules
    return (head if head[:1] == _PROTO else b"") + _Writer().write(stack[-1]) + b"."


def _step(
    opcode: pickletools.OpcodeInfo, argument: object, code: bytes, stack: list[Value], memo: dict[int, Value]
) -> None:
    """Do to the stack and the memo what the opcode does."""
    match opcode.name:
        case name if name in _NOTHING:
            return
        case "MEMOIZE":
            memo[len(memo)] = stack[-1]
            return
        case name if name in _PUTS:
            memo[cast(int, argument)] = stack[-1]
            return
        case name if name in _GETS:
            stack.append(memo[cast(int, argument)])
            return
        case "DUP":
            stack.append(stack[-1])
            return
        case "PERSID" | "BINPERSID":  # the loading program's affair, which no second reader knows
            code = _text("<persistent object>")
    taken = _take(opcode, stack)
    if opcode.name in _CHANGES:
        taken[0].steps.append((taken[1:], code))
        stack.append(taken[0])
    elif opcode.stack_after:
        if opcode.name == "BINPERSID":
            taken = []
        stack.append(Value([(taken, code)], mark=opcode.name == "MARK"))


def _take(opcode: pickletools.OpcodeInfo, stack: list[Value]) -> list[Value]:
    """The values that the opcode pops, in the order of the stack."""
    before = opcode.stack_before
    cut = len(stack) - len(before)
    if _MARK in before:
        mark = max(i for i, value in enumerate(stack) if value.mark)
        cut = mark - before.index(_MARK)
    taken = stack[cut:]
    del stack[cut:]
    return taken


def _text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


class _Writer:
    """Values as opcodes, each once: what comes again is fetched from the memo."""

    def __init__(self) -> None:
        self._room = _ROOM
        self._numbers: dict[Value, int] = {}
        self._written = 0

    def write(self, value: Value, depth: int = 0) -> bytes:
        """The opcodes that make ``value``, as far as there is room."""
        if value.mark:
            return b"("
        if (number := self._numbers.get(value)) is not None:
            return b"j" + struct.pack("<I", number) if number >= 0 else _text("<itself>")
        if self._room <= 0 or depth > _DEPTH:
            return _text("<...>")
        self._numbers[value] = -1  # not yet there
        parts = []
        left = _ITEMS
        for taken, code in value.steps:
            if left <= 0 and code in _ADDS:
                continue
            kept = taken[: max(left, 0) + 1]  # a mark and pairs, a mark and items, an item
            left -= len(taken)
            self._room -= len(code)
            parts += [*(self.write(inner, depth + 1) for inner in kept), code]
        self._numbers[value] = number = self._written
        self._written += 1
        return b"".join(parts) + b"r" + struct.pack("<I", number)
