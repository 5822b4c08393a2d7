"""One operation as a line of text, both ways."""

import ast
import math
import re
from collections.abc import Iterator
from typing import Any, cast

from msgspec import Struct

from scanner import ir
from scanner.blob import Blob, BytesWindow, Window
from scanner.site import Trigger

_TOKEN = re.compile(
    r"""\s*(b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*"|%-?\d+|(?:[\w.<>]|:(?=[\w<]))+|\*\*|[,=()*:])""",
    re.DOTALL,
)
_WORD = re.compile(r"(?:[\w.<>]|:(?=[\w<]))+")
_LONG = 4096  # bits of an integer, beyond which decimal digits get slow and then refused


class Unwritten(Struct, frozen=True):
    """The window of a :class:`~scanner.ir.Data` whose bytes are not in the text: zeros."""

    size: int

    def read_at(self, offset: int, count: int) -> bytes:
        return bytes(max(0, min(count, self.size - offset)))


# Per operation: its keyword, the values that the keyword implies, and its operands in order.
# Operand kinds: r register, w word, t text, c scalar, R registers, K keyword registers.
_FORMS: tuple[tuple[type, str, dict[str, object], str], ...] = (
    (ir.Const, "const", {}, "value:c"),
    (ir.Unknown, "unknown", {}, "why:t"),
    (ir.Load, "load", {}, "var:w"),
    (ir.Store, "store", {}, "var:w src:r"),
    (ir.Attr, "attr", {}, "base:r name:w"),
    (ir.SetAttr, "setattr", {}, "base:r name:w src:r"),
    (ir.Item, "item", {}, "base:r key:r"),
    (ir.SetItem, "append", {"key": None}, "base:r src:r"),
    (ir.SetItem, "setitem", {}, "base:r key:r src:r"),
    (ir.Make, "make", {}, "kind:w items:R"),
    (ir.Binary, "binary", {}, "op:t left:r right:r"),
    (ir.Unary, "unary", {}, "op:t operand:r"),
    (ir.Merge, "merge", {}, "items:R"),
    (ir.Iter, "iter", {}, "base:r"),
    (ir.Call, "call", {"how": "call"}, "callee:r args:R kwargs:K"),
    (ir.Call, "new", {"how": "new"}, "callee:r args:R kwargs:K"),
    (ir.Call, "state", {"how": "state"}, "callee:r args:R kwargs:K"),
    (ir.Call, "decorate", {"how": "decorate"}, "callee:r args:R kwargs:K"),
    (ir.Define, "define", {}, "function:w defaults:K"),
    (ir.DefineClass, "class", {}, "name:w body:w bases:R kwargs:K"),
    (ir.Return, "yield", {"yielded": True}, "src:r"),
    (ir.Return, "return", {"yielded": False}, "src:r"),
    (ir.Jump, "break", {"to": "break"}, ""),
    (ir.Jump, "continue", {"to": "continue"}, ""),
    (ir.Jump, "leave", {"to": "return"}, ""),
)


_BY_TYPE: dict[type, list[tuple[str, dict[str, object], str]]] = {}
_BY_WORD = {keyword: (op, implied, operands) for op, keyword, implied, operands in _FORMS}
for _op, *_form in _FORMS:
    _BY_TYPE.setdefault(_op, []).append(cast(tuple[str, dict[str, object], str], tuple(_form)))


def write(op: ir.Op) -> str:
    """An operation without a body, as text; its position is left to the caller."""
    head = f"%{op.dst} = " if hasattr(op, "dst") else ""
    match op:
        case ir.Name(name=name, imports=imports):
            if imports == name:
                return f"{head}import {word(name)}"
            where = "" if imports == name.rpartition(".")[0] else f" from {word(imports)}"
            return f"{head}name {word(name)}{where}"
        case ir.Data(blob=blob):
            return head + _data(blob)
    keyword, operands = next(
        (keyword, operands)
        for keyword, implied, operands in _BY_TYPE[type(op)]
        if all(getattr(op, name) == value for name, value in implied.items())
    )
    shown = [_operand(kind, getattr(op, name)) for name, kind in _operands(operands)]
    return f"{head}{keyword} {', '.join(text for text in shown if text)}".rstrip()


def _data(blob: Blob) -> str:
    window = blob.window
    content = repr(window.data) if isinstance(window, BytesWindow) else str(window.size)
    expected = "" if blob.expected is None else f", {blob.expected!r}"
    return f"data {content}, {blob.trigger}, ({', '.join(map(repr, blob.trail))}){expected}"


def _operands(form: str) -> Iterator[tuple[str, str]]:
    for part in form.split():
        name, kind = part.split(":")
        yield name, kind


def _operand(kind: str, value: Any) -> str:
    match kind:
        case "r":
            return f"%{value}"
        case "w":
            return word(value)
        case "R":
            return ", ".join(f"%{reg}" for reg in value)
        case "K":
            return ", ".join(f"**%{reg}" if name == "**" else f"{word(name)}=%{reg}" for name, reg in value)
    return _scalar(value)


