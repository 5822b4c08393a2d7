"""The weights of a Core ML program: runs of numbers, each behind a header that says how long it is.

Source: ``MILBlob/Blob/StorageFormat.hpp`` of coremltools. The numbers are not read.
"""

import struct
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.limits import Budget

NAME = "coreml-weights"
COMPLETE = True
BLOCK = 64  # bytes of every header, and what each is aligned to
VERSIONS = range(1, 9)
SENTINEL = b"\xef\xbe\xad\xde"
SIGN = b".{64}" + SENTINEL
FILE, RUN = struct.Struct("<II"), struct.Struct("<4sIQQ")  # count and version; mark, type, size and place


def matches(_blob: Blob, head: bytes) -> bool:
    """A count, a version, nothing else in the first block, and a mark behind it."""
    if len(head) < BLOCK + RUN.size or head[BLOCK : BLOCK + 4] != SENTINEL:
        return False
    count, version = FILE.unpack_from(head)
    return count > 0 and version in VERSIONS and not any(head[FILE.size : BLOCK])


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Whatever stands behind the last run."""
    at = end = BLOCK
    for _ in range(int.from_bytes(blob.read_at(0, 4), "little")):
        budget.spend("steps")
        header = blob.read_at(at, RUN.size)
        mark, _, size, place = RUN.unpack(header.ljust(RUN.size, b"\0"))
        if mark != SENTINEL or not at + BLOCK <= place <= place + size <= blob.size:
            yield from trailing(blob, at, NAME)
            raise Malformed(f"no run of numbers has a header like that at byte {at}")
        end = place + size
        at = end + -end % BLOCK
    yield from trailing(blob, end, NAME)
