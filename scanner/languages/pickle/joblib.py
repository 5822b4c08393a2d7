"""joblib's files: after the state of a ``NumpyArrayWrapper``, the array's bytes stand in the stream.

``joblib.load`` reads them from the file behind the unpickler's back (``numpy_pickle.py``,
``NumpyArrayWrapper.read_array``); so must we, or the stream seems to break at the first array.
"""

import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from scanner.errors import Malformed

Reader: TypeAlias = Callable[[Any], None]

_KIND = re.compile(r"[<>|=]?([a-zA-Z?])(\d*)(?:\[.*\])?")
_SIZES = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 8, "L": 8, "q": 8, "Q": 8, "e": 2,
          "f": 4, "d": 8, "g": 16, "F": 8, "D": 16, "G": 32, "O": 8}  # fmt: skip


def wraps(name: str) -> bool:
    """Whether ``name`` is the wrapper class: joblib is vendored under many names."""
    return name.endswith("joblib.numpy_pickle.NumpyArrayWrapper")


def layout(dtype: str, state: Any) -> tuple[int, bool]:
    """Item size in bytes and whether items hold Python objects, from the string that ``numpy.dtype``
    was called with and the state it was given (whose eighth item is numpy's flags)."""
    match = _KIND.fullmatch(dtype)
    if match is None:
        raise Malformed(f"joblib array of unknown type {dtype[:40]!r}")
    kind, digits = match.groups()
    if not digits or kind not in "biufcSaUVMmO":
        return _SIZES.get(kind, 0), kind == "O"
    match state:
        case (_, _, _, _, _, _, _, int(flags), *_) if kind == "V":
            return int(digits), bool(flags & 1)
    return int(digits) * (4 if kind == "U" else 1), kind == "O"


def extent(state: Any, describe: Callable[[Any], tuple[str, Any]]) -> tuple[int, int | None, bool]:
    """Bytes of the array, its alignment (None in old files), and whether a pickle stands there instead.

    ``describe`` gives the string and the state of the symbol of a ``numpy.dtype``.
    """
    match state:
        case {"shape": tuple(shape), "dtype": dtype} if all(type(n) is int and n >= 0 for n in shape):
            size, pickled = layout(*describe(dtype))
            return math.prod(shape) * size, state.get("numpy_array_alignment_bytes"), pickled
    raise Malformed("joblib array without shape or type")
