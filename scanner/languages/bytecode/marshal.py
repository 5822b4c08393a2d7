"""A reader of marshalled data that makes nothing but plain values, for every version since 2.7.

The format says nothing about the version that wrote it, and code objects have had four layouts; the
caller names the layout to try. Nothing is allocated because a count says so: each value takes at
least one byte of the data.
"""

import struct
from enum import Enum
from typing import Any

from scanner.errors import Malformed, OverBudget
from scanner.languages.bytecode.code import Code, Slice, Value

_FLAG_REF = 0x80
_SHIFT = 15  # bits in a digit of a long integer
_LOCAL, _CELL, _FREE = 0x20, 0x40, 0x80  # kinds of the variables of 3.11


class Layout(Enum):
    """How a code object is laid out; the value is the version that began it."""

    PYTHON_2 = (2, 7)
    KEYWORD_ONLY = (3, 6)
    POSITIONAL_ONLY = (3, 8)
    FAST_LOCALS = (3, 11)


class _Null:
    """What ends a dictionary; nothing else may hold it."""


_NULL = _Null()


def load(data: bytes, layout: Layout, at: int = 0) -> tuple[Value, int]:
    """The value that starts at byte ``at``, and where it ends.

    Text of Python 2 is text where it is ASCII, bytes where it is not. Raises :class:`Malformed` and
    :class:`OverBudget`.
    """
    reader = _Reader(data, layout, at)
    try:
        value = reader.value()
    except RecursionError:
        raise OverBudget("marshal data nest too deeply") from None
    return value, reader.at


