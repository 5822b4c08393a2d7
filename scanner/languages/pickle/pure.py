"""Builtins whose result on constants is known, so that what a stream computes can be followed.

A stream may compute the arguments of a call (``tuple(["id"])``) or the name of a global
(``"".join(["sys", "tem"])``). Without the value the machine would stop where the loader goes on.
Every function here is total, allocates no more than its arguments, and touches nothing else.
"""

import operator
from collections.abc import Callable
from typing import Any

UNKNOWN = object()
"""What :func:`evaluate` returns when it will not or cannot say."""

LARGEST = 1 << 16  # items or characters of an argument; honest pickles convert larger sets, unevaluated
LONGEST = 64 << 20  # characters that are coded: in old protocols all that a tensor holds goes through a codec

_PLAIN = (str, bytes, bytearray, list, tuple, set, frozenset, dict)
_CODING = frozenset({"_codecs.encode", "_codecs.decode", "builtins.str.encode", "builtins.bytes.decode"})
_CODECS = frozenset({"latin1", "latin-1", "iso-8859-1", "ascii", "utf-8", "utf8"})


def _decode(data: bytes, codec: str = "utf-8") -> Any:
    return data.decode(codec) if codec in _CODECS else UNKNOWN


def _encode(text: str, codec: str = "utf-8") -> Any:
    return text.encode(codec) if codec in _CODECS else UNKNOWN


def _bytes(data: bytes | list[int] = b"", codec: str | None = None) -> Any:
    if isinstance(data, str):
        return UNKNOWN if codec is None else _encode(data, codec)
    return bytes(data)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "builtins.tuple": tuple,
    "builtins.list": list,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
    "builtins.dict": dict,
    "builtins.str": lambda text="": text if type(text) is str else UNKNOWN,
    "builtins.bytes": _bytes,
    "builtins.bytearray": lambda *args: bytearray(_bytes(*args)),
    "builtins.chr": chr,
    "builtins.ord": ord,
    "builtins.reversed": lambda items: list(reversed(items)),
    "builtins.sorted": sorted,
    "builtins.str.join": lambda glue, parts: glue.join(parts),
    "builtins.bytes.join": lambda glue, parts: glue.join(parts),
    "builtins.str.encode": _encode,
    "builtins.bytes.decode": _decode,
    "builtins.str.lower": str.lower,
    "builtins.str.upper": str.upper,
    "builtins.str.strip": str.strip,
    "builtins.str.split": str.split,
    "builtins.str.swapcase": str.swapcase,
    "_codecs.encode": _encode,
    "_codecs.decode": _decode,
    "operator.concat": operator.concat,
    "operator.add": operator.concat,
    "operator.getitem": operator.getitem,
}  # fmt: skip


def known(name: str) -> bool:
    """Whether a call of ``name`` (canonical) may have a value."""
    return name in _FUNCTIONS or name == "builtins.getattr"


def method(name: str, args: tuple[Any, ...]) -> str | None:
    """``"str.join"`` for ``getattr("", "join")``: the bound method that is asked for."""
    if name != "builtins.getattr" or len(args) != 2 or type(args[0]) not in (str, bytes):
        return None
    path = f"{type(args[0]).__name__}.{args[1]}" if type(args[1]) is str else ""
    return path if f"builtins.{path}" in _FUNCTIONS else None


def _simple(value: Any, largest: int) -> bool:
    if type(value) in _PLAIN:
        return len(value) <= largest
    return type(value) is int and value.bit_length() <= 64


def evaluate(name: str, args: tuple[Any, ...]) -> Any:
    """The value of ``name(*args)``, or :data:`UNKNOWN`.

    Container elements may be symbols: they are moved, never looked into. ``bytes(5)`` stays
    unknown, because an integer there is a size.
    """
    function = _FUNCTIONS.get(name)
    largest = LONGEST if name in _CODING else LARGEST
    if function is None or not all(_simple(arg, largest) for arg in args):
        return UNKNOWN
    if name in ("builtins.bytes", "builtins.bytearray") and args and type(args[0]) is int:
        return UNKNOWN
    try:
        return function(*args)
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
        return UNKNOWN
