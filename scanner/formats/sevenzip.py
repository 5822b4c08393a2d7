"""7-Zip archives: checkpoints have been packed this way because scanners only knew ZIP."""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "sevenzip"
MAGIC = b"7z\xbc\xaf\x27\x1c"


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number."""
    return head.startswith(MAGIC)


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Anomaly]:
    """Nothing yet: the content is reported as not looked at."""
    return unread(blob, "a 7-Zip archive", "its members were not unpacked, so they were not scanned")
