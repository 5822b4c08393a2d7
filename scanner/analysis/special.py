"""Callables whose result is a callable, a name or an attribute: the glue of every evasion.

They are few, they are Python itself, and each is modelled here; everything that *acts* is a row of
the knowledge tables instead.
"""

from __future__ import annotations

from scanner.analysis import carried, introspection, iteration, linking, logs, making, network, places, pure
from scanner.analysis.attributes import set_attribute
from scanner.analysis.containers import boxes, concatenate, element, elements
from scanner.analysis.here import Here
from scanner.analysis.values import (
    UNKNOWN,
    Box,
    Getter,
    Partial,
    Value,
    const,
    join,
    made,
    named,
)


def _texts(value: Value) -> list[str]:
    return [c for c in value.consts if isinstance(c, str)]


def _getattr(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    names = _texts(args[1]) if len(args) > 1 else []
    found = [_walk(here, args[0], name) for name in names]
    found += args[2:3]
    return join(found) if found else UNKNOWN.tainted(*args)


def _walk(here: Here, base: Value, path: str) -> Value:
    for name in path.split("."):
        base = here.attribute(base, name)
    return base


def _setattr(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    for name in _texts(args[1]) if len(args) > 2 else []:
        set_attribute(here, args[0], name, args[2])
    return UNKNOWN


def _bound_setattr(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``object.__setattr__.__get__(self)``, which attrs and frozen records set their attributes with."""
    return made(Partial(named("builtins.object.__setattr__"), tuple(args[:1])))


def _import(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``__import__``: the top package, or the module itself when there is a ``fromlist``."""
    fromlist = kwargs.get("fromlist", args[3] if len(args) > 3 else None)
    whole = fromlist is not None and (bool(elements(fromlist)) or not fromlist.exact)
    names = [n if whole else n.partition(".")[0] for n in _texts((args or [UNKNOWN])[0])]
    found = [linking.imported(here, named(n), n, n) for n in names]
    return join(found) if found else UNKNOWN


def _resolve(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    values = [*args, *kwargs.values()]
    found = [linking.resolve(here, n) for n in _texts(values[0])] if values else []
    return join(found) if found else UNKNOWN


def _vars(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if args:
        return named(*(f"{n}.__dict__" for n in args[0].names)) if args[0].names else UNKNOWN
    return named("builtins.globals()")


def _partial(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``functools.partial`` of a partial holds the callable and the arguments that this one has now."""
    if not args:
        return UNKNOWN
    callee, *bound = args
    match callee:
        case Value(consts=(), names=(), objects=(Partial() as inner,), exact=True):
            callee, bound = inner.callee, [*inner.args, *bound]
            kwargs = {**dict(inner.kwargs), **kwargs}
    return made(Partial(callee, tuple(bound), tuple(kwargs.items())))


def _partial_method(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return made(Partial(args[0], tuple(args[1:]), tuple(kwargs.items()), method=True)) if args else UNKNOWN


def _defaultdict(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A dict whose first argument is called for keys that are not there."""
    given = [box for arg in args[1:2] for box in boxes(arg)]
    entries = {k: v for box in given for k, v in box.entries.items()} | {**kwargs}
    return made(Box("dict", entries={**entries}, factory=args[0] if args else None))


def _attrgetter(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return made(*(Getter(a, attribute=True) for a in args))


def _itemgetter(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return made(*(Getter(a, attribute=False) for a in args))


def _methodcaller(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if not args:
        return UNKNOWN
    call = Partial(UNKNOWN, tuple(args[1:]), tuple(kwargs.items()))
    return made(Getter(args[0], attribute=True, call=call))


def apply_getter(here: Here, getter: Getter, args: list[Value]) -> Value:
    """Call what ``attrgetter``, ``itemgetter`` or ``methodcaller`` made."""
    target = args[0] if args else UNKNOWN
    if not getter.attribute:
        return here.subscript(target, getter.key)
    found = [_walk(here, target, name) for name in _texts(getter.key)]
    value = join(found) if found else UNKNOWN
    if getter.call is None:
        return value
    return here.call(value, list(getter.call.args), dict(getter.call.kwargs))


def _reduce(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return _fold(here, args[0], args[1], args[2:3])[-1] if len(args) > 1 else UNKNOWN


def _accumulate(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``reduce`` that keeps every total; without a function it adds."""
    function = (args[1:2] or [kwargs.get("func", const(None))])[0]
    if not args or function.consts == (None,):
        return made(Box("list", [element(args[0])] if args else [], exact=False)).tainted(*args[:1])
    first = [kwargs["initial"]] if "initial" in kwargs else []
    return made(Box("list", _fold(here, function, args[0], first)))


def _fold(here: Here, function: Value, iterable: Value, first: list[Value]) -> list[Value]:
    """All totals of a function of two arguments, at least one of them."""
    items = elements(iterable)
    if items is None or len(items) > pure.COUNT:
        items = [element(iterable).tainted(iteration.like(iterable))] * 2
    items = [*first, *items]
    totals = items[:1] or [UNKNOWN]
    for item in items[1:]:
        totals.append(here.call(function, [totals[-1], item], {}))
    return totals


def _map(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``map``, ``filter`` and ``starmap`` are lazy, but nobody makes one to leave it alone."""
    if len(args) < 2:
        return UNKNOWN
    columns = [iteration.known(here, a) for a in args[1:]]
    known = [c for c in columns if c is not None]
    if len(known) == len(columns):
        rows = [list(row) for row in zip(*known, strict=False)]
        return made(Box("list", [here.call(args[0], row, {}) for row in rows]))
    result = here.call(args[0], [element(a) for a in args[1:]], {})
    return made(Box("list", [result], exact=False)).tainted(*map(iteration.like, args[1:]))


def _filter(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if len(args) < 2:
        return UNKNOWN
    for item in (iteration.known(here, args[1]) or [element(args[1])]) if args[0].consts != (None,) else ():
        here.call(args[0], [item], {})
    return made(Box("list", [element(args[1])], exact=False)).tainted(iteration.like(args[1]))


def _starmap(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    rows = elements(args[1]) if len(args) > 1 else None
    results = [here.call(args[0], elements(row) or [element(row)], {}) for row in rows or []]
    return made(Box("list", results, exact=rows is not None))


def _call(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return here.call(args[0], args[1:], kwargs) if args else UNKNOWN


def _apply(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    spread = (elements(args[1]) or [element(args[1])]) if len(args) > 1 else []
    return here.call(args[0], spread, kwargs) if args else UNKNOWN


def _newobj(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``copyreg.__newobj__(cls, *args)``: an instance without a call of ``__init__``."""
    return here.build(args[0], args[1:]) if args else UNKNOWN


def _newobj_ex(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return here.build(args[0], elements(args[1]) or [element(args[1])]) if len(args) > 1 else UNKNOWN


def _reconstructor(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``copyreg._reconstructor(cls, base, state)`` of protocols 0 and 1. A base other than ``object``
    has its ``__init__`` called with the state."""
    if len(args) < 3:
        return UNKNOWN
    plain = all(here.knowledge.canonical(n) == "builtins.object" for n in args[1].names)
    if not plain or not args[1].names:
        here.call(args[1], [args[2]])
        return here.build(args[0], [args[2]])
    return here.build(args[0], [])


def _item(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return here.subscript(args[0], args[1]) if len(args) > 1 else UNKNOWN


def _iter(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """With a sentinel, the first argument is called for each element."""
    return (
        made(Box("list", [here.call(args[0], [])], exact=False))
        if len(args) > 1
        else _first(here, args, kwargs)
    )


def _first(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """The argument itself: ``iter``, ``compile`` (its source is what will run), ``deque`` …"""
    return args[0] if args else UNKNOWN


def _next(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    items = elements(args[0]) if args else None
    if items:
        return items[0]
    return join([element(args[0]), *args[1:2]]) if args else UNKNOWN


def _join(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    items = elements(args[1]) if len(args) > 1 else None
    return concatenate(items, str(args[0].consts[0])) if items and args[0].known else UNKNOWN.tainted(*args)


Model = iteration.Model

MODELS: dict[str, Model] = {
    **iteration.MODELS,
    **making.MODELS,
    **introspection.MODELS,
    **places.MODELS,
    "builtins.getattr": _getattr,
    "builtins.object.__getattribute__": _getattr,
    "builtins.type.__getattribute__": _getattr,
    "inspect.getattr_static": _getattr,
    "builtins.setattr": _setattr,
    "builtins.object.__setattr__": _setattr,
    "builtins.type.__setattr__": _setattr,
    "builtins.object.__setattr__.__get__": _bound_setattr,
    "builtins.__import__": _import,
    "importlib.import_module": _resolve,
    "importlib.__import__": _import,
    "pkgutil.resolve_name": _resolve,
    "pydoc.locate": _resolve,
    "pydoc.safeimport": _resolve,
    "logging.config._resolve": _resolve,
    "unittest.mock._importer": _resolve,
    "cloudpickle.cloudpickle.subimport": _resolve,
    "cloudpickle.cloudpickle._getattribute": _getattr,
    **carried.MODELS,
    "logging.config.dictConfig": logs.configure,
    "dill._dill._import_module": _resolve,
    "dill._dill._get_attr": _getattr,
    "dill._dill._getattribute": _getattr,
    "builtins.vars": _vars,
    "builtins.locals": _vars,
    "copyreg.__newobj__": _newobj,
    "copyreg.__newobj_ex__": _newobj_ex,
    "copyreg._reconstructor": _reconstructor,
    "collections.defaultdict": _defaultdict,
    "functools.partial": _partial,
    "functools.partialmethod": _partial_method,
    "operator.attrgetter": _attrgetter,
    "operator.itemgetter": _itemgetter,
    "operator.methodcaller": _methodcaller,
    "operator.call": _call,
    "builtins.apply": _apply,
    "functools.reduce": _reduce,
    "itertools.accumulate": _accumulate,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "itertools.starmap": _starmap,
    "builtins.iter": _iter,
    "operator.getitem": _item,
    "builtins.compile": _first,
    "functools.wraps": _first,
    "itertools.chain.from_iterable": _first,
    "builtins.memoryview": _first,
    "builtins.next": _next,
    "asyncio.open_connection": network.streams,
    "asyncio.open_unix_connection": network.streams,
    "urllib.request.Request": network.request,
    "builtins.str.join": _join,
}
