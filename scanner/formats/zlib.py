"""Bare zlib streams (RFC 1950), as joblib writes them, and joblib's older ``ZF`` files."""

import re
import zlib
from collections.abc import Iterator

from scanner.blob import Blob, SubWindow
from scanner.facts import Anomaly
from scanner.formats._decode import Decoder, Inflate, opens, unwrap_stream
from scanner.limits import Budget

NAME = "zlib"
STARTS = b"Z" + bytes(range(zlib.DEFLATED, 0x80, 0x10))
_HEADERS = (
    bytes([first, flags])
    for first in range(zlib.DEFLATED, 0x80, 0x10)
    for flags in range(-(first << 8) % 31, 0x100, 31)
)
SIGN = b"ZF0x|" + b"|".join(map(re.escape, _HEADERS))
ZFILE = re.compile(rb"ZF0x[0-9a-fA-F]+L? *")  # joblib < 0.10: the length in hexadecimal
PRESET = 0x20  # a dictionary that only the program knows


def matches(blob: Blob, head: bytes) -> bool:
    """The header is only 11 bits strong, so the start must decode as well."""
    body = head[_start(head) :]
    return (
        len(body) > 2
        and body[0] & 0x0F == zlib.DEFLATED
        and body[0] >> 4 <= 7
        and int.from_bytes(body[:2], "big") % 31 == 0
        and not body[1] & PRESET
        and opens(_open(), body, whole=blob.read_at(len(head), 1) == b"")
    )


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """The decompressed stream."""
    start = _start(blob.read_at(0, 32))
    if start:
        blob = Blob(blob.trail, SubWindow(blob.window, start, blob.size - start), blob.trigger, blob.steps)
    return unwrap_stream(blob, budget, NAME, _open)


def _start(head: bytes) -> int:
    found = ZFILE.match(head)
    return found.end() if found else 0


def _open() -> Decoder:
    return Inflate(zlib.MAX_WBITS)
