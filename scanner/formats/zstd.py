"""Zstandard frames (RFC 8878). Python has no reader for them before 3.14."""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "zstd"
MAGIC = b"\x28\xb5\x2f\xfd"


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number of a frame, or of a skippable frame in front of one."""
    return head.startswith(MAGIC) or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50)


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Anomaly]:
    """Nothing yet: the content is reported as not looked at."""
    return unread(blob, "Zstandard data", "the content was not decompressed, so it was not scanned")
