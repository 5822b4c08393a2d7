"""The pure-Python unpickler with permissive symbols: for what stops the C machine but not the loader.

A symbol is not always as good as the value it stands for: the result of a call may be the class of
NEWOBJ, the argument tuple of REDUCE, the name in STACK_GLOBAL. Here every opcode accepts a symbol.
Slow, but it knows the exact offset of each opcode, and reads frames as ``pickle.loads`` does.
"""

import pickle
from collections.abc import Callable
from itertools import repeat
from typing import Any, ClassVar

from scanner.blob import Blob
from scanner.languages.pickle.machine import OUT_OF_BAND, Reading, no_collection, skip_array
from scanner.languages.pickle.stream import SKIP, Exact, Tokens
from scanner.languages.pickle.symbols import Instance, Recorder, Symbol, make

LARGEST = 512 << 20  # bytes of one text argument


class _Permissive(pickle._Unpickler):
    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)
    stack: list[Any]
    append: Callable[[Any], None]

    def __init__(self, file: Exact, recorder: Recorder) -> None:
        super().__init__(file, encoding="latin-1", buffers=repeat(OUT_OF_BAND))
        self._file = file
        self._recorder = recorder
        self.offset = file.position
        self.offsets: list[int] = []

    def read(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise EOFError("pickle data was truncated")
        return data

    def readline(self) -> bytes:
        """The last line may lack its newline, or be missing: a name of it is looked up all the same."""
        return self._file.readline()

    def readinto(self, view: memoryview) -> int:
        return self._file.readinto(view)

    def load(self, enough: int | None = None) -> None:
        """Run to STOP, or until ``enough`` events are in the log."""
        self.metastack: list[Any] = []
        self.stack = []
        self.append = self.stack.append
        log = self._recorder.log
        try:
            while enough is None or len(log) < enough:
                self.offset = self._file.position
                self.dispatch[self.read(1)[0]](self)
                self.note()
        except pickle._Stop:  # type: ignore[attr-defined]
            pass
        finally:
            self.note()

    def note(self) -> None:
        """Whatever is new in the log is the doing of the current opcode."""
        if (new := len(self._recorder.log) - len(self.offsets)) > 0:
            self.offsets.extend(repeat(self.offset, new))

    def nested(self) -> None:
        """Run the pickle that stands here in place of an array."""
        self.note()
        inner = _Permissive(self._file, self._recorder)
        inner.offsets = self.offsets
        inner.load()

    def find_class(self, module: str, name: str) -> Any:
        return self._recorder.reference(module, name)

    def persistent_load(self, pid: Any) -> Any:
        return self._recorder.persistent(pid)

    def get_extension(self, code: int) -> None:
        self.append(self._recorder.extension(code))

    def load_frame(self) -> None:
        self.read(8)

    def load_stack_global(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if type(module) is str and type(name) is str:
            self.append(self.find_class(module, name))
            return
        self._recorder.unresolved.append("the name of a global is computed while loading")
        imported = self.find_class("importlib", "import_module")(module)
        self.append(self.find_class("builtins", "getattr")(imported, name))

    def load_reduce(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = _call(self.stack[-1], args)

    def _instantiate(self, klass: Any, args: Any) -> None:
        self.append(_call(klass, tuple(args)))

    def load_newobj(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = _new(self.stack[-1], args, {})

    def load_newobj_ex(self) -> None:
        kwargs, args = self.stack.pop(), self.stack.pop()
        self.stack[-1] = _new(self.stack[-1], args, kwargs)

    def load_build(self) -> None:
        if isinstance(self.stack[-2], Symbol | Instance):
            state = self.stack.pop()
            self.stack[-1].__setstate__(state)
        elif isinstance(self.stack[-1], Symbol | Instance):
            self.stack.pop()  # it may well be empty, and then nothing is done with it
        elif isinstance(self.stack[-2], list) and isinstance(self.stack[-1], int):
            self.stack.pop()  # an iterator, which was evaluated, is told how far it has come
        else:
            super().load_build()  # type: ignore[misc]

    def load_int(self) -> None:
        text = self.readline()[:-1]
        if text in (b"00", b"01"):
            self.append(text == b"01")
            return
        try:
            self.append(int(text, 0))
        except ValueError:
            self.append(int(text, 8))  # strtol in base 0 takes 010 for octal

    def _load_bytes(self, count: int, kind: type) -> None:
        if count < SKIP:
            self.append(kind(self.read(count)))
        else:
            self.append(kind(self._file.skip(count)))

    def load_binbytes(self) -> None:
        self._load_bytes(int.from_bytes(self.read(4), "little"), bytes)

    def load_binbytes8(self) -> None:
        self._load_bytes(int.from_bytes(self.read(8), "little"), bytes)

    def load_bytearray8(self) -> None:
        self._load_bytes(int.from_bytes(self.read(8), "little"), bytearray)


def _until_nul(load: Callable[[Any], None]) -> Callable[[Any], None]:
    """The C machine parses numbers in text as C strings: a NUL ends them."""

    def wrapped(self: _Permissive) -> None:
        readline = self.readline
        self.readline = lambda: readline().partition(b"\0")[0].rstrip(b"\n") + b"\n"  # type: ignore[method-assign]
        try:
            load(self)
        finally:
            del self.readline

    return wrapped


for _name in ("FRAME", "STACK_GLOBAL", "REDUCE", "NEWOBJ", "NEWOBJ_EX", "BUILD", "INT", "BINBYTES",
              "BINBYTES8", "BYTEARRAY8"):  # fmt: skip
    _Permissive.dispatch[getattr(pickle, _name)[0]] = getattr(_Permissive, f"load_{_name.lower()}")
for _name in ("INT", "LONG", "FLOAT", "GET", "PUT"):
    _code = getattr(pickle, _name)[0]
    _Permissive.dispatch[_code] = _until_nul(_Permissive.dispatch[_code])


def _call(callee: Any, args: Any) -> Any:
    if isinstance(args, Instance):
        return make(_kind(callee), callee, "spread", (args,))
    return callee(*args)


def _new(callee: Any, args: Any, kwargs: Any) -> Any:
    if not isinstance(args, tuple):
        return make(_kind(callee), callee, "spread", (args,))
    if isinstance(callee, Symbol) and type(kwargs) is dict:
        return callee.__new__(callee, *args, **kwargs)  # type: ignore[arg-type]
    if type(kwargs) is dict and not kwargs:
        return make(_kind(callee), callee, "new", args)
    return make(_kind(callee), callee, "keywords", (args, kwargs if type(kwargs) is dict else {"**": kwargs}))


def _kind(callee: Any) -> Symbol:
    """The type that the result is of; what is neither a symbol nor made by one cannot be called."""
    if isinstance(callee, Symbol):
        return callee
    if isinstance(callee, Instance):
        return type(callee)
    raise pickle.UnpicklingError(f"a {type(callee).__name__} is called")


def read(
    blob: Blob, start: int, tokens: Tokens, *, arrays: bool = True, enough: int | None = None,
    following: bool = False,
) -> Reading:  # fmt: skip
    """Run the pickle at ``start``; without ``arrays`` as a loader that has not heard of joblib, with those
    that are ``following`` it as one unpickler that loads them all, and remembers."""
    file = Exact(blob, tokens, start, LARGEST)

    def array(state: Any) -> None:
        begin = file.position
        if arrays and skip_array(file, state, recorder):
            machine.nested()
        if arrays:
            reading.gaps += ((begin, file.position),)

    recorder = Recorder(tokens.marks, array)
    machine = _Permissive(file, recorder)
    reading = Reading(start, start, recorder.log, recorder.unresolved, offsets=machine.offsets)
    with no_collection():
        try:
            machine.load(enough)
            while following and file.position < blob.size:
                recorder.again()
                machine.load()
        except Exception as error:  # whatever stops the machine is the stream's doing
            reading.error = error
    reading.end = file.position if reading.error is None else machine.offset
    reading.arrays, reading.nested = recorder.arrays, recorder.nested
    return reading
