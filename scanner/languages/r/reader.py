"""R's serialised objects, read without R: everything with code in it is kept, the rest is passed over.

Source: "Serialization Formats" in R Internals, and ``src/main/serialize.c`` of R 4.3. Nothing is evaluated.
"""

from collections.abc import Callable
from typing import Literal

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.languages.r import codes
from scanner.languages.r.encoding import KEPT, Encoding
from scanner.languages.r.nodes import (
    CODE,
    Bytecode,
    Closure,
    Constant,
    Environment,
    Item,
    Node,
    Other,
    Pairs,
    Promise,
    Symbol,
    Vector,
)
from scanner.limits import Budget

ATTRIBUTES, TAG, ACTIVE = 1 << 9, 1 << 10, 1 << 27  # flags
STEP = 16  # objects that are one step of the budget
SHORTEST = 64  # bytes that could hide something


class Reader:
    """One stream. ``promises``, ``closures`` and ``active`` are the code in it, in order; ``bytes`` where
    vectors of bytes lie, and ``files`` what is mapped into memory, by offset."""

    def __init__(self, blob: Blob, encoding: Encoding, budget: Budget) -> None:
        self.encoding = encoding
        self.promises: list[Promise] = []
        self.closures: list[Closure] = []
        self.active: list[Closure] = []
        self.bytes: list[tuple[int, int]] = []
        self.files: dict[str, int] = {}
        self._size, self._budget = blob.size, budget
        self._references: list[Node] = []
        self._count = 0
        self._reads: dict[int, Callable[[int], Node]] = {
            codes.SYMBOL: self._symbol, codes.ENVIRONMENT: self._environment, codes.CLOSURE: self._closure,
            codes.PROMISE: self._promise, codes.TEXT: self._text, codes.TEXTS: self._texts,
            codes.BYTES: self._bytes, codes.POINTER: self._pointer, codes.WEAK: self._weak,
            codes.SPECIAL: self._builtin, codes.BUILTIN: self._builtin, codes.VECTOR: self._vector,
            codes.EXPRESSIONS: self._vector, codes.BYTECODE: self._bytecode, codes.OBJECT: self._object,
            codes.ALTERNATIVE: self._alternative, codes.REFERENCE: self._reference,
            codes.NAMESPACE: self._strings, codes.PACKAGE: self._strings, codes.PERSISTENT: self._strings,
        }  # fmt: skip

    def header(self) -> None:
        """The version of the format and of its writer; of version 3, the encoding."""
        version, _, _ = (self.encoding.integer() for _ in range(3))
        if version not in (2, 3):
            raise Malformed(f"version {version} of the format does not exist")
        if version == 3:
            self.encoding.text(self._length())

    def item(self) -> Node:
        """The object that begins here."""
        return self._item(self.encoding.integer())

    def _item(self, flags: int) -> Node:
        self._count += 1
        if not self._count % STEP:
            self._budget.spend("steps")
        kind = flags & 0xFF
        if kind in codes.WORDS:
            return Other(codes.WORDS[kind])
        if kind in (codes.LIST, codes.CALL, codes.DOTS):
            return self._pairs(flags)
        if kind in (codes.LOGICAL, codes.INTEGER, codes.REAL, codes.COMPLEX):
            return self._numbers(flags)
        read = self._reads.get(kind)
        if read is None:
            raise Malformed(f"an object of type {kind} at byte {self.encoding.position}")
        return read(flags)

    def _length(self) -> int:
        """Of a vector; raises :class:`Malformed` for one that is longer than the file."""
        length = self.encoding.integer()
        if length == -1:
            high, low = self.encoding.integer(), self.encoding.integer()
            length = high << 32 | low & 0xFFFFFFFF
        if not 0 <= length <= self._size:
            raise Malformed(f"a length of {length:,} at byte {self.encoding.position}")
        return length

    def _attributes(self, flags: int) -> Node | None:
        return self.item() if flags & ATTRIBUTES else None

    def _pairs(self, flags: int) -> Node:
        kind: Literal["list", "call"] = "call" if flags & 0xFF == codes.CALL else "list"
        at, items = self.encoding.position, []
        while flags & 0xFF in (codes.LIST, codes.CALL, codes.DOTS):
            self._attributes(flags)
            tag = self.item() if flags & TAG else None
            value, active = self.item(), bool(flags & ACTIVE)
            if active and isinstance(value, Closure):
                self.active.append(value)
            items.append(Item(tag.name if isinstance(tag, Symbol) else "", value, active))
            flags = self.encoding.integer()
            self._count += 1
            if not self._count % STEP:
                self._budget.spend("steps")
        self._item(flags)
        return Pairs(kind, tuple(items), at)

    def _symbol(self, _flags: int) -> Node:
        found = self.item()
        symbol = Symbol("".join(map(str, found.values[:1])) if isinstance(found, Constant) else "")
        self._references.append(symbol)
        return symbol

    def _reference(self, flags: int) -> Node:
        index = flags >> 8 or self.encoding.integer()
        if not 0 < index <= len(self._references):
            raise Malformed(f"a reference to object {index} at byte {self.encoding.position}")
        return self._references[index - 1]

    def _strings(self, _flags: int) -> Node:
        """A package or its namespace, by name and version."""
        self.encoding.integer()
        for _ in range(self._length()):
            self.item()
        self._references.append(Other("a package"))
        return self._references[-1]

    def _environment(self, _flags: int) -> Node:
        made = Environment()
        self._references.append(made)
        self.encoding.integer()
        made.frame = [self.item() for _ in range(4)]
        return made

    def _closure(self, flags: int) -> Node:
        at = self.encoding.position
        self._attributes(flags)
        if flags & TAG:
            self.item()
        made = Closure(self.item(), self.item(), at)
        self.closures.append(made)
        return made

    def _promise(self, flags: int) -> Node:
        at = self.encoding.position
        self._attributes(flags)
        if flags & TAG:
            self.item()
        value = self.item()
        made = Promise(self.item(), value != Other(codes.WORDS[codes.UNBOUND]), at)
        self.promises.append(made)
        return made

    def _text(self, flags: int) -> Node:
        length = self.encoding.integer()
        if not -1 <= length <= self._size:
            raise Malformed(f"a text of {length:,} bytes at byte {self.encoding.position}")
        data = self.encoding.text(length) if length >= 0 else None
        self._attributes(flags)
        return Constant((data.decode("utf-8", "backslashreplace") if data is not None else None,), "text")

    def _texts(self, flags: int) -> Node:
        length = self._length()
        items = [self.item() for _ in range(min(length, KEPT))]
        for _ in range(length - len(items)):
            self.item()
        self._attributes(flags)
        values = tuple(value for item in items if isinstance(item, Constant) for value in item.values[:1])
        return Constant(values, "text") if length <= KEPT else Other("texts")

    def _numbers(self, flags: int) -> Node:
        kind = flags & 0xFF
        length = self._length() * (2 if kind == codes.COMPLEX else 1)
        values = self.encoding.numbers("d" if kind in (codes.REAL, codes.COMPLEX) else "i", length)
        self._attributes(flags)
        if values is None or kind == codes.COMPLEX:
            return Other("numbers")
        return Constant(tuple(map(bool, values)) if kind == codes.LOGICAL else values, "number")

    def _bytes(self, flags: int) -> Node:
        length = self._length()
        place = self.encoding.raw(length)
        if place is not None and length > SHORTEST:
            self.bytes.append(place)
        self._attributes(flags)
        return Other("bytes")

    def _pointer(self, flags: int) -> Node:
        self._references.append(Other("a pointer"))
        self.item()
        self.item()
        self._attributes(flags)
        return Other("a pointer")

    def _weak(self, flags: int) -> Node:
        self._references.append(Other("a reference"))
        self._attributes(flags)
        return Other("a reference")

    def _object(self, flags: int) -> Node:
        attributes = self._attributes(flags)
        return Vector((attributes,) if isinstance(attributes, CODE) else ())

    def _builtin(self, flags: int) -> Node:
        name = self.encoding.text(self._length()) or b""
        self._attributes(flags)
        return Symbol(name.decode("utf-8", "backslashreplace"))

    def _vector(self, flags: int) -> Node:
        kept = []
        for _ in range(self._length()):
            item = self.item()
            if isinstance(item, CODE):
                kept.append(item)
        self._attributes(flags)
        return Vector(tuple(kept))

    def _alternative(self, _flags: int) -> Node:
        """A vector that is something else: what kind of, and what of. Some map a file into memory."""
        at, kind, state = self.encoding.position, self.item(), self.item()
        self.item()
        name = kind.items[0].value if isinstance(kind, Pairs) and kind.items else None
        if isinstance(name, Symbol) and name.name in codes.MAPPED:
            first = state.items[0].value if isinstance(state, Pairs) and state.items else state
            for value in first.values[:1] if isinstance(first, Constant) else ():
                self.files.setdefault(str(value), at)
        if isinstance(name, Symbol) and name.name.startswith("wrap_") and isinstance(state, Pairs | Vector):
            inner = state.items[0] if state.items else None
            return inner.value if isinstance(inner, Item) else inner or Other("a vector")
        return Other("a vector")

    def _bytecode(self, flags: int) -> Node:
        repeated: list[Node] = [Other("nothing")] * min(self._length(), self._budget.limits.parts)
        found = self._compiled(repeated)
        self._attributes(flags)
        return found

    def _compiled(self, repeated: list[Node]) -> Node:
        self.item()
        constants = []
        for _ in range(self._length()):
            kind = self.encoding.integer()
            if kind == codes.BYTECODE:
                constants.append(self._compiled(repeated))
            elif kind in (
                codes.CALL,
                codes.LIST,
                codes.REPEATED,
                codes.REPETITION,
                codes.CALL_WITH,
                codes.LIST_WITH,
            ):
                constants.append(self._expression(kind, repeated))
            else:
                constants.append(self.item())
        return Bytecode(tuple(constants))

    def _expression(self, kind: int, repeated: list[Node]) -> Node:
        """A call or a list among the constants of a compiled expression, parts of which stand there once."""
        if kind == codes.REPEATED:
            return self._repeated(self.encoding.integer(), repeated)
        place = None
        if kind == codes.REPETITION:
            place, kind = self.encoding.integer(), self.encoding.integer()
            self._repeated(place, repeated)
        if kind not in (codes.CALL, codes.LIST, codes.CALL_WITH, codes.LIST_WITH):
            return self.item()
        at = self.encoding.position
        if kind in (codes.CALL_WITH, codes.LIST_WITH):
            self.item()
        tag = self.item()
        head = self._expression(self.encoding.integer(), repeated)
        rest = self._expression(self.encoding.integer(), repeated)
        item = Item(tag.name if isinstance(tag, Symbol) else "", head)
        items = (item, *(rest.items if isinstance(rest, Pairs) else ()))
        made = Pairs("call" if kind in (codes.CALL, codes.CALL_WITH) else "list", items, at)
        if place is not None:
            repeated[place] = made
        return made

    def _repeated(self, index: int, repeated: list[Node]) -> Node:
        if not 0 <= index < len(repeated):
            raise Malformed(f"a repetition of object {index} at byte {self.encoding.position}")
        return repeated[index]
