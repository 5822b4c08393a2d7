"""Arrow's IPC formats: a stream of messages, and the file (Feather version 2) that has a footer behind them.

Source: the specification of the format, ``Message.fbs`` and ``File.fbs`` of Arrow. Columns are stepped over.
"""

import re
import struct
from collections.abc import Generator, Iterator

from scanner.blob import Blob, BytesWindow
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats._arrowschema import Metadata
from scanner.formats._decode import trailing
from scanner.formats._flatbuffers import Buffers
from scanner.limits import Budget

NAME = "arrow"
COMPLETE = True
MAGIC = b"ARROW1"
FIRST = 8  # where the first message of a file stands
END = 10  # bytes of the end of a file: a length and the magic number
CONTINUED = b"\xff\xff\xff\xff"
# The length of a message that old writers had no mark in front of, and a flatbuffer that starts near by.
BARE = re.compile(rb"[\x04-\xff].[\x00-\xff]\x00[\x08-\x40]\x00\x00\x00", re.DOTALL)
SIGN = b"|".join((MAGIC, CONTINUED, BARE.pattern))
VERSION, TYPE, HEADER, BODY, MESSAGE_METADATA = 4, 6, 8, 10, 12  # slots of a message
VERSIONS = range(5)
SCHEMA = 1  # the type of a message
FOOTER_SCHEMA, FOOTER_METADATA = 6, 12  # slots of a footer


def matches(blob: Blob, head: bytes) -> bool:
    """A magic number at either end, as readers go by the one at the end; or a schema as first message."""
    if head.startswith(MAGIC):
        return True
    if _opens_stream(blob, head):
        return True
    return len(blob.trail) == 1 and blob.size > FIRST + END and _footer(blob) is not None


def _opens_stream(blob: Blob, head: bytes) -> bool:
    """Whether the first message is a schema."""
    marked = head.startswith(CONTINUED)
    if not marked and not BARE.match(head):
        return False
    start = 8 if marked else 4
    try:
        (length,) = struct.unpack("<i", head[start - 4 : start])
        file = Buffers(Blob(blob.trail, BytesWindow(head[start : start + length])), Budget())
        root = file.root()
        is_schema = file.scalar("B", root, TYPE) == SCHEMA and file.scalar("h", root, VERSION) in VERSIONS
        return is_schema and file.scalar("q", root, BODY) == 0 and 0 < length <= blob.size - start
    except (Malformed, struct.error):
        return False


def _footer(blob: Blob) -> tuple[int, int] | None:
    """Where the footer of a file starts and ends; nothing if there is none."""
    end = blob.size - END
    tail = blob.read_at(max(end, 0), END)
    if len(tail) < END or not tail.endswith(MAGIC):
        return None
    length = int.from_bytes(tail[:4], "little", signed=True)
    return (end - length, end) if 0 < length <= end - FIRST else None


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """The metadata of the schemas, what stands in front of, between and behind the messages."""
    metadata, footer = Metadata(blob), _footer(blob)
    whole = blob.read_at(0, len(MAGIC)) == MAGIC
    if footer is not None:
        start, end = footer
        file = Buffers(_part(blob, start, end - start, budget), budget)
        schema = file.table(file.root(), FOOTER_SCHEMA)
        if schema is not None:
            yield from metadata.schema(file, schema)
        yield from metadata.pairs(file, file.root(), FOOTER_METADATA, "footer")
        if not whole and not _opens_stream(blob, blob.read_at(0, 4096)):
            yield Anomaly("polyglot", "this ends as an Arrow file and starts as something else", blob.site)
            yield blob.part("(leading data)", 0, start)
            return
    stop = footer[0] if footer else blob.size
    end = yield from _messages(blob, FIRST if whole else 0, stop, metadata, budget)
    yield from trailing(blob.part("(messages)", 0, stop), min(end, stop), NAME)
    if whole and footer is None:
        raise Malformed("the file has no footer")


def _messages(
    blob: Blob, at: int, stop: int, metadata: Metadata, budget: Budget
) -> Generator[Blob | Anomaly, None, int]:
    """Every message between ``at`` and ``stop``; what is handed back is where they end."""
    while at + 4 <= stop:
        budget.spend("steps")
        prefix = blob.read_at(at, 8)
        start = at + (8 if prefix.startswith(CONTINUED) else 4)
        length = int.from_bytes(prefix[start - at - 4 : start - at], "little", signed=True)
        if length == 0:
            return start
        if not 0 < length <= stop - start:
            yield from trailing(blob.part("(messages)", 0, stop), at, NAME)
            raise Malformed(f"a message of {length:,} bytes at byte {at}")
        file = Buffers(_part(blob, start, length, budget), budget)
        body = file.scalar("q", file.root(), BODY)
        yield from _message(file, metadata)
        if body < 0 or start + length + body > stop:
            raise Malformed(f"the message at byte {at} has a body of {body:,} bytes")
        at = start + length + body
    return at


def _message(file: Buffers, metadata: Metadata) -> Iterator[Blob | Anomaly]:
    root = file.root()
    header = file.table(root, HEADER)
    if header is not None and file.scalar("B", root, TYPE) == SCHEMA:
        yield from metadata.schema(file, header)
    yield from metadata.pairs(file, root, MESSAGE_METADATA, "message")


def _part(blob: Blob, start: int, length: int, budget: Budget) -> Blob:
    """A flatbuffer, fetched whole, because its tables lie about in it."""
    if length > budget.limits.constant:
        raise OverBudget(f"metadata of {length:,} bytes")
    return Blob(blob.trail, BytesWindow(blob.read_at(start, length)))
