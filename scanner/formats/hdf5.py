"""HDF5: Keras checkpoints before version 3. A Lambda layer in them is code."""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._decode import cheap_end
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "hdf5"
MAGIC = b"\x89HDF\r\n\x1a\n"
FIRST = 512  # the superblock stands at 0 or, behind a user block, at 512, 1024, 2048 and so on


def matches(blob: Blob, head: bytes) -> bool:
    """The magic number at any of the places where the library looks for it."""
    if head.startswith(MAGIC):
        return True
    reach = blob.size if len(blob.trail) == 1 and cheap_end(blob.window) else len(head)
    offset = FIRST
    while offset < reach:
        data = head[offset : offset + len(MAGIC)] or blob.read_at(offset, len(MAGIC))
        if data == MAGIC:
            return True
        offset *= 2
    return False


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Anomaly]:
    """Nothing yet: the content is reported as not looked at."""
    return unread(blob, "an HDF5 file", "its layers are not analysed yet")
