"""Pure functions on constants, computed within bounds: what deobfuscates a payload.

Only total, side-effect-free functions of the standard library run here, on data; never anything
that the artifact defines. Whatever cannot be computed raises :class:`NotConstant`.
"""

import ast
import base64
import binascii
import bz2
import codecs
import gzip
import html
import io
import json
import lzma
import operator
import posixpath
import re
import textwrap
import urllib.parse
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from scanner.analysis.values import Box, Value, const, made

SIZE = 16 << 20  # bytes or characters of a result
COUNT = 20_000  # objects in a container, at any depth
BITS = 1 << 14  # of an integer

SCALARS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


class NotConstant(Exception):  # noqa: N818 - an answer, not an error
    """The value depends on something that is not known, or is too large to compute."""


def reify(value: Value, left: Iterator[int] | None = None) -> Any:
    """The one Python object that ``value`` must be; ``left`` counts down what it may consist of."""
    if value.known:
        return value.consts[0]
    if value.exact and len(value.objects) == 1 and not value.consts and not value.names:
        box = value.objects[0]
        if isinstance(box, Box) and box.exact:
            return _reify_box(box, left or iter(range(COUNT)))
    raise NotConstant


def _reify_box(box: Box, left: Iterator[int]) -> Any:
    """The container, if every element is known."""
    items = []
    for item in box.entries.values() if box.kind == "dict" else box.items:
        if next(left, None) is None:
            raise NotConstant
        items.append(reify(item, left))
    if box.kind == "dict":
        return dict(zip(box.entries, items, strict=True))
    match box.kind:
        case "list":
            return items
        case "tuple":
            return tuple(items)
        case "set" | "frozenset" if all(isinstance(i, SCALARS) for i in items):
            return set(items)
        case "slice" if len(items) == 3:
            return slice(*items)
    raise NotConstant


def reflect(result: Any, left: Iterator[int] | None = None) -> Value:
    """A computed object as a value; ``left`` counts down what it may consist of."""
    if isinstance(result, bytearray):
        result = bytes(result)
    if isinstance(result, SCALARS):
        return const(result)
    left = left or iter(range(COUNT))
    if not isinstance(result, dict | list | tuple | set | frozenset) or len(result) > COUNT:
        raise NotConstant
    items = []
    for item in result.values() if isinstance(result, dict) else result:
        if next(left, None) is None:
            raise NotConstant
        items.append(reflect(item, left))
    if not isinstance(result, dict):
        return made(Box(type(result).__name__, items))
    if not all(isinstance(k, SCALARS) for k in result):
        raise NotConstant
    return made(Box("dict", entries=dict(zip(result, items, strict=True))))


def evaluate(function: Callable[..., Any], args: Iterable[Value], kwargs: dict[str, Value]) -> Value:
    """``function`` applied to constants."""
    try:
        positional = [reify(a) for a in args]
        result = function(*positional, **{k: reify(v) for k, v in kwargs.items()})
        if hasattr(result, "__len__") and len(result) > SIZE:
            raise NotConstant
        return reflect(result)
    except NotConstant:
        raise
    except Exception as error:  # the program would have raised here; what follows is unknown
        raise NotConstant from error


def call_method(receiver: Value, name: str, args: Iterable[Value], kwargs: dict[str, Value]) -> Value:
    """A method of a built-in constant, such as ``", ".join(...)``."""
    this = reify(receiver)
    if name not in METHODS.get(type(this), ()):
        raise NotConstant
    return evaluate(partial(_guarded_method, this, name), args, kwargs)


