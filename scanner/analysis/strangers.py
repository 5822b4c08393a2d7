"""Calls of what no row of the tables is about: judged by its source, by what it is handed, by who made it."""

from __future__ import annotations

from msgspec.structs import replace

from scanner.analysis import derived
from scanner.analysis.containers import inside
from scanner.analysis.here import Here
from scanner.analysis.nested import find_telling
from scanner.analysis.record import pairs
from scanner.analysis.values import Value

_CONTAINERS = frozenset({
    "builtins.list", "builtins.tuple", "builtins.dict", "builtins.set", "builtins.frozenset",
    "collections.OrderedDict", "collections.deque",
})  # fmt: skip
_CHANGING = frozenset({
    "builtins.list", "builtins.dict", "builtins.set", "builtins.bytearray", "operator",
    "collections.OrderedDict", "collections.deque", "collections.UserDict", "collections.abc.MutableMapping",
})  # fmt: skip
_CHANGES = frozenset({
    "append", "extend", "insert", "remove", "pop", "popitem", "clear", "sort", "reverse", "update",
    "setdefault", "add", "discard", "__setitem__", "__delitem__", "__iadd__", "__ior__", "appendleft",
    "extendleft", "setitem", "delitem", "iadd", "iconcat", "ior",
})  # fmt: skip


def judge(here: Here, name: str, callee: Value, args: list[Value],
          kwargs: dict[str, Value], *, new: bool) -> Value | None:  # fmt: skip
    """Record what is to be said of the call; what its source says that it returns, if that acts.

    Scripts call unknown functions all the time; an unknown *program* is another matter.
    """
    called = f"{name}.__new__" if new else name
    canonical = here.knowledge.canonical(name)
    receiver = Value(parts=callee.parts, sources=callee.sources)
    if here.program.script and here.program.language != "shell":
        return derived.run(here, called, receiver, args, kwargs)
    if not new and changes(here, canonical, args):
        return None
    if not new and handed_out(here, name):
        computed(here, canonical, callee, args)
    elif (found := derived.act(here, called, receiver, args, kwargs)) is not None:
        return found
    elif not derived.harmless(here, called) or misled(here, canonical, [*args, *kwargs.values()]):
        unknown(here, f"{canonical}.__new__" if new else canonical, args, kwargs)
    return None


def changes(here: Here, callee: str, args: list[Value]) -> bool:
    """Record that a builtin container of somebody else's is changed by a method that is called unbound
    (``list.insert(sys.path, 0, …)``), if it is."""
    owner, _, method = callee.rpartition(".")
    if method not in _CHANGES or owner not in _CHANGING or not args:
        return False
    names = [n for n in args[0].names if not n.endswith(")") and "." in n]
    for name in names:
        given = tuple(here.argument(str(at), value) for at, value in enumerate(args[1:]))
        here.record("attr.write", here.knowledge.canonical(name), given)
    return bool(names)


def misled(here: Here, callee: str, values: list[Value]) -> bool:
    """Whether a callable that acts is handed to ``callee``, which is inert on data: many a library's
    function calls or wraps what it is given. Containers keep it, and that is told as a reference."""
    if callee in _CONTAINERS:
        return False
    kinds = here.knowledge.vocabulary.kinds
    for value in values:
        for name in {n for v in inside(value) for n in v.names if not n.endswith(")")}:
            api = here.knowledge.effect(name)
            if api is not None and kinds[api.kind].severity_class != "quiet":
                return True
    return False


def unknown(here: Here, callee: str, args: list[Value],
            kwargs: dict[str, Value]) -> None:  # fmt: skip
    """A callee about which nothing is known: judged by what it is handed."""
    given = [(str(i), v) for i, v in enumerate(args)] + list(kwargs.items())
    arguments = tuple(here.argument(n, v) for n, v in given)
    together = {i: None for text in pairs(args) for i in here.knowledge.indicators(text)}
    if together:
        arguments = (replace(arguments[0], indicators=(*arguments[0].indicators, *together)), *arguments[1:])
    here.record("call.unknown", callee, arguments)
    for argument, (_, value) in zip(arguments, given, strict=True):
        find_telling(here, callee, argument, value)


def handed_out(here: Here, name: str) -> bool:
    """Whether ``name`` is what a well-known function returned to a pickle: who knows what that was."""
    maker, call, _ = name.partition("()")
    known = here.knowledge.inert(maker) is not None or here.knowledge.effect(maker) is not None
    return bool(call) and known and here.stream


def computed(here: Here, callee: str, value: Value, args: list[Value]) -> None:
    """Data calls something that nobody can name: what a call returned, what a container gave back."""
    if here.stream:
        given = [here.argument(str(i), arg) for i, arg in enumerate(args)]
        here.record("call.computed", callee, (here.argument("callee", value), *given))
