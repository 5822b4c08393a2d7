"""From the log of a pickle to IR: what folds disappears, what acts stays, in order, with arguments.

Calls of inert constructors fold: they become operations only when they are handed something live
or are handed to something live. A global that nobody vouches for stays as a name even when it is
never called, because importing it runs its module.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from scanner.blob import Blob, BytesWindow
from scanner.ir import Body, Call, Const, Data, Make, Name, Op, Reg, SetItem, Unknown
from scanner.languages.pickle.gather import Contents, gather
from scanner.languages.pickle.machine import Reading
from scanner.languages.pickle.stream import Tokens
from scanner.languages.pickle.symbols import STAND_INS, Change, Event, Instance, Symbol, root

LARGEST = 1 << 20  # bytes or characters of one constant in the IR
_EACH = 256  # operations of one sort on one global that are kept one by one; the others in summary
_DEPTH = 6  # containers inside containers that are kept as such; deeper ones in summary
_ROOM = 512  # values of one operation that are kept as such
_WORD = 4  # characters of the shortest text worth keeping in a summary
_BITS = 4096


def lower(reading: Reading, live: Sequence[int], blob: Blob, tokens: Tokens) -> Body:
    """The operations of the ``live`` events of one pickle, whose offsets are known."""
    lowering = _Lowering(blob, tokens)
    for index in live:
        lowering.at = reading.offsets[index] if reading.offsets else reading.start
        lowering.event(reading.log[index])
    lowering.summarise()
    return tuple(lowering.ops)


class _Lowering:
    """The operations so far, and the register of every object that has one."""

    def __init__(self, blob: Blob, tokens: Tokens) -> None:
        self.ops: list[Op] = []
        self.at = 0
        self._blob = blob
        self._tokens = tokens
        self._registers: dict[int, Reg] = {}
        self._next = 0
        self._room = 0
        self._kept: dict[tuple[str, str], int] = {}
        self._bulk: dict[tuple[str, str], tuple[int, Any, list[Any]]] = {}

    def _new(self) -> Reg:
        self._next += 1
        return self._next - 1

    def _make(self, kind: Any, items: Iterable[Reg]) -> Reg:
        items = tuple(items)
        self.ops.append(Make(self.at, dst := self._new(), kind, items))
        return dst

    def _const(self, value: Any) -> Reg:
        self.ops.append(Const(self.at, dst := self._new(), value))
        return dst

    def _unknown(self, why: str) -> Reg:
        self.ops.append(Unknown(self.at, dst := self._new(), why))
        return dst

    def event(self, event: Event) -> None:
        """One operation of the log, or its part in a summary when there are too many like it."""
        self._room = _ROOM
        if isinstance(event, Symbol):
            self.value(event)
            return
        subject = event if isinstance(event, Instance) else event[1]
        how = event.how if isinstance(event, Instance) else event[0]
        key = (how, str(root(subject)))
        count = self._kept[key] = self._kept.get(key, 0) + 1
        if count > _EACH:
            handed = event.args if isinstance(event, Instance) else (event[2], event[3])
            self._bulk.setdefault(key, (self.at, subject, []))[2].append(handed)
        elif isinstance(event, Instance):
            self.value(event)
        else:
            self._change(event)

    def _change(self, change: Change) -> None:
        how, subject, key, value = change
        base = self.value(subject)
        if how == "state":
            self.ops.append(Call(self.at, self._new(), base, (self.value(value),), how="state"))
        elif how == "item":
            index = self.value(key)
            self.ops.append(SetItem(self.at, base, index, self.value(value)))
        elif isinstance(value, list) and len(value) <= self._room:
            for item in list(value):
                self.ops.append(SetItem(self.at, base, None, self.value(item)))
        else:
            self.ops.append(SetItem(self.at, base, None, self.value(value)))

    def value(self, value: Any, depth: int = 0) -> Reg:
        """The register of a value, after the operations that make it."""
        if (known := self._registers.get(id(value))) is not None and isinstance(value, STAND_INS):
            return known
        self._room -= 1
        match value:
            case Symbol():
                name = str(value)
                self.ops.append(Name(self.at, dst := self._new(), name, value.module))
                self._registers[id(value)] = dst
                return dst
            case Instance():
                return self._instance(value, depth)
            case str() | bytes() | bytearray():
                return self._text(value)
            case int() if value.bit_length() > _BITS:
                return self._unknown(f"an integer of {value.bit_length()} bits")
            case None | bool() | int() | float():
                return self._const(value)
            case list() | tuple() | set() | frozenset() | dict():
                return self._container(value, depth)
        return self._unknown(f"a {type(value).__name__}")

    def _text(self, value: str | bytes | bytearray) -> Reg:
        if not isinstance(value, str) and self._tokens.marks(value):
            window = self._tokens.window(value)
            self.ops.append(Data(self.at, dst := self._new(), window))
            return dst
        if len(value) <= LARGEST:
            return self._const(bytes(value) if isinstance(value, bytearray) else value)
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)
        blob = self._blob.inner(f"constant@{self.at}", BytesWindow(data))
        self.ops.append(Data(self.at, dst := self._new(), blob))
        return dst

    def _container(self, value: Any, depth: int) -> Reg:
        kind = type(value).__name__
        if depth >= _DEPTH or len(value) > min(self._room, _ROOM // 4):
            return self._summary(kind if kind != "dict" else "list", gather([value]))
        items: Iterable[Any] = value
        if isinstance(value, dict):
            items = (part for pair in list(value.items()) for part in pair)
        return self._make(kind, [self.value(item, depth + 1) for item in items])

    def _summary(self, kind: str, contents: Contents) -> Reg:
        """A container with the texts joined line by line and each global once, in place of structure."""
        items = [self._text(text) for text in contents.joined(LARGEST, _WORD)]
        items += [self._text(data) for data in contents.buffers if self._tokens.marks(data)]
        items += [self.value(symbol) for symbol in contents.symbols]
        return self._make(kind, items)

    def _instance(self, value: Instance, depth: int) -> Reg:
        if value.how == "persistent":
            if depth < _DEPTH:
                self.value(value.args[0], depth + 1)
            dst = self._unknown("a persistent object, which the loading program supplies")
        elif depth >= _DEPTH * 4 or self._room < 0:
            return self._unknown("nested too deep") if (base := root(value)) is None else self.value(base)
        else:
            dst = self._call(value, depth)
        self._registers[id(value)] = dst
        return dst

    def _call(self, value: Instance, depth: int) -> Reg:
        callee = self.value(value.callee, depth + 1)
        args, kwargs = value.args, {}
        if value.how == "keywords":
            args, kwargs = args
        registers = tuple(self.value(arg, depth + 1) for arg in args)
        if value.how == "spread":
            registers = (self._make("spread", registers),)
        named = tuple((str(key), self.value(arg, depth + 1)) for key, arg in kwargs.items())
        how: Any = "new" if value.how in ("new", "keywords") else "call"
        self.ops.append(Call(self.at, dst := self._new(), callee, registers, named, how))
        return dst

    def summarise(self) -> None:
        """One operation for all those of a sort beyond the first, with everything they were handed."""
        for (how, _), (at, subject, handed) in self._bulk.items():
            self.at, self._room = at, _ROOM
            bottom = root(subject)
            base = self.value(bottom) if bottom is not None else self._unknown("the result of a call")
            held = self._summary("list", gather(handed))
            match how:
                case "state" | "new":
                    self.ops.append(Call(at, self._new(), base, (held,), how=how))
                case "item" | "append":
                    self.ops.append(SetItem(at, base, None, held))
                case _:
                    self.ops.append(Call(at, self._new(), base, (held,)))
