"""A real load of harmless objects that writes down everything it does, for comparison with a recording.

:class:`Tracing` is CPython's pure-Python loader with its own classes behind the names it may look up.
:func:`said` puts what it did, and :func:`recorded` what the machine says of the same bytes, in the same
words: each global, call, state and item in order, with all arguments.
"""

import io
import itertools
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from scanner.knowledge.tables import knowledge
from scanner.languages.pickle import pure
from scanner.languages.pickle.machine import Reading
from scanner.languages.pickle.symbols import Instance, Symbol

_DEPTH = 6  # values inside values that are told
_ATOMS = (str, bytes, int, float, bool, type(None))
_CONTAINERS = (list, tuple, set, frozenset, dict)

Entry = tuple[str, Any, tuple[Any, ...]]
"""What was done (``name``, ``call``, ``new``, ``keywords``, ``persistent``, ``state``, ``item``, ``append``),
to what or of what, and with what."""


class Forbidden(Exception):  # noqa: N818
    """The stream asks for something that this load does not follow."""


class Tracing(pickle._Unpickler):
    """Loads from ``file``; only what ``allowed`` has by its dotted name can be looked up."""

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)
    stack: list[Any]

    def __init__(self, file: io.BytesIO, allowed: Mapping[str, Any]) -> None:
        super().__init__(file, encoding="latin-1", buffers=itertools.repeat(b""))
        self.entries: list[Entry] = []
        self.names: dict[int, str] = {}
        self.made: dict[int, Entry] = {}
        self._allowed = allowed
        self._kept: list[Any] = []  # so that no two objects of one load have the same id

    def find_class(self, module: str, name: str) -> Any:
        path = f"{module}.{name}"
        if ("name", path, ()) not in self.entries:
            self.entries.append(("name", path, ()))
        if path not in self._allowed:
            raise Forbidden(path)
        self.names[id(self._allowed[path])] = path
        return self._allowed[path]

    def persistent_load(self, pid: Any) -> Any:
        return self._keep(("persistent", None, (pid,)), object())

    def _keep(self, entry: Entry, result: Any) -> Any:
        self.entries.append(entry)
        return self._result(entry, result)

    def _result(self, entry: Entry, result: Any) -> Any:
        if isinstance(result, _ATOMS):
            raise Forbidden("its result cannot be told from a constant")
        self.made[id(result)] = entry
        self._kept.append(result)
        return result

    def _make(self, how: str, callee: Any, args: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        name = knowledge().canonical(self.names.get(id(callee), ""))
        if how in ("call", "new") and pure.evaluate(name, args) is not pure.UNKNOWN:
            return make()
        if not self._notes(callee):
            return make()  # which fails: no constant can be called
        entry = (how, callee, args)
        self.entries.append(entry)
        return self._result(entry, make())

    def load_reduce(self) -> None:
        args = self.stack.pop()
        callee = self.stack[-1]
        self.stack[-1] = self._make("call", callee, tuple(args), lambda: callee(*args))

    def _instantiate(self, klass: Any, args: Any) -> None:
        """The loader makes an object of a class by ``__new__`` alone when it has no arguments for it; the
        machine, which does not know whether it has ``__getinitargs__``, takes it for a call."""
        called = args or not isinstance(klass, type)
        make = (lambda: klass(*args)) if called else (lambda: klass.__new__(klass))
        self.append(self._make("call", klass, tuple(args), make))

    def load_newobj(self) -> None:
        args = self.stack.pop()
        kind = self.stack[-1]
        self.stack[-1] = self._make("new", kind, tuple(args), lambda: kind.__new__(kind, *args))

    def load_newobj_ex(self) -> None:
        kwargs, args = self.stack.pop(), self.stack.pop()
        kind = self.stack[-1]
        how, given = ("keywords", (args, kwargs)) if kwargs else ("new", tuple(args))
        self.stack[-1] = self._make(how, kind, given, lambda: kind.__new__(kind, *args, **kwargs))

    def _notes(self, subject: Any) -> bool:
        return id(subject) in self.made or id(subject) in self.names

    def load_build(self) -> None:
        if self._notes(self.stack[-2]):
            self.entries.append(("state", self.stack[-2], (self.stack[-1],)))
        super().load_build()  # type: ignore[misc]

    def _change(self, subject: Any, entries: Iterable[Entry], load: Callable[[], None]) -> None:
        if self._notes(subject):
            self.entries += entries
        load()

    def load_append(self) -> None:
        subject = self.stack[-2]
        self._change(subject, [("append", subject, (self.stack[-1],))], super().load_append)  # type: ignore[misc]

    def _each(self, load: Callable[[], None]) -> None:
        subject = self.metastack[-1][-1]
        self._change(subject, [("append", subject, (item,)) for item in self.stack], load)

    def load_appends(self) -> None:
        self._each(super().load_appends)  # type: ignore[misc]

    def load_additems(self) -> None:
        self._each(super().load_additems)  # type: ignore[misc]

    def load_setitem(self) -> None:
        subject = self.stack[-3]
        self._change(subject, [("item", subject, (*self.stack[-2:],))], super().load_setitem)  # type: ignore[misc]

    def load_setitems(self) -> None:
        subject = self.metastack[-1][-1]
        pairs = zip(self.stack[::2], self.stack[1::2], strict=False)
        self._change(subject, [("item", subject, pair) for pair in pairs], super().load_setitems)  # type: ignore[misc]


for _name in (
    "REDUCE",
    "NEWOBJ",
    "NEWOBJ_EX",
    "BUILD",
    "APPEND",
    "APPENDS",
    "ADDITEMS",
    "SETITEM",
    "SETITEMS",
):
    Tracing.dispatch[getattr(pickle, _name)[0]] = getattr(Tracing, f"load_{_name.lower()}")


def said(load: Tracing) -> list[str]:
    """What a load did, an expression for each entry."""

    def origin(value: Any) -> str | Entry | None:
        return load.names.get(id(value)) or load.made.get(id(value))

    return [_entry(entry, origin) for entry in load.entries]


def recorded(reading: Reading) -> list[str]:
    """What the machine has recorded, in the same words."""

    def origin(value: Any) -> str | Entry | None:
        if isinstance(value, Instance):
            callee = None if value.how == "persistent" else value.callee
            return value.how, callee, value.args
        return _path(value) if isinstance(value, Symbol) else None

    entries: list[Entry] = []
    for event in reading.log:
        match event:
            case Instance():
                entries.append((event.how, event.callee, event.args))
            case Symbol():
                entries.append(("name", _path(event), ()))
            case ("append", subject, _, items):
                entries += [("append", subject, (item,)) for item in items]
            case ("item", subject, key, value):
                entries.append(("item", subject, (key, value)))
            case (how, subject, _, value):
                entries.append((how, subject, (value,)))
    return [_entry(entry, origin) for entry in entries]


def _path(symbol: Symbol) -> str:
    return f"{symbol.module}.{symbol.name}"


Origin = Callable[[Any], str | Entry | None]


def _entry(entry: Entry, origin: Origin, depth: int = _DEPTH) -> str:
    how, subject, args = entry
    about = subject if how == "name" else _value(subject, origin, depth)
    return f"{how} {about}({', '.join(_value(arg, origin, depth) for arg in args)})"


def _value(value: Any, origin: Origin, depth: int) -> str:
    if depth <= 0:
        return "…"
    if isinstance(value, _ATOMS):
        return repr(value)
    found = origin(value)
    if isinstance(found, str):
        return found
    if found is not None:
        return f"<{_entry(found, origin, depth - 1)}>"
    if not isinstance(value, _CONTAINERS):
        return f"a {type(value).__name__}: {value!r}" if isinstance(value, bytearray) else "?"
    if isinstance(value, dict):
        items = [f"{_value(k, origin, depth - 1)}: {_value(v, origin, depth - 1)}" for k, v in value.items()]
    else:
        items = [_value(item, origin, depth - 1) for item in value]
    if isinstance(value, set | frozenset):
        items.sort()  # in the order of hashes, which are those of symbols or of real objects
    return f"{type(value).__name__}[{', '.join(items)}]"
