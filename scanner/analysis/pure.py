"""Pure functions of the standard library, each bounded: what deobfuscates a payload.

Only total, side-effect-free functions run here, on data; never anything that the artifact defines.
"""

import array
import ast
import base64
import binascii
import bz2
import codecs
import csv
import gzip
import html
import io
import json
import lzma
import operator
import posixpath
import quopri
import re
import shlex
import string
import struct
import textwrap
import urllib.parse
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

SIZE = 16 << 20  # bytes or characters of a result
COUNT = 20_000  # objects in a container, at any depth
BITS = 1 << 14  # of an integer


class NotConstant(Exception):  # noqa: N818 - an answer, not an error
    """The value depends on something that is not known, or is too large to compute."""


class TooLarge(NotConstant):
    """The value is known, but there is more of it than is computed."""


def guarded_method(this: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Refuse the methods whose result can be far larger than their input."""
    if name in {"ljust", "rjust", "center", "zfill"} and args[0] > SIZE:
        raise TooLarge
    if name == "replace" and len(this) + (this.count(args[0]) + 1) * len(args[1]) > SIZE:
        raise TooLarge
    if name == "join":
        args = ([*args[0]],)
        if sum(map(len, args[0])) + len(this) * len(args[0]) > SIZE:
            raise TooLarge
    if name in ("format", "format_map") and re.search(r"\d{6}", this):
        raise NotConstant
    if name in {"tobytes", "tostring"}:
        return this
    if name == "decode":
        return decode(this, *args, **kwargs)
    if name == "encode" and (args or kwargs):
        return codecs.encode(this, *args, **kwargs)
    return getattr(this, name)(*args, **kwargs)


def _add(left: Any, right: Any) -> Any:
    if hasattr(left, "__len__") and hasattr(right, "__len__") and len(left) + len(right) > SIZE:
        raise TooLarge
    return operator.add(left, right)


def _multiply(left: Any, right: Any) -> Any:
    for sequence, count in ((left, right), (right, left)):
        if hasattr(sequence, "__len__") and len(sequence) * max(count, 0) > SIZE:
            raise TooLarge
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
        raise TooLarge
    return bytes(result)


def _zlib(data: bytes, wbits: int = zlib.MAX_WBITS, _bufsize: int = 0) -> bytes:
    return inflate(data, lambda: zlib.decompressobj(wbits))


def _gunzip(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        result = file.read(SIZE + 1)
    if len(result) > SIZE:
        raise TooLarge
    return result


def _range(*bounds: int) -> list[int]:
    numbers = range(*bounds)
    if len(numbers) > COUNT:
        raise TooLarge
    return list(numbers)


def _bytes(source: Any = b"", *encoding: str) -> bytes:
    if isinstance(source, int) and source > SIZE:
        raise TooLarge
    return bytes(source, *encoding)


def _literal(text: str) -> Any:
    if len(text) > 1 << 20:
        raise NotConstant
    return ast.literal_eval(text)


def template(text: str, mapping: dict[str, Any] | None = None, **kwargs: Any) -> str:
    """``string.Template(text).safe_substitute(…)``."""
    return string.Template(text).safe_substitute(mapping or {}, **kwargs)


def _pack(layout: str, *values: Any) -> bytes:
    if struct.calcsize(layout) > SIZE:
        raise TooLarge
    return struct.pack(layout, *values)


def _unpack(layout: str, data: bytes, offset: int = 0) -> tuple[Any, ...]:
    return struct.unpack_from(layout, data, offset)


def _inflate_any(data: bytes, _limit: int = 0) -> bytes:
    """Whatever ``wbits`` the object was made with: zlib, gzip or raw."""
    for wbits in (zlib.MAX_WBITS, 31, -15):
        try:
            return _zlib(data, wbits)
        except zlib.error:
            pass
    raise NotConstant


def _array(code: str, data: Any = b"") -> bytes:
    return array.array(code, data).tobytes()


def _text(value: Any = "", *encoding: str) -> str:
    if isinstance(value, bytes) and not encoding:
        return repr(value)
    return str(value, *encoding)


def _unbound(name: str, this: Any, *args: Any, **kwargs: Any) -> Any:
    return guarded_method(this, name, *args, **kwargs)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add, "-": operator.sub, "*": _multiply, "/": operator.truediv,
    "//": operator.floordiv, "%": _percent, "**": _power, "<<": _shift, ">>": operator.rshift,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "in": lambda a, b: a in b, "not in": lambda a, b: a not in b,
    "is": lambda a, b: a == b, "is not": lambda a, b: a != b,
}  # fmt: skip

TEXT = frozenset({
    "capitalize", "casefold", "center", "count", "decode", "encode", "endswith", "expandtabs", "find",
    "format", "format_map", "hex", "index", "join", "ljust", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split",
    "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill",
})  # fmt: skip
METHODS: dict[type, frozenset[str]] = {
    str: TEXT,
    bytes: TEXT | {"tobytes", "tostring"},
    int: frozenset({"to_bytes", "bit_length"}),
    list: frozenset({"index", "count", "copy"}),
    tuple: frozenset({"index", "count"}),
    dict: frozenset({"copy"}),
}


def _rows(lines: Any, *_: Any, **__: Any) -> list[list[str]]:
    """``csv.reader`` of lines, or of the text of a stream."""
    return list(csv.reader(lines.splitlines() if isinstance(lines, str) else lines))


def _substitute(pattern: str, by: str, text: str) -> str:
    """``re.sub`` where it is ``str.replace``: a pattern of somebody else's may take for ever."""
    if re.escape(pattern) != pattern or "\\" in by:
        raise NotConstant
    return str(guarded_method(text, "replace", pattern, by))


PURE: dict[str, Callable[..., Any]] = {
    **{f"builtins.{f.__name__}": f for f in (
        int, float, bool, complex, chr, ord, len, sorted, repr, list, tuple, set, frozenset, dict, sum,
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
    "zlib.decompressobj.decompress": _inflate_any,
    "zlib.decompressobj.flush": lambda *_: b"",
    "bz2.BZ2Decompressor.decompress": lambda data, _=0: inflate(data, bz2.BZ2Decompressor),
    "lzma.LZMADecompressor.decompress": lambda data, _=0: inflate(data, lzma.LZMADecompressor),
    "struct.pack": _pack, "struct.unpack": _unpack, "struct.unpack_from": _unpack,
    "struct.calcsize": struct.calcsize,
    "array.array": _array,
    "shlex.quote": shlex.quote, "shlex.join": shlex.join, "shlex.split": shlex.split,
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
    "quopri.decodestring": quopri.decodestring,
    "csv.reader": _rows,
    "re.sub": _substitute,
    "json.loads": json.loads,
    "json.dumps": json.dumps,
    "ast.literal_eval": _literal,
    "os.path.join": posixpath.join,
    "os.path.basename": posixpath.basename,
    "os.path.dirname": posixpath.dirname,
    "textwrap.dedent": textwrap.dedent,
    "operator.concat": _add, "operator.add": _add, "operator.mul": _multiply,
    "operator.mod": _percent, "operator.getitem": operator.getitem, "operator.xor": operator.xor,
    "operator.sub": operator.sub, "operator.or_": operator.or_, "operator.and_": operator.and_,
    "operator.iconcat": _add, "operator.iadd": _add,
}  # fmt: skip

# Unbound methods are reached by name too: ``str.join("", [...])`` in source, ``str.join`` by REDUCE.
for _type, _names in METHODS.items():
    for _name in _names:
        if hasattr(_type, _name):
            PURE[f"builtins.{_type.__name__}.{_name}"] = partial(_unbound, _name)
