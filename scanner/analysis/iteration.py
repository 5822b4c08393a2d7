"""Iterables: what the built-in functions and ``itertools`` make of known and of unknown elements."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from scanner.analysis import classes, pure
from scanner.analysis.containers import boxes, call_method, element, elements, limit
from scanner.analysis.evaluate import CUT, compute, evaluate
from scanner.analysis.here import Here
from scanner.analysis.pure import NotConstant
from scanner.analysis.values import UNKNOWN, Box, Value, const, join, made

Model = Callable[[Here, list[Value], dict[str, Value]], Value]


def known(here: Here, value: Value) -> list[Value] | None:
    """All elements of an iterable, if they are known."""
    found = elements(classes.iterated(here, value))
    return found if found is None or len(found) <= pure.COUNT else None


def like(value: Value) -> Value:
    """What any result made of the elements of ``value`` carries; if there are too many, that it is cut."""
    carried = Value(parts=value.parts, sources=value.sources)
    many = any(len(box.items) > pure.COUNT or len(box.entries) > pure.COUNT for box in boxes(value))
    return carried.tainted(CUT) if many else carried


def _listing(kind: str) -> Model:
    def listing(here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
        if not args:
            return made(Box(kind, arms=tuple(here.frame.arms)))
        items = known(here, args[0])
        if items is None:
            some = element(classes.iterated(here, args[0]))
            return made(Box(kind, [some], exact=False)).tainted(like(args[0]))
        return made(Box(kind, items, arms=tuple(here.frame.arms))).tainted(like(args[0]))

    return listing


def _zip(here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """Rows as long as the shortest column; ``cycle`` is as long as any."""
    columns = [_endless(a) or known(here, a) for a in args]
    finite = [len(c) for c in columns if isinstance(c, list)]
    if None in columns or not finite:
        row = made(Box("tuple", [element(a) for a in args]))
        return made(Box("list", [row], exact=False)).tainted(*map(like, args))
    least = min(finite)
    rows = zip(
        *[c[:least] if isinstance(c, list) else c.turns(least) for c in columns if c is not None], strict=True
    )
    return made(Box("list", [made(Box("tuple", list(row))) for row in rows])).tainted(*map(like, args))


class _Endless:
    """The elements of ``itertools.cycle``, over and over."""

    def __init__(self, items: list[Value]) -> None:
        self.items = items

    def turns(self, count: int) -> list[Value]:
        return [self.items[i % len(self.items)] for i in range(count)]


def _endless(value: Value) -> _Endless | None:
    found = [box for box in boxes(value) if box.kind == "cycle" and box.items]
    return _Endless(found[0].items) if len(found) == 1 else None


def _cycle(here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    items = known(here, args[0]) if args else None
    return made(Box("cycle", items or [UNKNOWN], exact=False)).tainted(*map(like, args))


def _enumerate(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    items = known(here, args[0]) if args else None
    start = (args[1:2] or [kwargs.get("start", const(0))])[0]
    first = start.consts[0] if start.known else None
    if items is None or not isinstance(first, int):
        row = made(Box("tuple", [UNKNOWN, element(args[0]) if args else UNKNOWN]))
        return made(Box("list", [row], exact=False)).tainted(*map(like, args))
    rows = [made(Box("tuple", [const(i), item])) for i, item in enumerate(items, first)]
    return made(Box("list", rows)).tainted(like(args[0]))


def _reversed(here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    items = known(here, args[0]) if args else None
    if items is None:
        return _listing("list")(here, args[:1], {})
    return made(Box("list", items[::-1])).tainted(like(args[0]))


def _chain(here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    columns = [known(here, a) for a in args]
    items = [i for column, a in zip(columns, args, strict=True) for i in (column or [element(a)])]
    box = Box("list", items, exact=None not in columns)
    limit(box)
    return made(box).tainted(*map(like, args))


def _islice(here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    endless = _endless(args[0]) if args else None
    bounds = [a.consts[0] if a.known else ... for a in args[1:]]
    if not all(b is None or (isinstance(b, int) and 0 <= b <= pure.COUNT) for b in bounds) or not bounds:
        return _listing("list")(here, args[:1], {})
    numbers = [b if isinstance(b, int) else None for b in bounds]
    items = endless.turns(numbers[min(1, len(numbers) - 1)] or 0) if endless else known(here, args[0])
    if items is None:
        return _listing("list")(here, args[:1], {})
    return made(Box("list", list(islice(items, *numbers)))).tainted(like(args[0]))


def _chosen(name: str) -> Model:
    """``sorted``, ``min``, ``max``: the key is called with every element."""
    function = pure.PURE[f"builtins.{name}"]

    def chosen(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
        some = element(args[0]) if len(args) == 1 else join(args)
        if "key" in kwargs:
            for item in (known(here, args[0]) if len(args) == 1 else args) or [some]:
                here.call(kwargs["key"], [item])
        else:
            keys = (
                known(here, args[0])
                if len(args) == 1 and any(b.kind == "dict" for b in boxes(args[0]))
                else None
            )
            given = args if keys is None else [made(Box("list", keys))]
            try:
                return compute(lambda *a: evaluate(function, a, kwargs), given)
            except NotConstant:
                pass
        return made(Box("list", [some], exact=False)) if name == "sorted" else some

    return chosen


def _dict(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    box = Box("dict", arms=tuple(here.frame.arms))
    for value in args[:1]:
        for other in boxes(value):
            if other.kind == "dict":
                box.entries.update(other.entries)
                box.items += other.items
                box.exact &= other.exact
                continue
            box.exact &= other.exact
            for pair in other.items:
                key, item = ([*(elements(pair) or []), UNKNOWN, UNKNOWN])[:2]
                if key.known:
                    box.entries[key.consts[0]] = item
                else:
                    box.exact = False
                    box.items.append(join([key, item, pair]))
        box.exact &= bool(boxes(value))
    box.entries.update(kwargs.items())
    return made(box).tainted(*map(like, args))


def _store(here: Here, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """A queue or a cell: what is put in comes out."""
    return made(Box("list", arms=tuple(here.frame.arms)))


def _stream(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A file in memory."""
    given = [*args[:1], *(kwargs[k] for k in ("initial_bytes", "initial_value") if k in kwargs)]
    return made(Box("stream", given, arms=tuple(here.frame.arms))).tainted(*given)


