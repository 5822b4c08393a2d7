"""Riegeli records: graphs of TensorFlow that are too large for one message (``saved_model.cpb``).

Source: ``riegeli/records_file_format.md`` and TensorFlow's proto splitter. The chunks are not put together.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "riegeli"
STARTS = b"\x83"
SIGNATURE = bytes.fromhex("83af70d10d884a3f0000000000000000400000000000000091bac23c9287e1a9")
SIGN = re.escape(SIGNATURE)


def matches(_blob: Blob, head: bytes) -> bool:
    """The header of the first block and the first chunk, which are the same in every file."""
    return head.startswith(SIGNATURE)


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Anomaly]:
    """That it is not read."""
    return unread(blob, "Riegeli records", "a graph in chunks is not put together")
