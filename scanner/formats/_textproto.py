"""Protocol buffers as text, put into their binary form, for a reader of that.

Source: the text format specification of Protocol Buffers. Names become numbers by a schema, which need not
know every field: what is not in it is passed over.
"""

import re
import struct
from collections.abc import Mapping
from typing import TypeAlias

from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget

Schema: TypeAlias = (
    "Mapping[str, tuple[int, Schema | None]]"  # by name: the number, and a message's own fields
)

DEEPEST = 100
TOKEN = re.compile(
    r"(?:\s|#[^\n]*)*+(?:(?P<word>[A-Za-z_][\w./]*)|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<number>-?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?|-?inf\w*|-?nan))|(?P<mark>[{}<>\[\]:;,\-]))",
    re.DOTALL,
)
ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL
)
PLAIN = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
CLOSING = {"{": "}", "<": ">"}


class Text:
    """One message as text; :meth:`message` reads it once, from the start to the end."""

    def __init__(self, text: str, budget: Budget, enums: Mapping[str, int]) -> None:
        self._text = text
        self._budget = budget
        self._enums = enums
        self._position = 0
        self._kind: str | None = None
        self._token = ""
        self._next()

    def message(self, schema: Schema, end: str = "", depth: int = 0) -> bytes:
        """The fields up to ``end``, in binary. Raises :class:`Malformed` or :class:`OverBudget`."""
        if depth > DEEPEST:
            raise OverBudget("the message nests too deeply")
        out = bytearray()
        while not (self._kind is None and not end) and not (self._kind == "mark" and self._token == end):
            if self._take("mark", ";") or self._take("mark", ","):
                continue
            number, inner = self._name(schema)
            coloned = self._take("mark", ":")
            values = self._values(inner, depth + 1, coloned=coloned)
            if number:
                out += b"".join(field(number, value) for value in values)
        self._next()
        return bytes(out)

    def _name(self, schema: Schema) -> tuple[int, "Schema | None"]:
        """The number of the field that is named next, and the fields inside it."""
        if self._take("mark", "["):  # an extension, or the type of what is packed
            while not self._take("mark", "]"):
                self._expect("word", "mark")
            return 0, None
        name = self._expect("word")
        return schema.get(name, (0, None))

    def _values(self, inner: "Schema | None", depth: int, *, coloned: bool) -> list[bytes | int | float]:
        if coloned and self._take("mark", "["):
            found: list[bytes | int | float] = []
            while not self._take("mark", "]"):
                if not self._take("mark", ","):
                    found.append(self._value(inner, depth))
            return found
        return [self._value(inner, depth)]

    def _value(self, inner: "Schema | None", depth: int) -> bytes | int | float:
        if self._kind == "mark" and self._token in CLOSING:
            end = CLOSING[self._token]
            self._next()
            return self.message(inner or {}, end, depth)
        if self._kind == "text":
            parts = []
            while self._kind == "text":  # neighbours are one string
                parts.append(_unescaped(self._token[1:-1]))
                self._next()
            return b"".join(parts)
        sign = -1 if self._take("mark", "-") else 1
        if self._kind == "word":
            word = self._expect("word")
            return self._enums.get(word, 0)
        number = self._expect("number")
        try:
            return sign * int(number, 0)
        except ValueError:
            return 0.0  # no reader of graphs asks for fractions

    def _take(self, kind: str, token: str) -> bool:
        if self._kind != kind or self._token != token:
            return False
        self._next()
        return True

    def _expect(self, *kinds: str) -> str:
        if self._kind not in kinds:
            raise Malformed(f"{self._token or 'the end'!r} is not expected at character {self._position:,}")
        token = self._token
        self._next()
        return token

    def _next(self) -> None:
        self._budget.spend("steps")
        match = TOKEN.match(self._text, self._position)
        if match is None:
            if self._text[self._position :].strip() and not self._text[self._position :].lstrip().startswith(
                "#"
            ):
                raise Malformed(f"this is no message at character {self._position:,}")
            self._kind, self._token = None, ""
            return
        self._position, self._kind = match.end(), match.lastgroup
        self._token = match[match.lastgroup or 0]


def field(number: int, value: bytes | int | float) -> bytes:
    """One field in binary: bytes with their length, numbers as varints, fractions in 32 bits."""
    match value:
        case bytes():
            return _varint(number << 3 | 2) + _varint(len(value)) + value
        case int():
            return _varint(number << 3) + _varint(value & (1 << 64) - 1)
    return _varint(number << 3 | 5) + struct.pack("<f", value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _unescaped(text: str) -> bytes:
    """What a string in quotes stands for."""
    out, position = bytearray(), 0
    for match in ESCAPE.finditer(text):
        out += text[position : match.start()].encode("utf-8", "surrogatepass")
        octal, hexadecimal, short, long, other = match.groups()
        if octal or hexadecimal:
            out.append(int(octal or hexadecimal, 8 if octal else 16) & 0xFF)
        elif short or long:
            code = int(short or long, 16)
            out += (chr(code) if code < 0x110000 else "\ufffd").encode("utf-8", "surrogatepass")
        else:
            out += PLAIN.get(other, other).encode("utf-8", "surrogatepass")
        position = match.end()
    return bytes(out + text[position:].encode("utf-8", "surrogatepass"))
