"""Zstandard (RFC 8878): one or more frames, decoded as one stream."""

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._decode import unwrap_stream
from scanner.formats._frames import SKIPPABLE, SKIPPABLE_SIGN, ZSTANDARD, first_frame, zstandard
from scanner.limits import Budget

NAME = "zstd"
STARTS = bytes(magic[0] for magic in (ZSTANDARD, *SKIPPABLE))
SIGN = re.escape(ZSTANDARD) + b"|" + SKIPPABLE_SIGN


def matches(blob: Blob, head: bytes) -> bool:
    """The magic number of a frame, or of skippable frames in front of one."""
    return first_frame(blob, head) == ZSTANDARD


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """The decompressed stream."""
    return unwrap_stream(blob, budget, NAME, zstandard, (ZSTANDARD, *SKIPPABLE))
