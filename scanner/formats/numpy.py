"""NumPy's ``.npy`` files. An array of objects is a pickle behind a header.

Source: ``numpy.lib.format`` (NEP 1). Old readers evaluated the header; here it is only parsed as a
literal. ``.npz`` is a ZIP archive of these.
"""

import re
import struct
from collections.abc import Iterator

from scanner.blob import Blob, SubWindow
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.limits import Budget

NAME = "numpy"
STARTS = b"\x93"
COMPLETE = True
MAGIC = b"\x93NUMPY"
SIGN = re.escape(MAGIC)
HEADER = 1 << 20  # bytes of a header that are parsed; numpy itself refuses more than 10,000
HUGE = 1 << 63  # bytes; no file is larger
WIDTH = {1: "<H", 2: "<I", 3: "<I"}  # of the header's length, by version


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number."""
    return head.startswith(MAGIC)


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Blob | Anomaly]:
    """The pickle of an object array; of others, whatever stands behind the numbers."""
    head = blob.read_at(0, 12)
    width = WIDTH.get(head[6] if len(head) > 6 else 0)
    if width is None or len(head) < 8 + struct.calcsize(width):
        raise Malformed("the version of the array format does not exist")
    start = 8 + struct.calcsize(width)
    (length,) = struct.unpack_from(width, head, 8)
    data = start + length
    rest = SubWindow(blob.window, data, max(blob.size - data, 0))
    header = _header(blob.read_at(start, min(length, HEADER)))
    size = _size(header) if header else None
    if header is None or _has_objects(header.get("descr")):
        yield blob.inner("(array data)", rest, expected="pickle" if header else None)
    if header is None:
        raise Malformed("the array header is not a literal dictionary")
    if length > HEADER:
        raise OverBudget(f"an array header of {length:,} bytes")
    if size is not None and size > rest.size:
        raise Malformed(f"the array needs {size:,} bytes and has {rest.size:,}")
    if size is not None:
        yield from trailing(blob, data + size, NAME)


_LONG = re.compile(r"(?<=\d)L(?=[,)\s])")  # how Python 2 wrote the sizes of large arrays


def _header(text: bytes) -> dict[object, object] | None:
    from ast import literal_eval  # noqa: PLC0415 - most files are no arrays

    try:
        found = literal_eval(_LONG.sub("", text.decode("latin-1").strip()))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, dict) else None


def _has_objects(descr: object) -> bool:
    """Whether a dtype, or any field of it, is a Python object. What cannot be told may be one."""
    match descr:
        case str():
            return _item_size(descr) is None
        case (str(), _):
            return _has_objects(descr[0])
        case list():
            return any(not isinstance(f, tuple) or len(f) < 2 or _has_objects(f[1]) for f in descr)
    return True


def _item_size(descr: str) -> int | None:
    """Bytes per item of a plain dtype such as ``<f4``; nothing for objects and unknown words."""
    digits = descr.lstrip("<>|=")[1:].split("[", 1)[0]
    kind = descr.lstrip("<>|=")[:1]
    if kind not in tuple("biufcSaUVmM?") or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        return None
    return int(digits) * (4 if kind == "U" else 1)


def _size(header: dict[object, object]) -> int | None:
    """Bytes of the numbers, when the header makes that plain."""
    descr, shape = header.get("descr"), header.get("shape")
    size = _item_size(descr) if isinstance(descr, str) else None
    if size is None or not isinstance(shape, tuple):
        return None
    for extent in shape:
        if not isinstance(extent, int) or extent < 0:
            return None
        size = min(size * extent, HUGE)
    return size
