"""Inert stand-ins for everything that a pickle can import, and the log of what is done to them.

The unpickler insists that NEWOBJ's class is a type, so each global is a type whose metaclass is
:class:`Symbol`; calling it makes an :class:`Instance`. Nothing here ever acts: each operation is
appended to the log of its :class:`Recorder`, in the order in which the loader would perform it.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias, cast

from scanner.errors import Malformed
from scanner.knowledge.tables import knowledge
from scanner.languages.pickle import joblib, pure

How: TypeAlias = Literal["call", "spread", "new", "keywords", "persistent"]
Change: TypeAlias = tuple[Literal["state", "item", "append"], Any, Any, Any]
"""What is done to an object (second): its state (fourth), an item (third: the key), more items."""
Event: TypeAlias = "Symbol | Instance | Change"
"""A global when it is first referenced, an instance when it is made, or a change to either."""

_allocate = object.__new__


class Symbol(type):
    """A global: ``inert`` says whether calling it is vouched for, ``record`` appends to the log.

    A gadget may treat a class as if it were an instance (BUILD and SETITEM on a class or a module
    overwrite its attributes), so the special members of an instance are data descriptors here:
    those win over what the class itself defines.
    """

    module: str
    name: str
    inert: bool
    record: Callable[[Any], None]
    evaluate: Callable[[tuple[Any, ...]], Any] | None = None
    bound: tuple[Any, ...] = ()  # what a method that was looked up on a constant is bound to
    array: joblib.Reader | None = None

    def __call__(cls, *args: Any) -> Any:
        if cls.evaluate is not None and (value := cls.evaluate(args)) is not pure.UNKNOWN:
            return value
        return make(cls, cls, "call", cls.bound + args)

    def __setitem__(cls, key: Any, value: Any) -> None:
        cls.record(("item", cls, key, value))

    def _set_state(cls) -> Callable[[Any], None]:
        return lambda state: cls.record(("state", cls, None, state))

    def _extend(cls) -> Callable[[Any], None]:
        return lambda items: cls.record(("append", cls, None, items))

    def _append(cls) -> Callable[[Any], None]:
        return lambda item: cls.record(("append", cls, None, [item]))

    __setstate__ = property(_set_state)
    extend = property(_extend)
    append = property(_append)
    add = property(_append)
    # OBJ without arguments: the loader calls a class that has this, which a symbol then records.
    __getinitargs__ = property(lambda _: ())

    def __str__(cls) -> str:
        return f"{cls.module}.{cls.name}" if cls.module else cls.name


class Instance(metaclass=Symbol):
    """What a call returns. ``callee`` is a :class:`Symbol`, another instance, or None for a
    persistent object; ``args`` is as ``how`` says: a tuple, the iterable that is spread (in a
    tuple of one), or a tuple of arguments and keywords."""

    __slots__ = ("args", "callee", "how")
    callee: "Symbol | Instance | None"
    how: How
    args: tuple[Any, ...]

    def __new__(cls, *args: Any, **kwargs: Any) -> "Instance":
        if kwargs:
            return make(cls, cls, "keywords", (args, kwargs))
        self = _allocate(cls)  # written out, not make(): a checkpoint can hold millions
        self.callee = cls
        self.how = "new"
        self.args = args
        cls.record(self)
        return self

    def __call__(self, *args: Any) -> "Instance":
        return make(type(self), self, "call", args)

    def __setstate__(self, state: Any) -> None:
        self.record(("state", self, None, state))

    def __setitem__(self, key: Any, value: Any) -> None:
        self.record(("item", self, key, value))

    def extend(self, items: Any) -> None:
        self.record(("append", self, None, items))

    def append(self, item: Any) -> None:
        self.record(("append", self, None, [item]))

    add = append

    # Looked up on the type by the methods above; the value is the symbol's.
    record: Callable[[Any], None]


class PureInstance(Instance):
    """NEWOBJ of a builtin on constants has a value, too."""

    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.evaluate is not None and not kwargs and (value := cls.evaluate(args)) is not pure.UNKNOWN:
            return value
        return Instance.__new__(cls, *args, **kwargs)


class ArrayInstance(Instance):
    """joblib's wrapper: once it has its state, raw array bytes follow in the stream."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        self.record(("state", self, None, state))
        if (read := type(self).array) is not None:
            read(state)


