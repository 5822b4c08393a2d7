"""What each pickle opcode does to the loader's state: one row per opcode in :data:`STEPS`."""

import re
from collections.abc import Callable

from scanner.formats._opstate import CONST, CONTAINER, GLOBAL, TUPLE, UNKNOWN, Stop, Walk

HIGHEST = 5  # protocol

INTEGER = re.compile(rb"\s*[-+]?[0-9a-fA-FxXoO_]+[lL]?\s*(\0.*)?$", re.DOTALL)  # C stops at a NUL
PRINTABLE = re.compile(rb"[ -~]+\Z")
FLOAT = re.compile(rb"\s*[-+0-9.eEinfatyINFATY_]+\s*$")

Step = Callable[[Walk, int], None]


def _constant(width: int) -> Step:
    """An argument of fixed width that is pushed as a constant."""

    def step(walk: Walk, _opcode: int) -> None:
        walk.tape.number(width)
        walk.stack.append(CONST)

    return step


def _counted(width: int, kind: str = CONST, *, signed: bool = False) -> Step:
    """A length, and so many bytes that are not read."""

    def step(walk: Walk, _opcode: int) -> None:
        length = walk.tape.number(width, signed=signed)
        if length < 0:
            raise Stop
        walk.tape.position += length
        walk.stack.append(kind)

    return step


def _text(pattern: re.Pattern[bytes]) -> Step:
    """A number written out."""

    def step(walk: Walk, _opcode: int) -> None:
        if not pattern.match(walk.tape.line(pattern)):
            raise Stop
        walk.stack.append(CONST)

    return step


def _string(walk: Walk, opcode: int) -> None:
    """STRING, which is quoted, and UNICODE, which is not."""
    if opcode == ord("S") and walk.tape.peek(1) not in (b"'", b'"'):
        raise Stop
    walk.tape.skip_line()
    walk.stack.append(CONST)


def _persistent_line(walk: Walk, _opcode: int) -> None:
    """An identifier in ASCII. Control characters are what the ``PK`` of a ZIP archive goes on with."""
    if not PRINTABLE.match(walk.tape.line(PRINTABLE)):
        raise Stop
    walk.stack.append(UNKNOWN)


def _push(kind: str) -> Step:
    def step(walk: Walk, _opcode: int) -> None:
        walk.stack.append(kind)

    return step


def _gather(kind: str) -> Step:
    """Everything above the mark becomes one item."""

    def step(walk: Walk, _opcode: int) -> None:
        walk.pop_mark()
        walk.stack.append(kind)

    return step


def _tuple(size: int) -> Step:
    def step(walk: Walk, _opcode: int) -> None:
        walk.pop(size)
        walk.stack.append(TUPLE)

    return step


def _mark(walk: Walk, _opcode: int) -> None:
    walk.marks.append(len(walk.stack))


def _pop(walk: Walk, _opcode: int) -> None:
    if walk.marks and walk.marks[-1] == len(walk.stack):
        walk.marks.pop()
    else:
        walk.pop(1)


def _pop_mark(walk: Walk, _opcode: int) -> None:
    walk.pop_mark()


def _copy(times: int) -> Step:
    def step(walk: Walk, _opcode: int) -> None:
        walk.stack += walk.pop(1) * times

    return step


def _persistent(walk: Walk, _opcode: int) -> None:
    walk.pop(1)
    walk.stack.append(UNKNOWN)


def _key(walk: Walk, width: int) -> int:
    """A memo index: written out when ``width`` is 0."""
    if width:
        return walk.tape.number(width)
    try:
        return int(walk.tape.line())
    except ValueError:
        raise Stop from None


def _put(width: int) -> Step:
    def step(walk: Walk, _opcode: int) -> None:
        key = _key(walk, width)
        walk.stack += (top := walk.pop(1))
        walk.memo[key] = top[0]

    return step


def _memoize(walk: Walk, _opcode: int) -> None:
    walk.stack += (top := walk.pop(1))
    walk.memo[len(walk.memo)] = top[0]


def _get(width: int) -> Step:
    def step(walk: Walk, _opcode: int) -> None:
        kind = walk.memo.get(_key(walk, width))
        if kind is None:
            raise Stop
        walk.stack.append(kind)

    return step


def _global(walk: Walk, _opcode: int) -> None:
    walk.look_up()
    walk.stack.append(GLOBAL)


def _extension(width: int) -> Step:
    """A registered object. The registry is empty unless somebody filled it, which takes a lookup: an
    extension alone convinces nobody."""

    def step(walk: Walk, _opcode: int) -> None:
        if not walk.tape.number(width):
            raise Stop
        walk.stack.append(GLOBAL)

    return step