def _guarded_method(this: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Refuse the methods whose result can be far larger than their input."""
    if name in {"ljust", "rjust", "center", "zfill"} and args[0] > SIZE:
        raise NotConstant
    if name == "replace" and len(this) + (this.count(args[0]) + 1) * len(args[1]) > SIZE:
        raise NotConstant
    if name == "join":
        args = ([*args[0]],)
        if sum(map(len, args[0])) + len(this) * len(args[0]) > SIZE:
            raise NotConstant
    if name == "format" and re.search(r"\d{6}", this):
        raise NotConstant
    if name == "decode":
        return decode(this, *args, **kwargs)
    if name == "encode" and (args or kwargs):
        return codecs.encode(this, *args, **kwargs)
    return getattr(this, name)(*args, **kwargs)


def binary(op: str, left: Value, right: Value) -> Value:
    """An operator on two constants."""
    function = OPERATORS.get(op)
    if function is None:
        raise NotConstant
    return evaluate(function, (left, right), {})


def unary(op: str, operand: Value) -> Value:
    """An operator on one constant."""
    functions: dict[str, Callable[[Any], Any]] = {
        "not": operator.not_,
        "-": operator.neg,
        "+": operator.pos,
        "~": operator.invert,
    }
    if op not in functions:
        raise NotConstant
    return evaluate(functions[op], (operand,), {})


def item(base: Value, key: Value) -> Value:
    """``base[key]`` of constants."""
    return evaluate(operator.getitem, (base, key), {})


def _multiply(left: Any, right: Any) -> Any:
    for sequence, count in ((left, right), (right, left)):
        if hasattr(sequence, "__len__") and len(sequence) * max(count, 0) > SIZE:
            raise NotConstant
    return _small(operator.mul, left, right)


def _power(left: Any, right: Any, modulus: Any = None) -> Any:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > BITS:
        raise NotConstant
    return pow(left, right, modulus)


def _shift(left: int, right: int) -> Any:
    if right > BITS:
        raise NotConstant
    return _small(operator.lshift, left, right)


def _small(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    for side in (left, right):
        if isinstance(side, int) and side.bit_length() > BITS:
            raise NotConstant
    return function(left, right)


def _percent(left: Any, right: Any) -> Any:
    if isinstance(left, str | bytes) and re.search(r"\d{6}|\*", str(left)):
        raise NotConstant
    return left % right


def decode(data: Any, encoding: str = "utf-8", errors: str = "strict") -> Any:
    """``codecs.decode`` with the text encodings and the bounded binary ones."""
    name = encoding.lower().replace("-", "_")
    if name in {"zlib", "zlib_codec", "zip"}:
        return inflate(data)
    if name in {"bz2", "bz2_codec"}:
        return inflate(data, bz2.BZ2Decompressor)
    return codecs.decode(data, encoding, errors)


def inflate(data: bytes, decompressor: Callable[[], Any] = zlib.decompressobj) -> bytes:
    """Decompress at most :data:`SIZE` bytes."""
    result = decompressor().decompress(data, SIZE + 1)
    if len(result) > SIZE:
        raise NotConstant
    return bytes(result)


def _zlib(data: bytes, wbits: int = zlib.MAX_WBITS, _bufsize: int = 0) -> bytes:
    return inflate(data, lambda: zlib.decompressobj(wbits))


def _gunzip(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        result = file.read(SIZE + 1)
    if len(result) > SIZE:
        raise NotConstant
    return result


def _range(*bounds: int) -> list[int]:
    numbers = range(*bounds)
    if len(numbers) > COUNT:
        raise NotConstant
    return list(numbers)


def _bytes(source: Any = b"", *encoding: str) -> bytes:
    if isinstance(source, int) and source > SIZE:
        raise NotConstant
    return bytes(source, *encoding)


def _literal(text: str) -> Any:
    if len(text) > 1 << 20:
        raise NotConstant
    return ast.literal_eval(text)


def _text(value: Any = "", *encoding: str) -> str:
    if isinstance(value, bytes) and not encoding:
        return repr(value)
    return str(value, *encoding)


def _unbound(name: str, this: Any, *args: Any, **kwargs: Any) -> Any:
    return _guarded_method(this, name, *args, **kwargs)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": _multiply, "/": operator.truediv,
    "//": operator.floordiv, "%": _percent, "**": _power, "<<": _shift, ">>": operator.rshift,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "in": lambda a, b: a in b, "not in": lambda a, b: a not in b,
    "is": lambda a, b: a == b, "is not": lambda a, b: a != b,
}  # fmt: skip

TEXT = frozenset({
    "capitalize", "casefold", "center", "count", "decode", "encode", "endswith", "expandtabs", "find",
    "format", "hex", "index", "join", "ljust", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split",
    "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill",
})  # fmt: skip
METHODS: dict[type, frozenset[str]] = {
    str: TEXT,
    bytes: TEXT,
    int: frozenset({"to_bytes", "bit_length"}),
    list: frozenset({"index", "count", "copy"}),
    tuple: frozenset({"index", "count"}),
    dict: frozenset({"copy"}),
}

PURE: dict[str, Callable[..., Any]] = {
    **{f"builtins.{f.__name__}": f for f in (
        int, float, bool, complex, chr, ord, len, sorted, list, tuple, set, frozenset, dict, sum,
        min, max, abs, hex, oct, bin, ascii, divmod,
    )},
    "builtins.str": _text,
    "builtins.bytes": _bytes, "builtins.bytearray": _bytes,
    "builtins.range": _range,
    "builtins.reversed": lambda s: list(reversed(s)),
    "builtins.enumerate": lambda s, start=0: list(enumerate(s, start)),
    "builtins.zip": lambda *s: list(zip(*s, strict=False)),
    "builtins.pow": _power,
    "builtins.iter": list,
    "builtins.bytes.fromhex": bytes.fromhex,
    "builtins.bytearray.fromhex": bytes.fromhex,
    "builtins.int.from_bytes": int.from_bytes,
    "builtins.str.maketrans": str.maketrans,
    **{f"base64.{name}": getattr(base64, name) for name in (
        "b64decode", "b32decode", "b16decode", "b85decode", "a85decode", "urlsafe_b64decode",
        "standard_b64decode", "decodebytes", "b64encode", "b32encode", "b16encode", "b85encode",
        "a85encode", "urlsafe_b64encode", "standard_b64encode", "encodebytes", "b32hexdecode",
    )},
    **{f"binascii.{name}": getattr(binascii, name) for name in (
        "unhexlify", "a2b_hex", "a2b_base64", "hexlify", "b2a_hex", "b2a_base64", "a2b_uu", "a2b_qp",
    )},
    "codecs.decode": decode,
    "codecs.encode": codecs.encode,
    "codecs.getdecoder.__call__": decode,
    "zlib.decompress": _zlib,
    "gzip.decompress": _gunzip,
    "bz2.decompress": lambda data: inflate(data, bz2.BZ2Decompressor),
    "lzma.decompress": lambda data: inflate(data, lzma.LZMADecompressor),
    "urllib.parse.unquote": urllib.parse.unquote,
    "urllib.parse.unquote_plus": urllib.parse.unquote_plus,
    "urllib.parse.quote": urllib.parse.quote,
    "urllib.parse.urljoin": urllib.parse.urljoin,
    "html.unescape": html.unescape,
    "json.loads": json.loads,
    "json.dumps": json.dumps,
    "ast.literal_eval": _literal,
    "os.path.join": posixpath.join,
    "os.path.basename": posixpath.basename,
    "os.path.dirname": posixpath.dirname,
    "textwrap.dedent": textwrap.dedent,
    "operator.concat": operator.add, "operator.add": operator.add, "operator.mul": _multiply,
    "operator.mod": _percent, "operator.getitem": operator.getitem, "operator.xor": operator.xor,
    "operator.sub": operator.sub, "operator.or_": operator.or_, "operator.and_": operator.and_,
    "operator.iconcat": operator.add, "operator.iadd": operator.add,
}  # fmt: skip

# Unbound methods are reached by name too: ``str.join("", [...])`` in source, ``str.join`` by REDUCE.
for _type, _names in METHODS.items():
    for _name in _names:
        if hasattr(_type, _name):
            PURE[f"builtins.{_type.__name__}.{_name}"] = partial(_unbound, _name)