def make(kind: Symbol, callee: "Symbol | Instance | None", how: How, args: tuple[Any, ...]) -> Instance:
    """A new instance of type ``kind``, recorded."""
    made: Instance = _allocate(cast(Any, kind))
    made.callee = callee
    made.how = how
    made.args = args
    kind.record(made)
    return made


STAND_INS = (Symbol, Instance)


def root(subject: "Symbol | Instance") -> Symbol | None:
    """The global at the bottom of a chain of calls of results; None for a persistent object."""
    bottom = subject if isinstance(subject, Symbol) else type(subject)
    return bottom if bottom.module else None


class Recorder:
    """The log of one pickle, and the globals that it referenced, each a symbol of its own."""

    def __init__(self, is_token: Callable[[Any], bool], array: joblib.Reader) -> None:
        self.log: list[Event] = []
        self.unresolved: list[str] = []
        self.arrays = False  # joblib's wrapper is referenced
        self.nested = False  # an array of it was a pickle
        self._is_token = is_token
        self._array = array
        self._globals: dict[tuple[str, str], Symbol] = {}
        self._persistent: Symbol | None = None  # made when it is needed: a file may hold a million pickles

    def _symbol(self, base: type, module: str, name: str, more: dict[str, Any]) -> Symbol:
        members = {"__slots__": (), "record": self.log.append, "module": module, "name": name, "inert": True}
        return Symbol("Symbol", (base,), members | more)

    def reference(self, module: str, name: str) -> Symbol:
        """The symbol of a global; the first reference is logged, because importing runs code."""
        if (found := self._globals.get((module, name))) is not None:
            return found
        canonical = knowledge().canonical(f"{module}.{name}")
        base: type = Instance
        more: dict[str, Any] = {"inert": knowledge().vouched(f"{module}.{name}")}
        if pure.known(canonical):
            base, more["evaluate"] = PureInstance, self._evaluator(canonical, ())
        if joblib.wraps(canonical):
            base, more["array"], self.arrays = ArrayInstance, self._array, True
        symbol = self._globals[module, name] = self._symbol(base, module, name, more)
        self.log.append(symbol)
        return symbol

    def again(self) -> None:
        """Another pickle begins, whose first references are its own, too."""
        self._globals.clear()

    def _evaluator(self, name: str, bound: tuple[Any, ...]) -> Callable[[tuple[Any, ...]], Any]:
        def evaluate(args: tuple[Any, ...]) -> Any:
            args = bound + args
            if any(map(self._is_token, args)):
                return pure.UNKNOWN
            if (method := pure.method(name, args)) is not None:
                more = {"evaluate": self._evaluator(f"builtins.{method}", args[:1]), "bound": args[:1]}
                return self._symbol(PureInstance, "builtins", method, more)
            return pure.evaluate(name, args)

        return evaluate

    def persistent(self, pid: Any) -> Any:
        """The object behind a persistent id: nothing runs to get it but the caller's own code.

        In PyTorch's old files it may be a class, beside which its source is kept.
        """
        if self._persistent is None:
            self._persistent = self._symbol(Instance, "", "persistent object", {})
        made = make(self._persistent, None, "persistent", (pid,))
        match pid:
            case ("module", Symbol() as kind, *_):
                return kind
        return made

    def extension(self, code: int) -> Symbol:
        """The global behind an extension code, which this stream may have registered itself."""
        for event in self._calls():
            match event.args:
                case (str(module), str(name), int(number)) if number == code:
                    if knowledge().canonical(str(event.callee)) == "copyreg.add_extension":
                        return self.reference(module, name)
        self.unresolved.append(f"extension code {code}, which the loading program may have registered")
        return self.reference("copyreg", f"extension_{code}")

    def dtype(self, value: Any) -> tuple[str, Any]:
        """The string that a ``numpy.dtype`` symbol was called with, and the state it was given."""
        match value:
            case Instance(callee=Symbol() as maker) if maker.name == "_convert_to_stringdtype_kwargs":
                return "O", None  # texts of any length, which are pickled
            case Instance(args=(str(text), *_)):
                states = (e[3] for e in reversed(self.log) if type(e) is tuple and e[1] is value)
                return text, next(states, None) if "V" in text else None
        raise Malformed("joblib array of unknown type")

    def _calls(self) -> Iterator[Instance]:
        return (e for e in reversed(self.log) if isinstance(e, Instance) and e.how == "call")
