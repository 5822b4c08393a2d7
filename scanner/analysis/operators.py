"""Operations without side effects: containers, operators, and binding arguments to parameters."""

from __future__ import annotations

from collections.abc import Sequence

from scanner import ir
from scanner.analysis import evaluate
from scanner.analysis.containers import (
    PATH_OBJECT,
    boxes,
    concatenate,
    element,
    elements,
    limit,
    spilled,
)
from scanner.analysis.pure import NotConstant
from scanner.analysis.scope import Scope
from scanner.analysis.values import UNKNOWN, Box, Value, join, made


def bind(scope: Scope, function: ir.Function, defaults: dict[str, Value], args: Sequence[Value],
         kwargs: dict[str, Value]) -> None:  # fmt: skip
    """Give parameters their values, as Python binds arguments; what is missing is unknown."""
    rest, named_rest = list(args), dict(kwargs)
    for param in function.params:
        match param.kind:
            case "star":
                scope.set(param.name, made(Box("tuple", rest)))
                rest = []
            case "stars":
                scope.set(param.name, made(Box("dict", entries=dict(named_rest.items()))))
            case "plain" if rest:
                scope.set(param.name, rest.pop(0))
            case _:
                value = named_rest.pop(param.name, None)
                scope.set(param.name, defaults.get(param.name, UNKNOWN) if value is None else value)


def make(kind: str, items: list[Value | None], arms: tuple[int, ...] = ()) -> Value:
    """A container; ``arms`` are the branches that it is made in."""
    if kind == "str":
        return concatenate([i for i in items if i is not None])
    box = Box(kind, arms=arms)
    if kind == "dict":
        for key, value in zip(items[::2], items[1::2], strict=True):
            if value is None:
                continue
            if key is None or not key.known:
                inner = [o for o in value.objects if isinstance(o, Box)]
                for other in inner if key is None else ():
                    box.entries.update(other.entries)
                box.exact = False
                box.items.append(value if key is None else join([key, value]))
            else:
                box.entries[key.consts[0]] = value
        return made(box)
    for item in items:
        spread = (
            next((o for o in item.objects if isinstance(o, Box) and o.kind == "spread"), None)
            if item
            else None
        )
        if spread is None or kind == "spread":
            box.items.append(item or UNKNOWN)
            continue
        known = elements(spread.items[0]) if spread.items else None
        box.items.extend(known if known is not None else [element(spread.items[0])])
        box.exact = box.exact and known is not None
        limit(box)
    return made(box)


def binary(op: str, left: Value, right: Value) -> Value:
    lists = boxes(left) + boxes(right)
    if op == "+" and len(lists) == 2 and not left.texts and not right.texts:
        exact = left.exact and right.exact and all(box.exact for box in lists)
        both = Box(lists[0].kind, [*lists[0].items, *lists[1].items], exact=exact)
        limit(both)
        return made(both).tainted(left, right)
    try:
        if evaluate.computable((left, right)):
            result = evaluate.compute(lambda a, b: evaluate.binary(op, a, b), (left, right))
            return result.tainted(Value(sources=left.sources + right.sources))
    except NotConstant:
        pass
    if op in ("+", "/") and (left.texts or right.texts):
        text = concatenate((left, right), "/" if op == "/" else "")
        if op == "/" and any(n.startswith("pathlib.Path") for n in left.names):
            return Value(names=(PATH_OBJECT,), parts=text.texts, sources=text.sources, exact=True)
        return text
    if op in ("or", "and"):
        return join([left, right])
    return Value(names=left.names if op == "/" else ()).tainted(spilled(left), spilled(right))


def unary(op: str, operand: Value) -> Value:
    try:
        return evaluate.unary(op, operand)
    except NotConstant:
        return UNKNOWN.tainted(operand)
