"""Reading and changing containers and text pieces, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from scanner.analysis import evaluate, pure
from scanner.analysis.pure import NotConstant
from scanner.analysis.values import (
    ALTERNATIVES,
    ARRAY,
    PARTS,
    UNKNOWN,
    Box,
    Instance,
    Partial,
    Value,
    as_text,
    const,
    join,
    made,
    merge_sources,
)  # fmt: skip

HOLE = "…"  # stands for what is not known inside a text that is partly known
PIECE = 4096
_SPELLED = {("sys.executable",): "python3", ("__file__",): "__file__"}
PATH_OBJECT = "pathlib.Path()"
NESTED = 3  # levels of containers that are looked into
WIDE, HELD = 64, 4096  # values of one container, and of all of them, that are looked at


def piece(value: Value) -> str:
    """The text of a value, with :data:`HOLE` where it is not known."""
    if value.known:
        return as_text(value.consts[0])
    if value.names in _SPELLED:
        return _SPELLED[value.names]
    texts = value.texts
    return texts[0] if texts else HOLE


def concatenate(values: Iterable[Value], separator: str = "") -> Value:
    """Text made of ``values``: known, or with holes in it."""
    pieces = list(values)
    texts = [piece(v) for v in pieces]
    length, known = sum(map(len, texts)), all(v.known for v in pieces)
    joined = separator.join(texts) if length <= (pure.SIZE if known else PIECE) else ""
    if known and length <= pure.SIZE:
        return const(joined).tainted(*(Value(sources=v.sources) for v in pieces))
    result = Value(parts=(joined,) if joined.strip(HOLE) and len(joined) <= PIECE else ())
    return result.tainted(*(Value(parts=v.parts[1:], sources=spilled(v).sources) for v in pieces))


def boxes(value: Value) -> list[Box]:
    """The containers that a value may be."""
    return [o for o in value.objects if isinstance(o, Box)] if value.objects else []


def elements(value: Value) -> list[Value] | None:
    """The elements of a list or tuple whose length is known; a known string counts as one too."""
    if value.exact and len(value.objects) == 1 and not value.consts and not value.names:
        box = value.objects[0]
        if isinstance(box, Box) and box.exact:
            return [const(k) for k in box.entries] if box.kind == "dict" else list(box.items)
    if value.known and isinstance(value.consts[0], str | bytes) and len(value.consts[0]) <= pure.COUNT:
        return [const(c) for c in value.consts[0]]
    return None


def inside(value: Value) -> list[Value]:
    """The value, and what the containers and partial calls in it hold, nearest first; each of those once,
    since joined values share them."""
    found = level = [value]
    seen = set[int]()
    for _ in range(NESTED):
        held: list[Value] = []
        for outer in level:
            for thing in outer.objects:
                if id(thing) in seen:
                    continue
                seen.add(id(thing))
                if isinstance(thing, Box):
                    held += [*thing.items[:WIDE], *islice(thing.entries.values(), WIDE)]
                elif isinstance(thing, Partial):
                    held += [thing.callee, *thing.args]
                elif isinstance(thing, Instance):
                    held += islice(thing.attributes.values(), WIDE)
        if not held:
            break
        level = held[: HELD - len(found)]
        found = found + level
    return found


def spilled(value: Value) -> Value:
    """The taint of a value and of all that it holds: what a text made of it would carry."""
    if not value.objects:
        return value
    held = [v for v in inside(value) if v.consts or v.parts or v.sources]
    if not held:
        return UNKNOWN
    return Value(
        parts=tuple(islice((p for v in held for p in v.texts), PARTS)),
        sources=merge_sources([s for v in held for s in v.sources]),
    )


def element(value: Value) -> Value:
    """Some element of an iterable."""
    found = [box.element() for box in boxes(value)]
    found += [const(k) for box in boxes(value) if box.kind == "dict" for k in box.entries][:ALTERNATIVES]
    return (join(found) if found else UNKNOWN).tainted(value)


def get_item(base: Value, key: Value) -> Value:
    """``base[key]``."""
    # An element of a container is found without a copy of all of it.
    if (base.consts or key.objects) and evaluate.computable((base, key)):
        try:
            return evaluate.compute(evaluate.item, (base, key)).tainted(base)
        except NotConstant:
            pass
    found = []
    for box in boxes(base):
        if (part := _slice(box, key)) is not None:
            found.append(part)
        elif key.known and key.consts[0] in box.entries:
            found.append(box.entries[key.consts[0]])
        elif key.known and box.exact and isinstance(key.consts[0], int) and _ordered(box):
            if -len(box.items) <= key.consts[0] < len(box.items):
                found.append(box.items[key.consts[0]])
        else:
            found.append(box.element())
    return (join(found) if found else UNKNOWN).tainted(_without_things(base))


def _without_things(value: Value) -> Value:
    """What a value carries along wherever it goes."""
    if not (value.consts or value.names or value.objects):
        return value
    return Value(parts=value.texts, sources=value.sources)


def _ordered(box: Box) -> bool:
    return box.kind in ("list", "tuple") or box.kind.startswith(ARRAY)


def _slice(box: Box, key: Value) -> Value | None:
    """The part of a list that a known slice means."""
    bounds = boxes(key)
    if len(bounds) != 1 or bounds[0].kind != "slice" or not box.exact or not _ordered(box):
        return None
    span = bounds_of(bounds[0])
    return None if span is None else made(Box(box.kind, box.items[span]))


def bounds_of(box: Box) -> slice | None:
    """A slice whose bounds are known."""
    parts: list[int | None] = []
    for item in box.items:
        bound = item.consts[0] if item.known else ...
        if bound is not None and not isinstance(bound, int):
            return None
        parts.append(bound)
    return slice(*parts) if len(parts) == 3 and parts[2] != 0 else None


def set_item(base: Value, key: Value | None, value: Value, *, certain: bool) -> None:
    """``base[key] = value``, or an append when there is no key."""
    for box in boxes(base):
        if not certain or len(base.objects) > 1:
            box.exact = False
        if box.kind == "list" and box.exact and _replace_slice(box, key, value):
            continue
        if key is None:
            box.items.append(value)
        elif box.kind == "dict" and key.known:
            old = box.entries.get(key.consts[0])
            box.entries[key.consts[0]] = value if certain or old is None else join([old, value])
        elif (
            key.known
            and box.exact
            and isinstance(key.consts[0], int)
            and key.consts[0] in range(len(box.items))
        ):
            box.items[key.consts[0]] = value
        else:
            box.exact = False
            box.items.append(value)
        limit(box)


def limit(box: Box) -> None:
    """Keep one element for all of them, if they are too many: lists that are added to themselves double."""
    if len(box.items) > pure.COUNT:
        box.exact = False
        box.items = [join(box.items)]


def _replace_slice(box: Box, key: Value | None, value: Value) -> bool:
    """``box[a:b] = value``, if all of that is known."""
    bounds = boxes(key) if key is not None else []
    span = bounds_of(bounds[0]) if bounds and bounds[0].kind == "slice" else None
    items = elements(value)
    if span is None or items is None or span.step not in (None, 1):
        return False
    box.items[span] = items
    return True


def call_method(box: Box, name: str, args: list[Value], kwargs: dict[str, Value], *, certain: bool) -> Value:
    """A method of a container; changes it in place."""
    holder = made(box)
    if box.kind in ("stream", "template"):
        return _of_stream(box, name, args, kwargs)
    if name == "update" and kwargs:
        box.entries.update(kwargs.items())
        if not args:
            return const(None)
    match name, args:
        case ("append" | "add" | "appendleft" | "put" | "put_nowait" | "set", [value, *_]):
            set_item(holder, None, value, certain=certain)
        case ("extend" | "update" | "union", [other]):
            _extend(box, other, certain=certain)
            return holder if name == "union" else const(None)
        case ("insert", [_, value]):
            set_item(holder, None, value, certain=certain)
            box.exact = False
        case ("get" | "pop" | "setdefault", [key, *default]):
            found = get_item(holder, key)
            if name == "setdefault" and default:
                set_item(holder, key, default[0], certain=certain)
            return join([found, *default])
        case ("pop" | "popleft" | "popitem" | "get" | "get_nowait", []):
            result = box.items[-1] if box.exact and box.items and name == "pop" else box.element()
            if box.exact and box.items and name == "pop" and certain:
                box.items.pop()
            else:
                box.exact = False
            return result
        case ("items", []):
            pairs = [made(Box("tuple", [const(k), v])) for k, v in box.entries.items()]
            pairs += [made(Box("tuple", [v, v])) for v in box.items]
            return made(Box("list", pairs, exact=box.exact))
        case ("values", []):
            return made(Box("list", [*box.entries.values()], exact=box.exact))
        case ("keys", []):
            return made(Box("list", [const(k) for k in box.entries], exact=box.exact))
        case ("copy", []):
            return made(Box(box.kind, [*box.items], {**box.entries}, box.exact))
        case ("reverse", []):
            box.items.reverse()
            box.exact = box.exact and certain
        case _:
            if name in {"clear", "remove", "sort", "discard"}:
                box.exact = False
            return box.element()
    return const(None)


def _of_stream(box: Box, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A file in memory gives what was written into it; a template is filled in."""
    if box.kind == "template":
        given = [box.items[0], *args] if box.items else args
        function = pure.template if name in ("substitute", "safe_substitute") else None
        try:
            return evaluate.compute(lambda *a: evaluate.evaluate(function or _no, a, kwargs), given)
        except NotConstant:
            return UNKNOWN.tainted(*map(spilled, (*given, *kwargs.values())))
    if name in ("write", "writelines"):
        box.items += args
        return const(None)
    if name == "readlines":
        return made(Box("list", box.items, exact=False))
    if name in ("seek", "close", "flush", "truncate", "tell"):
        return const(None)
    try:
        whole = box.items[0]
        for item in box.items[1:]:
            whole = evaluate.binary("+", whole, item)
        return whole
    except (NotConstant, IndexError):
        return UNKNOWN.tainted(*map(spilled, box.items))


def _no(*_: object) -> None:
    raise NotConstant


def _extend(box: Box, other: Value, *, certain: bool) -> None:
    items = elements(other)
    for source in boxes(other):
        box.entries.update(source.entries)
    if items is None:
        box.exact = False
        box.items.append(element(other))
    elif box.kind != "dict":
        box.items.extend(items)
    box.exact = box.exact and certain
    limit(box)