def word(text: str) -> str:
    """A name as it is, or quoted if it has unusual characters."""
    return text if _WORD.fullmatch(text) else repr(text)


def _scalar(value: ir.Scalar) -> str:
    match value:
        case int() if value.bit_length() >= _LONG:
            return hex(value)
        case complex():
            return f"complex({value.real!r}, {value.imag!r})"
    return "..." if value is ... else repr(value)


class Tokens(Struct):
    """What is left of a line."""

    text: str

    def take(self) -> str:
        found = _TOKEN.match(self.text)
        if not found:
            raise ValueError(f"cannot read {self.text.strip()!r}")
        self.text = self.text[found.end() :]
        return found[1]

    def peek(self) -> str:
        found = _TOKEN.match(self.text)
        return found[1] if found else ""

    def skip(self, token: str) -> bool:
        """Whether ``token`` is next; if so it is consumed."""
        if self.peek() != token:
            return False
        self.take()
        return True

    def want(self, token: str) -> None:
        if not self.skip(token):
            raise ValueError(f"expected {token!r} at {self.text.strip()!r}")

    def word(self) -> str:
        token = self.take()
        if token[0] in "'\"":
            return cast(str, ast.literal_eval(token))
        if not _WORD.fullmatch(token):
            raise ValueError(f"expected a word, not {token!r}")
        return token

    def register(self) -> ir.Reg:
        token = self.take()
        if token[0] != "%":
            raise ValueError(f"expected a register, not {token!r}")
        return int(token[1:])

    def list(self, end: str = ")") -> Iterator[None]:
        """One turn per item up to ``end``, which is consumed; ``end`` may be the end of the line."""
        while not (self.skip(end) if end else not self.text.strip()):
            yield
            if self.peek() != end:
                self.want(",")

    def end(self) -> None:
        if self.text.strip():
            raise ValueError(f"nothing may follow here: {self.text.strip()!r}")


def read_scalar(text: str) -> ir.Scalar:
    if text.startswith("complex("):
        real, imag = text[8:-1].split(",")
        return complex(float(real), float(imag))
    if text in ("nan", "inf", "-inf"):
        return math.nan if text == "nan" else float(text)
    try:
        value = ast.literal_eval(text)
    except SyntaxError:
        value = []
    if not isinstance(value, ir.Scalar):
        raise ValueError(f"{text} is not a constant")
    return value


def read(tokens: Tokens, at: int) -> ir.Op:
    """The inverse of :func:`write`. Raises :class:`ValueError`."""
    dst: dict[str, Any] = {}
    if tokens.peek().startswith("%"):
        dst = {"dst": tokens.register()}
        tokens.want("=")
    match keyword := tokens.word():
        case "import" | "name":
            name = imports = tokens.word()
            if keyword == "name":
                imports = tokens.word() if tokens.skip("from") else name.rpartition(".")[0]
            return ir.Name(at, name=name, imports=imports, **dst)
        case "data":
            return ir.Data(at, blob=_read_data(tokens), **dst)
    if keyword not in _BY_WORD:
        raise ValueError(f"no operation is called {keyword!r}")
    op, implied, operands = _BY_WORD[keyword]
    if bool(dst) != hasattr(op, "dst"):
        raise ValueError(f"{keyword} needs a register to write" if not dst else f"{keyword} has no result")
    values: dict[str, Any] = {}
    for index, (name, kind) in enumerate(_operands(operands)):
        if index and kind not in "RK":
            tokens.want(",")
        values[name] = _read_operand(kind, tokens)
    return cast(ir.Op, op(at=at, **dst, **implied, **values))


def _read_operand(kind: str, tokens: Tokens) -> Any:
    match kind:
        case "r":
            return tokens.register()
        case "w" | "t":
            return tokens.word()
        case "c":
            text, tokens.text = tokens.text.strip(), ""
            return read_scalar(text)
    tokens.skip(",")
    if kind == "R":
        registers = []
        while tokens.peek().startswith("%"):
            registers.append(tokens.register())
            if tokens.text.strip():
                tokens.want(",")
        return tuple(registers)
    named = []
    for _ in tokens.list(""):
        name = "**" if tokens.skip("**") else tokens.word()
        if name != "**":
            tokens.want("=")
        named.append((name, tokens.register()))
    return tuple(named)


def _read_data(tokens: Tokens) -> Blob:
    content = ast.literal_eval(tokens.take())
    window: Window = BytesWindow(content) if isinstance(content, bytes) else Unwritten(content)
    tokens.want(",")
    trigger = Trigger(tokens.word())
    tokens.want(",")
    tokens.want("(")
    trail = tuple(tokens.word() for _ in tokens.list())
    expected = tokens.word() if tokens.skip(",") else None
    return Blob(trail, window, trigger, expected=expected)