class _Reader:
    def __init__(self, data: bytes, layout: Layout, at: int) -> None:
        self.data = data
        self.layout = layout
        self.at = at
        self._refs: list[Value] = []
        self._strings: list[Value] = []  # interned by Python 2

    def _take(self, count: int) -> bytes:
        end = self.at + count
        if count < 0 or end > len(self.data):
            raise Malformed(f"marshal data end inside the value at byte {self.at}")
        found = self.data[self.at : end]
        self.at = end
        return found

    def _byte(self) -> int:
        return self._take(1)[0]

    def _short(self) -> int:
        return int(struct.unpack("<h", self._take(2))[0])

    def _long(self) -> int:
        return int(struct.unpack("<i", self._take(4))[0])

    def value(self) -> Any:
        """One value of any type."""
        start, kind = self.at, self._byte()
        flagged, kind = kind & _FLAG_REF, kind & ~_FLAG_REF
        slot = len(self._refs)
        if flagged:
            self._refs.append(_NULL)  # its place is taken before what is inside it
        found = self._read(chr(kind), start)
        if flagged:
            self._refs[slot] = found
        return found

    def _read(self, kind: str, start: int) -> Any:
        match kind:
            case "N" | "S":
                return None
            case "T" | "F":
                return kind == "T"
            case ".":
                return ...
            case "0":
                return _NULL
            case "i":
                return self._long()
            case "I":
                return int(struct.unpack("<q", self._take(8))[0])
            case "l":
                return self._integer()
            case "f" | "g" | "x" | "y":
                return self._number(kind)
            case "s" | "t" | "R" | "u" | "a" | "A" | "z" | "Z":
                return self._text(kind)
            case "r":
                index = self._long()
                if not 0 <= index < len(self._refs) or self._refs[index] is _NULL:
                    raise Malformed(f"no such reference at byte {start}")
                return self._refs[index]
            case "c":
                return self._code()
        return self._container(kind, start)

    def _container(self, kind: str, start: int) -> Any:
        match kind:
            case ")":
                return tuple(self._items(self._byte()))
            case "(":
                return tuple(self._items(self._long()))
            case "[":
                return self._items(self._long())
            case "<" | ">":
                return frozenset(item for item in self._items(self._long()) if _hashable(item))
            case ":":
                return Slice(tuple(self._items(3)))
            case "{":
                pairs = []
                while (key := self.value()) is not _NULL:
                    pairs.append((key, self._item()))
                return {key if _hashable(key) else repr(type(key)): item for key, item in pairs}
        raise Malformed(f"no marshal type is written {kind!r} (byte {start})")

    def _item(self) -> Any:
        found = self.value()
        if found is _NULL:
            raise Malformed(f"an end without a dictionary before byte {self.at}")
        return found

    def _items(self, count: int) -> list[Any]:
        if not 0 <= count <= len(self.data) - self.at:
            raise Malformed(f"{count} values before byte {self.at} are more than the data hold")
        return [self._item() for _ in range(count)]

    def _integer(self) -> int:
        """Digits of 15 bits, least significant first; the sign is that of their number."""
        count = self._long()
        digits = struct.unpack(f"<{abs(count)}H", self._take(2 * abs(count)))
        if any(digit >> _SHIFT for digit in digits):
            raise Malformed(f"a digit that is too large before byte {self.at}")
        bits = b"".join(format(digit, "015b").encode() for digit in reversed(digits))
        found = int(bits or b"0", 2)
        return -found if count < 0 else found

    def _number(self, kind: str) -> float | complex:
        parts = []
        for _ in range(2 if kind in "xy" else 1):
            if kind in "gy":
                parts.append(float(struct.unpack("<d", self._take(8))[0]))
                continue
            text = self._take(self._byte())
            try:
                parts.append(float(text))
            except ValueError:
                raise Malformed(f"{text[:20]!r} is no number") from None
        return complex(*parts) if kind in "xy" else parts[0]

    def _text(self, kind: str) -> Any:
        match kind:
            case "R":  # of Python 2: a string that was interned before
                index = self._long()
                if not 0 <= index < len(self._strings):
                    raise Malformed(f"no such string before byte {self.at}")
                return self._strings[index]
            case "s" | "t" if self.layout is Layout.PYTHON_2:
                raw = self._take(self._long())
                found = raw.decode("ascii") if raw.isascii() else raw
                if kind == "t":
                    self._strings.append(found)
                return found
            case "s":
                return self._take(self._long())
            case "u" | "t":
                return self._decoded(self._take(self._long()))
        short = kind in "zZ"
        return self._take(self._byte() if short else self._long()).decode("latin-1")

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise Malformed(f"text before byte {self.at} is not UTF-8") from None

    # Code objects

    def _code(self) -> Code:
        if self.layout is Layout.FAST_LOCALS:
            return self._fast_code()
        argcount = self._long()
        if self.layout is Layout.POSITIONAL_ONLY:
            self._long()
        keyword_only = 0 if self.layout is Layout.PYTHON_2 else self._long()
        self._long()  # how many locals there are
        stacksize, flags = self._long(), self._long()
        body = self._bytes()
        constants = self._typed(tuple)
        names, variables, free, cells = (self._names() for _ in range(4))
        self._string()  # the file name
        name, line, lines = self._string(), self._long(), self._bytes()
        return _checked(
            Code(argcount, keyword_only, flags, stacksize, body, constants, names, variables, cells, free,
                 name, line, lines)
        )  # fmt: skip

    def _fast_code(self) -> Code:
        argcount, _, keyword_only, stacksize, flags = (self._long() for _ in range(5))
        body = self._bytes()
        constants = self._typed(tuple)
        names, fast, kinds = self._names(), self._names(), self._bytes()
        self._string()  # the file name
        name = self._string()
        self._string()  # the qualified name
        line, lines, exceptions = self._long(), self._bytes(), self._bytes()
        if len(kinds) != len(fast):
            raise Malformed("a code object does not say what its variables are")
        of_kind = {
            bit: tuple(name for name, kind in zip(fast, kinds, strict=True) if kind & bit)
            for bit in (_LOCAL, _CELL, _FREE)
        }
        return _checked(
            Code(argcount, keyword_only, flags, stacksize, body, constants, names, of_kind[_LOCAL],
                 of_kind[_CELL], of_kind[_FREE], name, line, lines, exceptions, fast)
        )  # fmt: skip

    def _typed(self, kind: type) -> Any:
        found = self.value()
        if not isinstance(found, kind):
            raise Malformed(
                f"a {type(found).__name__} before byte {self.at}, where a {kind.__name__} belongs"
            )
        return found

    def _bytes(self) -> bytes:
        found = self.value()
        if isinstance(found, str) and self.layout is Layout.PYTHON_2:
            return found.encode("ascii")
        if not isinstance(found, bytes):
            raise Malformed(f"a {type(found).__name__} before byte {self.at}, where bytes belong")
        return found

    def _string(self) -> str:
        found = self.value()
        if isinstance(found, bytes) and self.layout is Layout.PYTHON_2:
            return found.decode("latin-1")
        if not isinstance(found, str):
            raise Malformed(f"a {type(found).__name__} before byte {self.at}, where text belongs")
        return found

    def _names(self) -> tuple[str, ...]:
        found = self._typed(tuple)
        if not all(isinstance(name, str) for name in found):
            raise Malformed(f"a name before byte {self.at} is not text")
        return tuple(found)


def _hashable(value: Value) -> bool:
    try:
        hash(value)
    except (TypeError, RecursionError):
        return False
    return True


def _checked(code: Code) -> Code:
    """``code``, if its numbers can be true."""
    numbers = (code.argcount, code.keyword_only, code.stacksize, code.flags, code.line)
    if min(numbers) < 0 or len(code.parameters) < code.argcount + code.keyword_only:
        raise Malformed("the numbers of a code object contradict each other")
    return code
