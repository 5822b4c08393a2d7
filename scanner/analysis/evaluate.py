"""Values that are constants: into Python objects, through pure functions, and back.

Whatever cannot be computed raises :class:`NotConstant`.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice, product
from typing import Any

from scanner.analysis.pure import COUNT, METHODS, OPERATORS, SIZE, NotConstant, TooLarge, guarded_method
from scanner.analysis.values import ALTERNATIVES, ARRAY, Box, Value, const, join, made
from scanner.facts import Source

UNFINISHED = "value.unfinished"  # a kind of source that only the analysis knows
CUT = Value(sources=(Source(UNFINISHED, ()),))
"""What is made of constants but not computed to its end carries this."""
_HELD = 64  # elements of a container that is too large whose taint is looked at
SCALARS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


def reify(value: Value, left: Iterator[int] | None = None) -> Any:
    """The one Python object that ``value`` must be; ``left`` counts down what it may consist of."""
    if value.known:
        return value.consts[0]
    if value.exact and len(value.objects) == 1 and not value.consts and not value.names:
        box = value.objects[0]
        if isinstance(box, Box) and box.exact:
            return _reify_box(box, left or iter(range(COUNT)))
    raise NotConstant


def _reify_box(box: Box, left: Iterator[int]) -> Any:
    """The container, if every element is known."""
    items = []
    for item in box.entries.values() if box.kind == "dict" else box.items:
        if next(left, None) is None:
            raise TooLarge
        items.append(reify(item, left))
    if box.kind == "dict":
        return dict(zip(box.entries, items, strict=True))
    match box.kind:
        case "list":
            return items
        case "tuple":
            return tuple(items)
        case "set" | "frozenset" if all(isinstance(i, SCALARS) for i in items):
            return set(items)
        case kind if kind.startswith(ARRAY):
            return items
        case "slice" if len(items) == 3:
            return slice(*items)
    raise NotConstant


def reflect(result: Any, left: Iterator[int] | None = None) -> Value:
    """A computed object as a value; ``left`` counts down what it may consist of."""
    if isinstance(result, bytearray):
        result = bytes(result)
    if isinstance(result, SCALARS):
        return const(result)
    left = left or iter(range(COUNT))
    if not isinstance(result, dict | list | tuple | set | frozenset):
        raise NotConstant
    items = []
    for item in result.values() if isinstance(result, dict) else result:
        if next(left, None) is None:
            raise TooLarge
        items.append(reflect(item, left))
    if not isinstance(result, dict):
        return made(Box(type(result).__name__, items))
    if not all(isinstance(k, SCALARS) for k in result):
        raise NotConstant
    return made(Box("dict", entries=dict(zip(result, items, strict=True))))


def computable(values: Iterable[Value]) -> bool:
    """Whether all of these may be constants: what is told without an exception costs a tenth."""
    for value in values:
        if not value.exact or value.names or not (value.consts or value.objects):
            return False
    return True


def compute(function: Callable[..., Value], values: Sequence[Value]) -> Value:
    """``function`` on every combination of the constants that ``values`` may be; if there is too much of
    them or of the result, what they carry and that it was cut."""
    choices = [_alternatives(v) for v in values]
    total = 1
    for choice in choices:
        total *= len(choice)
    if total > ALTERNATIVES:
        raise NotConstant
    try:
        return join([function(*combination) for combination in product(*choices)])
    except TooLarge:
        boxes = (thing for value in values for thing in value.objects if isinstance(thing, Box))
        held = [item for box in boxes for item in islice((*box.items, *box.entries.values()), _HELD)]
        return CUT.tainted(*values, *held)


def _alternatives(value: Value) -> list[Value]:
    if value.exact and len(value.consts) > 1 and not value.names and not value.objects:
        return [const(c) for c in value.consts]
    return [value]


def evaluate(function: Callable[..., Any], args: Iterable[Value], kwargs: dict[str, Value]) -> Value:
    """``function`` applied to constants."""
    try:
        positional = [reify(a) for a in args]
        result = function(*positional, **{k: reify(v) for k, v in kwargs.items()})
        if hasattr(result, "__len__") and len(result) > SIZE:
            raise TooLarge
        return reflect(result)
    except NotConstant:
        raise
    except Exception as error:  # the program would have raised here; what follows is unknown
        raise NotConstant from error


def call_method(receiver: Value, name: str, args: Iterable[Value], kwargs: dict[str, Value]) -> Value:
    """A method of a built-in constant, such as ``", ".join(...)``."""
    if name not in _methods(receiver):  # before a long list is copied for each append to it
        raise NotConstant
    return evaluate(partial(guarded_method, reify(receiver), name), args, kwargs)


def _methods(receiver: Value) -> frozenset[str]:
    """The pure methods that it may have."""
    if receiver.consts:
        return METHODS.get(type(receiver.consts[0]), frozenset())
    kinds = (METHODS.get(_KINDS.get(o.kind, set)) for o in receiver.objects if isinstance(o, Box))
    return next(kinds, None) or frozenset()


_KINDS: dict[str, type] = {"list": list, "tuple": tuple, "dict": dict}


def binary(op: str, left: Value, right: Value) -> Value:
    """An operator on two constants."""
    function = OPERATORS.get(op)
    if function is None:
        raise NotConstant
    return evaluate(function, (left, right), {})


def unary(op: str, operand: Value) -> Value:
    """An operator on one constant."""
    functions: dict[str, Callable[[Any], Any]] = {
        "not": operator.not_,
        "-": operator.neg,
        "+": operator.pos,
        "~": operator.invert,
    }
    if op not in functions:
        raise NotConstant
    return evaluate(functions[op], (operand,), {})


def item(base: Value, key: Value) -> Value:
    """``base[key]`` of constants."""
    return evaluate(operator.getitem, (base, key), {})
