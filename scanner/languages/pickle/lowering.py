"""From the log of a pickle to IR: what folds disappears, what acts stays, in order, with arguments.

Calls of inert constructors fold: they become operations only when they are handed something live
or are handed to something live. A global that nobody vouches for stays as a name even when it is
never called, because importing it runs its module.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.ir import (
    Body,
    Call,
    Const,
    Data,
    Define,
    Entry,
    Function,
    Make,
    Merge,
    Name,
    Op,
    Program,
    Reg,
    SetItem,
    Store,
    Unknown,
)
from scanner.knowledge.tables import knowledge
from scanner.languages.pickle.functions import Carried, Functions
from scanner.languages.pickle.gather import Contents, gather
from scanner.languages.pickle.machine import Reading
from scanner.languages.pickle.reading import locate
from scanner.languages.pickle.stream import Tokens
from scanner.languages.pickle.symbols import STAND_INS, Change, Event, Instance, Symbol, root
from scanner.limits import Budget

LARGEST = 1 << 20  # bytes or characters of one constant in the IR
_EACH = 256  # operations of one sort on one global that are kept one by one; the others in summary
MAIN = "main"  # the stream itself
_KNOWN = 1 << 14  # calls of one global of which we know what it does with its arguments
_DEPTH = 6  # containers inside containers that are kept as such; deeper ones in summary
_ROOM = 512  # values of one operation that are kept as such
_WORD = 4  # characters of the shortest text worth keeping in a summary
_BITS = 4096


class Plan(Struct, frozen=True):
    """Indices of the events to keep one by one, and of those of a sort that are told in summary."""

    kept: Sequence[int]
    bulk: Sequence[tuple[str, Sequence[int]]]

    @property
    def end(self) -> int:
        """The index after the last event whose offset is needed."""
        return max([*self.kept, *(indices[0] for _, indices in self.bulk)], default=-1) + 1


def program(fragment: Fragment, reading: Reading, live: list[int], tokens: Tokens, budget: Budget) -> Program:
    """The live events of one pickle as a program."""
    chosen = plan(reading.log, live)
    locate(fragment.blob, reading, tokens, chosen.end)
    functions = Functions(budget, {MAIN: Function(MAIN, (), ())})  # a name that no carried function gets
    functions.look_ahead(reading.log)
    body = lower(reading, chosen, fragment.blob, tokens, functions)
    note = "unpickling" if reading.start == 0 else f"unpickling what follows at byte {reading.start}"
    entry = Entry(MAIN, fragment.trigger, note)
    made = {**functions.made, MAIN: Function(MAIN, (), body)}
    return Program("pickle", fragment.blob.trail, "offset", made, (entry,), fragment.script, fragment.steps)


def plan(log: Sequence[Event], live: Sequence[int]) -> Plan:
    """Choose: a checkpoint can hold millions of objects of one class that nobody vouches for."""
    kept: list[int] = []
    sorts: dict[tuple[str, int, bool], list[int]] = defaultdict(list)
    for index in live:
        event: Any = log[index]
        if type(event) is Symbol:
            kept.append(index)
            continue
        how, subject = (event[0], event[1]) if type(event) is tuple else (event.how, event)
        # What a call gave back and is called in turn is of the same class, and no less of a sort of its own.
        again = type(event) is not tuple and type(event.callee) is not Symbol
        sorts[how, id(subject if type(subject) is Symbol else type(subject)), again].append(index)
    bulk = []
    for (how, *_), indices in sorts.items():
        each = _KNOWN if how == "call" and _known(log[indices[0]]) else _EACH
        kept += indices[:each]
        if indices[each:]:
            bulk.append((how, indices[each:]))
    return Plan(sorted(kept), bulk)


def _known(event: Any) -> bool:
    """Whether a call, also of what a call gave back, is one whose every argument counts: each may be a
    pickle, say, that is judged."""
    first = root(event)
    return first is not None and (first.inert or knowledge().effect(str(first)) is not None)


def lower(reading: Reading, chosen: Plan, blob: Blob, tokens: Tokens, functions: Functions) -> Body:
    """The operations of one pickle, the offsets of whose events are known."""
    lowering = _Lowering(blob, tokens, functions)
    offsets = reading.offsets or ()
    for index in chosen.kept:
        lowering.at = offsets[index]
        lowering.event(reading.log[index])
    for how, indices in chosen.bulk:
        lowering.at = offsets[indices[0]]
        lowering.summarise(how, [reading.log[index] for index in indices])
    return tuple(lowering.ops)


class _Lowering:
    """The operations so far, and the register of every object that has one."""

    def __init__(self, blob: Blob, tokens: Tokens, functions: Functions) -> None:
        self.ops: list[Op] = []
        self.at = 0
        self._blob = blob
        self._tokens = tokens
        self._functions = functions
        self._registers: dict[int, Reg] = {}
        self._next = 0
        self._room = 0

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
        """One operation of the log."""
        self._room = _ROOM
        if type(event) is tuple:
            self._change(event)
        else:
            self.value(event)

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
        skipped = sorted(filter(self._tokens.marks, contents.buffers))
        contents.buffers.difference_update(skipped)
        items = [self._text(text) for text in (*contents.joined(LARGEST, _WORD), *skipped)]
        items += [self.value(symbol) for symbol in sorted(contents.symbols, key=str)]
        return self._make(kind, items)

    def _instance(self, value: Instance, depth: int) -> Reg:
        if value.how == "persistent":
            if depth < _DEPTH:
                self.value(value.args[0], depth + 1)
            dst = self._unknown("a persistent object, which the loading program supplies")
        elif depth >= _DEPTH * 4 or self._room < 0:
            return self._unknown("nested too deep") if (base := root(value)) is None else self.value(base)
        elif self._functions.is_state(value):
            dst = self._unknown("a function that was given its state")
        elif (carried := self._functions.carried(value, self.at)) is not None:
            return self._function(value, carried)
        else:
            dst = self._call(value, depth)
        self._registers[id(value)] = dst
        return dst

    def _function(self, value: Instance, carried: Carried) -> Reg:
        """A function that travels by value, and the variables that it uses."""
        found = [Define(self.at, self._new(), name) for name in carried.names]
        self.ops += found
        dst = found[0].dst
        if len(found) > 1:
            self.ops.append(Merge(self.at, dst := self._new(), tuple(op.dst for op in found)))
        self._registers[id(value)] = dst  # before its globals, among which it may be itself
        room, self._room = self._room, _ROOM
        for name, held in carried.variables.items():
            self.ops.append(Store(self.at, name, self.value(held)))
        self._room = room
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

    def summarise(self, how: str, events: Sequence[Any]) -> None:
        """One operation for many of a sort, with everything that they were handed."""
        self._room = _ROOM
        first = events[0]
        if how in ("item", "append"):  # of an object, which is not its class
            base = self.value(first[1])
        else:
            bottom = root(first[1] if type(first) is tuple else first)
            base = self.value(bottom) if bottom is not None else self._unknown("the result of a call")
        handed = [event[3] if type(event) is tuple else event.args for event in events]
        handed += [event[2] for event in events if type(event) is tuple and event[2] is not None]
        held = self._summary("list", gather(handed))
        match how:
            case "item" | "append":
                self.ops.append(SetItem(self.at, base, None, held))
            case "state":
                self.ops.append(Call(self.at, self._new(), base, (held,), how="state"))
            case "new" | "keywords":
                self.ops.append(Call(self.at, self._new(), base, (held,), how="new"))
            case _:
                self.ops.append(Call(self.at, self._new(), base, (held,)))
