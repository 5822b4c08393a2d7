"""bzip2: one or more streams, decoded as one."""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._decode import bzip2, unwrap_stream
from scanner.limits import Budget

NAME = "bz2"
STARTS, SIGN = b"B", b"BZh[1-9]"
BLOCKS = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")  # a first block, or none at all


def matches(_blob: Blob, head: bytes) -> bool:
    """``BZh``, a block size, and the magic number of a block or of the end."""
    return head.startswith(b"BZh") and head[3:4] in b"123456789" and head[4:10] in BLOCKS


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """The decompressed stream."""
    return unwrap_stream(blob, budget, NAME, bzip2, (b"BZh",))
