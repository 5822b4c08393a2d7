"""CatBoost's boosters (``.cbm``): a mark, a flatbuffer with the trees, and parts that its tables may need.

Sources: ``model.cpp`` and ``model.fbs``. Custom objectives are not saved, so nothing in here runs. Trees are
not read; the metadata are strings that a user may have put there.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.formats._flatbuffers import Buffers
from scanner.limits import Budget

NAME = "catboost"
STARTS = b"C"
MAGIC = b"CBM1"
SIGN = re.escape(MAGIC)
HEADER = 8  # bytes: the mark and the size of the flatbuffer
FORMAT, METADATA, PARTS, VALUE = 4, 8, 10, 6  # slots
VERSION = b"FlabuffersModel_v"  # as it is written
SHORTEST = 64  # bytes of a string that could be code


def matches(_blob: Blob, head: bytes) -> bool:
    """The mark, and a flatbuffer that may begin behind it."""
    return head.startswith(MAGIC) and len(head) >= 3 * HEADER


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Long metadata, and what stands behind the trees."""
    size = int.from_bytes(blob.read_at(len(MAGIC), 4), "little")
    core = blob.part("core", HEADER, min(size, max(blob.size - HEADER, 0)))
    yield blob.part("trees", HEADER, core.size, raw=True)
    file = Buffers(core, budget)
    root = file.root()
    version = file.content(root, FORMAT)
    if not version.startswith(VERSION):
        raise Malformed(f"the trees are of the unknown version {version[:32]!r}")
    for pair in file.tables(root, METADATA):
        start, length = file.vector(pair, VALUE)
        if length > SHORTEST:
            yield core.part(f"metadata @ {start}", start, length)
    end = HEADER + size
    if end > blob.size:
        raise Malformed(f"the trees end at {end:,} and the file at {blob.size:,}")
    if file.vector(root, PARTS)[1]:
        yield blob.part("parts", end, blob.size - end)
    else:
        yield from trailing(blob, end, NAME)
