"""What a real load does, told by CPython's own loaders in a world where nothing can be harmed.

Both loaders, the C one and the pure-Python one, run the stream for real. What they look up is either a
callable of Python itself that only moves data around (``partial``, ``map``, ``getattr`` …), or a
:class:`Victim` that stands for everything else: it writes down that it was called, and returns.
An audit hook refuses whatever acts on the world, should a stream find a way that nobody thought of.
"""

import builtins
import collections
import copyreg
import functools
import io
import itertools
import operator
import pickle
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

from tools.fuzz.standins import VICTIMS, Enough, Module, Result, Trace, attribute

LARGEST = 1 << 16  # bytes, items or repetitions that one call may make


def _guarded(function: Callable[..., Any], at: int) -> Callable[..., Any]:
    """``function``, unless the attribute that it is asked for (argument ``at`` and on) is internal."""

    def guarded(*args: Any, **kwargs: Any) -> Any:
        for name in args[at:]:
            if isinstance(name, str) and any(part.startswith("_") for part in name.split(".")):
                raise AttributeError(name)
        return function(*args, **kwargs)

    return guarded


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, unless it is asked for more than :data:`LARGEST` of anything."""

    def bounded(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(arg, int) and arg > LARGEST for arg in args):
            raise MemoryError
        return function(*(_finite(arg) for arg in args), **kwargs)

    return bounded


def _finite(value: Any) -> Any:
    return itertools.islice(value, LARGEST) if isinstance(value, Iterator) else value


def _iterator(function: Any, sentinel: Any = Enough) -> Any:
    return iter(function) if sentinel is Enough else itertools.islice(iter(function, sentinel), LARGEST)


_METHODS = ("str.join", "str.lower", "str.upper", "str.split", "str.encode", "str.replace", "str.strip",
            "bytes.decode", "bytes.join", "dict.get", "dict.fromkeys", "dict.items", "list.append",
            "list.pop", "tuple.count")  # fmt: skip

HARMLESS: dict[str, Any] = {
    **{f"builtins.{name}": _bounded(getattr(builtins, name))
       for name in ("tuple", "list", "set", "frozenset", "dict", "bytes", "bytearray", "reversed", "sorted",
                    "zip", "enumerate", "any", "all", "min", "max", "sum", "len", "chr", "ord", "str", "int",
                    "hasattr", "isinstance", "callable")},
    **{f"builtins.{path}": _bounded(operator.attrgetter(path)(builtins)) for path in _METHODS},
    "builtins.getattr": _guarded(getattr, 1),
    "builtins.setattr": _guarded(setattr, 1),
    "builtins.map": map,
    "builtins.filter": filter,
    "builtins.next": next,
    "builtins.iter": _iterator,
    "builtins.object": object,
    "functools.partial": functools.partial,
    "functools.reduce": functools.reduce,
    "operator.attrgetter": _guarded(operator.attrgetter, 0),
    "operator.itemgetter": operator.itemgetter,
    "operator.methodcaller": _guarded(operator.methodcaller, 0),
    "operator.call": lambda function, *args, **kwargs: function(*args, **kwargs),
    "operator.concat": _bounded(operator.concat),
    "operator.getitem": operator.getitem,
    "operator.setitem": operator.setitem,
    "itertools.starmap": itertools.starmap,
    "itertools.chain": itertools.chain,
    "itertools.chain.from_iterable": itertools.chain.from_iterable,
    "itertools.filterfalse": itertools.filterfalse,
    "itertools.takewhile": itertools.takewhile,
    "itertools.dropwhile": itertools.dropwhile,
    "itertools.accumulate": itertools.accumulate,
    "itertools.groupby": itertools.groupby,
    "itertools.islice": _bounded(itertools.islice),
    "itertools.zip_longest": itertools.zip_longest,
    "collections.OrderedDict": collections.OrderedDict,
    "collections.defaultdict": collections.defaultdict,
    "collections.deque": lambda items=(), maxlen=LARGEST: collections.deque(items, maxlen),
    "collections.Counter": lambda items=(): collections.Counter(_finite(iter(items))),
    "types.SimpleNamespace": types.SimpleNamespace,
    "copyreg._reconstructor": copyreg._reconstructor,
    "copyreg.__newobj__": copyreg.__newobj__,
    "copyreg.__newobj_ex__": copyreg.__newobj_ex__,
}  # fmt: skip

IMPORTS = {
    "importlib.import_module": lambda path: path,
    "builtins.__import__": lambda path: path.partition(".")[0],
}


def look_up(trace: Trace, module: str, name: str) -> Any:
    """What ``find_class`` returns here; raises as a failed import does."""
    path = f"{module}.{name}"
    if path not in trace.names:
        trace.names.append(path)
    path = path.replace("__builtin__.", "builtins.", 1)
    if path in HARMLESS:
        return HARMLESS[path]
    if path in IMPORTS:
        return lambda wanted, *_: _module(trace, IMPORTS[path](wanted))
    if path == "pkgutil.resolve_name":
        return lambda wanted: _resolve(trace, wanted)
    if module in VICTIMS:
        return attribute(trace, module, name)
    raise ModuleNotFoundError(module)


def _module(trace: Trace, path: str) -> Module:
    if path not in VICTIMS:
        raise ModuleNotFoundError(path)
    return Module(path, trace)


def _resolve(trace: Trace, wanted: str) -> Any:
    module, _, name = wanted.replace(":", ".").rpartition(".")
    return getattr(_module(trace, module), name) if module else _module(trace, name)


class _Native(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, trace: Trace) -> None:
        super().__init__(file, encoding="latin-1", buffers=repeat(b""))
        self.trace = trace

    def find_class(self, module: str, name: str, /) -> Any:
        return look_up(self.trace, module, name)

    def persistent_load(self, _pid: Any, /) -> Any:
        return object.__new__(Result)


class _Plain(pickle._Unpickler):
    def __init__(self, file: io.BytesIO, trace: Trace) -> None:
        super().__init__(file, encoding="latin-1", buffers=repeat(b""))
        self.trace = trace

    def find_class(self, module: str, name: str) -> Any:
        return look_up(self.trace, module, name)

    def persistent_load(self, _pid: Any) -> Any:
        return object.__new__(Result)


LOADERS: dict[str, type[_Native | _Plain]] = {"C": _Native, "Python": _Plain}

_WORLD = ("os.", "subprocess.", "socket.", "shutil.", "ctypes.", "import", "exec", "compile", "open",
          "pty.", "tempfile.", "urllib.", "ftplib.", "smtplib.", "winreg.", "marshal.", "mmap.")  # fmt: skip
_tracing = False


def _refuse(event: str, _args: tuple[Any, ...]) -> None:
    if _tracing and event.startswith(_WORLD):
        raise Enough(f"a stream got as far as {event}")


@contextmanager
def refusing() -> Iterator[None]:
    """Nothing in here can act on the world: what tries ends in :class:`Enough`."""
    global _tracing  # noqa: PLW0603 - an audit hook stays for good, so it is told when it matters
    if _refuse not in _hooks:
        _hooks.append(_refuse)
        sys.addaudithook(_refuse)
    _tracing = True
    try:
        yield
    finally:
        _tracing = False


_hooks: list[Any] = []


def load(stream: bytes, loader: str) -> list[Trace]:
    """Load every pickle of ``stream``, one after the other, with the loader of that name in
    :data:`LOADERS`, until one ends in an error."""
    file = io.BytesIO(stream)
    traces: list[Trace] = []
    with refusing():
        while file.tell() < len(stream) and (not traces or traces[-1].error is None):
            traces.append(trace := Trace())
            try:
                LOADERS[loader](file, trace).load()
            except (Exception, Enough) as error:
                trace.error = error
    return traces
