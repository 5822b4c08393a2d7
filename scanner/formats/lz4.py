"""LZ4 frames, as ``joblib`` writes them. Python has no reader for them."""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "lz4"
MAGIC = (b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18")  # the frame format, and the legacy one


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number of either frame format."""
    return head.startswith(MAGIC)


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Anomaly]:
    """Nothing yet: the content is reported as not looked at."""
    return unread(blob, "LZ4 data", "the content was not decompressed, so it was not scanned")
