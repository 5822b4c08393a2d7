"""Arrays of numbers that spell a text: ``numpy.array`` and ``torch.tensor`` of constants."""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Iterable
from typing import Any

from scanner.analysis import pure
from scanner.analysis.containers import boxes, elements
from scanner.analysis.values import ARRAY, UNKNOWN, Box, Value, const, made

# Names of element types, and how ``struct`` writes one.
_TYPES = {
    "uint8": "B", "int8": "b", "uint16": "H", "int16": "h", "uint32": "I", "int32": "i", "uint64": "Q",
    "int64": "q", "ubyte": "B", "byte": "b", "short": "h", "int": "q", "long": "q", "B": "B", "b": "b",
    "u1": "B", "i1": "b", "u2": "H", "i2": "h", "u4": "I", "i4": "i", "u8": "Q", "i8": "q",
}  # fmt: skip
_BITS = {code: 8 * struct.calcsize(code) for code in _TYPES.values()}
_MAKERS = frozenset({
    "numpy.array", "numpy.asarray", "numpy.fromiter", "torch.tensor", "torch.as_tensor", "torch.asarray",
})  # fmt: skip
_BUFFERS = frozenset({"numpy.frombuffer", "numpy.fromstring", "torch.frombuffer"})
_TYPED = {"torch.ByteTensor": "B", "torch.CharTensor": "b", "torch.LongTensor": "q", "torch.IntTensor": "i"}
_CREATE = _MAKERS | _BUFFERS | _TYPED.keys()
_OPERATORS = {
    "numpy.bitwise_xor": "^", "torch.bitwise_xor": "^", "numpy.add": "+", "numpy.subtract": "-",
    "torch.add": "+", "torch.sub": "-", "numpy.bitwise_and": "&", "numpy.bitwise_or": "|",
    "numpy.multiply": "*", "numpy.mod": "%", "numpy.right_shift": ">>", "numpy.left_shift": "<<",
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[[Any, Any], int]] = {
    "^": operator.xor, "&": operator.and_, "|": operator.or_, "+": operator.add, "-": operator.sub,
    "*": operator.mul, "//": operator.floordiv, "%": operator.mod, ">>": operator.rshift,
}  # fmt: skip
_SAME = frozenset({
    "copy", "flatten", "ravel", "numpy", "cpu", "detach", "contiguous", "clone", "squeeze", "reshape", "view",
    "to", "byte", "type",
})  # fmt: skip


def call(callee: str, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
    """An array of known integers, made or computed with; None for anything else."""
    if callee in _OPERATORS and len(args) == len(("left", "right")):
        return binary(_OPERATORS[callee], *args)
    if not args or callee not in _CREATE:
        return None
    code = _TYPED.get(callee) or _code(kwargs.get("dtype", args[1] if len(args) > 1 else None))
    if code is None:
        return None
    if callee not in _BUFFERS:
        numbers = _numbers(args[0])
        return None if numbers is None else _array(numbers, code)
    if args[0].known and isinstance(data := args[0].consts[0], bytes):
        size = struct.calcsize(code)
        count = len(data) // size
        return _array(struct.unpack(f"<{count}{code}", data[: count * size]), code) if count else None
    return None


def method(box: Box, name: str, args: list[Value]) -> Value | None:
    """A method of an array; None if it is one that is not followed, or ``box`` is no array."""
    numbers = _numbers(made(box)) if box.kind.startswith(ARRAY) else None
    if numbers is None:
        return None
    code = box.kind.removeprefix(ARRAY)
    if name in ("tobytes", "tostring"):
        return const(struct.pack(f"<{len(numbers)}{code}", *(_fit(n, code) for n in numbers)))
    if name == "tolist":
        return made(Box("list", [const(n) for n in numbers]))
    if name in _SAME or name == "astype":
        other = (_code(args[0]) if args else None) or code
        return _array(numbers, other if name in ("astype", "to", "view", "type") else code)
    return None


def binary(op: str, left: Value, right: Value) -> Value | None:
    """An operator on arrays, element by element; None if neither is one."""
    function = _FUNCTIONS.get(op)
    kinds = [b.kind for v in (left, right) for b in boxes(v) if b.kind.startswith(ARRAY)]
    if function is None or not kinds:
        return None
    first, second = _numbers(left), _numbers(right)
    length = max(len(first or ()), len(second or ()))
    first = first or _repeated(left, length)
    second = second or _repeated(right, length)
    if not first or not second or len(first) != len(second):
        return None
    try:
        return _array([function(a, b) for a, b in zip(first, second, strict=True)], kinds[0][len(ARRAY) :])
    except (ArithmeticError, ValueError):
        return None


def _repeated(value: Value, length: int) -> list[int]:
    number = value.consts[0] if value.known else None
    return [number] * length if isinstance(number, int) and number.bit_length() < pure.BITS else []


def _numbers(value: Value) -> list[int] | None:
    """The integers of a container, if they are known and not too many."""
    items = elements(value) if value.objects or value.known else None
    if not items or len(items) > pure.COUNT:
        return None
    found = [item.consts[0] for item in items if item.known]
    numbers = [n for n in found if isinstance(n, int) and n.bit_length() < pure.BITS]
    return numbers if len(numbers) == len(items) else None


def _array(numbers: Iterable[int], code: str) -> Value:
    return made(Box(f"{ARRAY}{code}", [const(_fit(n, code)) for n in numbers]))


def _fit(number: int, code: str) -> int:
    """The number as an element of this type holds it."""
    bits = _BITS[code]
    number &= (1 << bits) - 1
    return number - (1 << bits) if code.islower() and number >> (bits - 1) else number


def _code(dtype: Value | None) -> str | None:
    """How elements of a type are written; integers of 64 bits unless another is named."""
    if dtype is None or dtype is UNKNOWN:
        return "q"
    words = [n.rpartition(".")[2] for n in dtype.names] + [c for c in dtype.consts if isinstance(c, str)]
    return _TYPES.get(words[0].lstrip("<=|")) if len(words) == 1 else None
