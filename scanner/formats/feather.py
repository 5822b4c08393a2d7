"""Feather version 1, the oldest of Arrow's files: columns, then a table of them. Nothing in it runs.

Source: ``feather.fbs`` of Arrow. Columns are stepped over.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob, BytesWindow
from scanner.errors import Malformed, OverBudget
from scanner.formats._flatbuffers import Buffers
from scanner.limits import Budget

NAME = "feather"
STARTS = b"F"
COMPLETE = True
MAGIC = b"FEA1"
SIGN = re.escape(MAGIC)
SHORTEST = 64  # bytes of a text that could be code
COLUMNS, TABLE_METADATA = 8, 12  # slots
COLUMN_NAME, COLUMN_METADATA = 4, 12


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number."""
    return head.startswith(MAGIC)


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob]:
    """What the table and its columns keep for whoever wrote them."""
    end = blob.size - 8
    tail = blob.read_at(max(end, 0), 8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or not 0 < length <= end - len(MAGIC):
        raise Malformed("the file has no footer")
    if length > budget.limits.constant:
        raise OverBudget(f"metadata of {length:,} bytes")
    file = Buffers(Blob(blob.trail, BytesWindow(blob.read_at(end - length, length))), budget)
    root = file.root()
    texts = {"table": file.content(root, TABLE_METADATA, length)}
    for column in file.tables(root, COLUMNS):
        name = file.content(column, COLUMN_NAME).decode("utf-8", "backslashreplace")
        texts[f"column {name}"] = file.content(column, COLUMN_METADATA, length)
    for name, text in texts.items():
        if len(text) > SHORTEST:
            yield blob.inner(name, BytesWindow(text))
