"""gzip (RFC 1952): one or more members, decoded as one stream."""

import re
import zlib
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._decode import Decoder, Inflate, unwrap_stream
from scanner.limits import Budget

NAME = "gzip"
STARTS = b"\x1f"
MAGIC = b"\x1f\x8b\x08"
SIGN = re.escape(MAGIC)


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number together with the only compression method there is."""
    return head.startswith(MAGIC)


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """The decompressed stream."""
    return unwrap_stream(blob, budget, NAME, _open, (MAGIC,))


def _open() -> Decoder:
    return Inflate(zlib.MAX_WBITS | 16)