def _unpacked(function: Callable[..., object]) -> Model:
    """A compressed file object over one in memory."""

    def unpacked(_here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
        for value in [*args, *kwargs.values()]:
            for box in boxes(value):
                if box.kind == "stream":
                    try:
                        whole = call_method(box, "read", [], {}, certain=True)
                        return made(Box("stream", [evaluate(function, [whole], {})]))
                    except NotConstant:
                        return made(Box("stream", [UNKNOWN.tainted(*box.items)]))
        return UNKNOWN

    return unpacked


def _template(_here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return made(Box("template", args[:1])).tainted(*args[:1])


MODELS: dict[str, Model] = {
    "builtins.list": _listing("list"),
    "builtins.tuple": _listing("tuple"),
    "builtins.set": _listing("set"),
    "builtins.frozenset": _listing("set"),
    "collections.deque": _listing("list"),
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "builtins.zip": _zip,
    "itertools.zip_longest": _zip,
    "builtins.enumerate": _enumerate,
    "builtins.reversed": _reversed,
    "itertools.cycle": _cycle,
    "itertools.chain": _chain,
    "itertools.islice": _islice,
    "builtins.sorted": _chosen("sorted"),
    "builtins.min": _chosen("min"),
    "builtins.max": _chosen("max"),
    "queue.Queue": _store,
    "queue.LifoQueue": _store,
    "queue.PriorityQueue": _store,
    "queue.SimpleQueue": _store,
    "asyncio.Queue": _store,
    "multiprocessing.Queue": _store,
    "multiprocessing.SimpleQueue": _store,
    "contextvars.ContextVar": _store,
    "io.BytesIO": _stream,
    "io.StringIO": _stream,
    "gzip.GzipFile": _unpacked(pure.PURE["gzip.decompress"]),
    "gzip.open": _unpacked(pure.PURE["gzip.decompress"]),
    "bz2.BZ2File": _unpacked(pure.PURE["bz2.decompress"]),
    "bz2.open": _unpacked(pure.PURE["bz2.decompress"]),
    "lzma.LZMAFile": _unpacked(pure.PURE["lzma.decompress"]),
    "lzma.open": _unpacked(pure.PURE["lzma.decompress"]),
    "string.Template": _template,
}
