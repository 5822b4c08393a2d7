"""LZ4 frames, as ``joblib`` writes them: one or more, decoded as one stream."""

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._decode import unwrap_stream
from scanner.formats._frames import LZ4, LZ4_LEGACY, SKIPPABLE, SKIPPABLE_SIGN, first_frame, lz4
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "lz4"
STARTS = bytes(magic[0] for magic in (LZ4, LZ4_LEGACY, *SKIPPABLE))
SIGN = b"|".join(map(re.escape, (LZ4, LZ4_LEGACY))) + b"|" + SKIPPABLE_SIGN


def matches(blob: Blob, head: bytes) -> bool:
    """The magic number of either frame format, or of skippable frames in front of one."""
    return first_frame(blob, head) in (LZ4, LZ4_LEGACY)


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """The decompressed stream; the legacy format, which no Python loader reads, is not decoded."""
    if first_frame(blob, blob.read_at(0, 4)) == LZ4_LEGACY:
        return unread(blob, "LZ4 data in the legacy format", "it was not decompressed, so it was not scanned")
    return unwrap_stream(blob, budget, NAME, lz4, (LZ4, *SKIPPABLE))