def _stack_global(walk: Walk, _opcode: int) -> None:
    if any(kind not in (CONST, UNKNOWN) for kind in walk.pop(2)):
        raise Stop
    walk.looked_up = True
    walk.stack.append(GLOBAL)


def _call(operands: int) -> Step:
    """REDUCE and NEWOBJ: the callee and its arguments become the result."""

    def step(walk: Walk, _opcode: int) -> None:
        callee, *arguments = walk.pop(operands)
        if callee not in (GLOBAL, UNKNOWN):
            raise Stop
        walk.act(callee, arguments)
        walk.stack.append(UNKNOWN)

    return step


def _inst(walk: Walk, _opcode: int) -> None:
    walk.look_up()
    walk.pop_mark()
    walk.acted = True
    walk.stack.append(UNKNOWN)


def _obj(walk: Walk, _opcode: int) -> None:
    items = walk.pop_mark()
    if not items or items[0] not in (GLOBAL, UNKNOWN):
        raise Stop
    walk.acted = walk.acted or walk.looked_up
    walk.stack.append(UNKNOWN)


def _change(operands: int) -> Step:
    """BUILD, APPEND and SETITEM: the target stays on the stack."""

    def step(walk: Walk, opcode: int) -> None:
        target, *values = walk.pop(operands)
        if target in (CONST, TUPLE) and opcode != ord("b"):
            raise Stop
        walk.act(target, values)
        walk.stack.append(target)

    return step


def _fill(walk: Walk, _opcode: int) -> None:
    """APPENDS, SETITEMS and ADDITEMS."""
    values = walk.pop_mark()
    target = walk.pop(1)[0]
    if target in (CONST, TUPLE) and values:
        raise Stop
    walk.act(target, values)
    walk.stack.append(target)


def _protocol(walk: Walk, _opcode: int) -> None:
    walk.protocol = walk.tape.number(1)
    if walk.protocol > HIGHEST:
        raise Stop


def _frame(walk: Walk, _opcode: int) -> None:
    """The pure-Python loader does not mind a frame that is too long, so neither does the walk."""
    length = walk.tape.number(8)
    end = walk.tape.position + length
    walk.framed = walk.framed or length == 0 or bool(walk.tape.window.read_at(end - 1, 1))


def _stop(walk: Walk, _opcode: int) -> None:
    walk.pop(1)
    walk.stack.clear()
    walk.marks.clear()
    walk.stopped = True


ROWS: tuple[tuple[bytes, Step], ...] = (
    (b"N\x88\x89", _push(CONST)),
    (b"K", _constant(1)),
    (b"M", _constant(2)),
    (b"J", _constant(4)),
    (b"G", _constant(8)),
    (b"IL", _text(INTEGER)),
    (b"F", _text(FLOAT)),
    (b"SV", _string),
    (b"P", _persistent_line),
    (b"Q", _persistent),
    (b"UC\x8a\x8c", _counted(1)),
    (b"T\x8b", _counted(4, signed=True)),
    (b"XB", _counted(4)),
    (b"\x8d\x8e", _counted(8)),
    (b"\x96", _counted(8, CONTAINER)),
    (b"\x97", _push(UNKNOWN)),
    (b"\x98", _copy(1)),
    (b"]}\x8f", _push(CONTAINER)),
    (b")", _push(TUPLE)),
    (b"t", _gather(TUPLE)),
    (b"\x91", _gather(CONST)),
    (b"ld", _gather(CONTAINER)),
    (b"\x85", _tuple(1)),
    (b"\x86", _tuple(2)),
    (b"\x87", _tuple(3)),
    (b"(", _mark),
    (b"0", _pop),
    (b"1", _pop_mark),
    (b"2", _copy(2)),
    (b"p", _put(0)),
    (b"q", _put(1)),
    (b"r", _put(4)),
    (b"\x94", _memoize),
    (b"g", _get(0)),
    (b"h", _get(1)),
    (b"j", _get(4)),
    (b"c", _global),
    (b"i", _inst),
    (b"\x93", _stack_global),
    (b"\x82", _extension(1)),
    (b"\x83", _extension(2)),
    (b"\x84", _extension(4)),
    (b"R\x81", _call(2)),
    (b"\x92", _call(3)),
    (b"o", _obj),
    (b"ab", _change(2)),
    (b"s", _change(3)),
    (b"eu\x90", _fill),
    (b"\x80", _protocol),
    (b"\x95", _frame),
    (b".", _stop),
)
STEPS = {opcode: step for opcodes, step in ROWS for opcode in opcodes}
# What a loader can do whose stack and memo are empty.
FIRST = bytes(sorted(STEPS.keys() - b"012Qt\x91ld\x85\x86\x87pqr\x94ghji\x93R\x81\x92oabseu\x90\x98."))
