"""What lies beside a TensorFlow graph and runs nothing: index of a checkpoint, fingerprint of a SavedModel.

The index says where the values of each variable are, in files called ``….data-00000-of-00001``.

Sources: the table format of TensorFlow's ``lib/io`` (LevelDB's), ``tensor_bundle.proto``, ``types.proto``
and ``fingerprint.proto``.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import cheap_end
from scanner.formats._protobuf import BYTES, FIXED64, VARINT, Wire
from scanner.formats._tftable import MAGIC, entries
from scanner.limits import Budget

NAME = "tensorflow-checkpoint"
SIGN = rb"[\x08-\x0a\x10\x11\x18\x19\x20\x21\x28\x29\x32\x3a]|[\x88-\xba][\x80-\xff]*\0"
LARGEST = 512  # bytes of a fingerprint
HASHES, RELEASE, UUID = range(1, 6), 6, 7
SHARD = re.compile(r"(?P<prefix>.+)\.data-(?P<number>\d{5})-of-\d{5}", re.ASCII | re.DOTALL)
TYPE, NUMBER, OFFSET, SIZE = 1, 3, 4, 5  # of a BundleEntryProto
STRING, RESOURCE, VARIANT = 7, 20, 21  # types of tensors that are not numbers


def matches(blob: Blob, head: bytes) -> bool:
    """The magic number at the end of a table, or the hashes of a fingerprint and nothing else."""
    if not head or not cheap_end(blob.window):
        return False
    if len(blob.trail) == 1 and _is_table(blob):
        return True
    return 0 < blob.size <= LARGEST and _is_fingerprint(Wire(blob))


def begins(_head: bytes, size: int) -> bool:
    """A fingerprint, as a part of anything, is short."""
    return size <= LARGEST


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Fragment | Anomaly]:
    """Nothing: names, shapes, offsets and hashes. Raises :class:`Malformed` where the index breaks."""
    for _ in entries(blob) if _is_table(blob) else ():
        budget.spend("steps")
    yield from ()


def _is_table(blob: Blob) -> bool:
    return blob.read_at(max(blob.size - len(MAGIC), 0), len(MAGIC)) == MAGIC


def described_by(path: str) -> Iterator[str]:
    """The index of the checkpoint that a shard belongs to."""
    if shard := SHARD.fullmatch(path):
        yield f"{shard['prefix']}.index"


def numbers(blob: Blob, path: str, budget: Budget) -> list[tuple[int, int]]:
    """The tensors of numbers that an index puts into the shard at ``path``."""
    shard, found = SHARD.fullmatch(path), []
    if shard is None or not _is_table(blob):
        return []
    for key, value in entries(blob):
        budget.spend("steps")
        wire = Wire(blob.inner("entry", BytesWindow(value)))
        given = {part.number: part.value for part in wire.fields(0, len(value)) if part.wire == VARINT}
        here = bool(key) and given.get(NUMBER, 0) == int(shard["number"])
        if here and given.get(TYPE) not in (None, STRING, RESOURCE, VARIANT):
            found.append((given.get(OFFSET, 0), given.get(OFFSET, 0) + given.get(SIZE, 0)))
    return found


def _is_fingerprint(wire: Wire) -> bool:
    seen = []
    try:
        for part in wire.fields(0, wire.blob.size):
            allowed = (VARINT, FIXED64) if part.number in HASHES else (BYTES,)
            if part.wire not in allowed or part.number > UUID:
                return False
            seen.append(part.number)
    except Malformed:
        return False
    return len(seen) > 3 and set(seen) >= set(HASHES[:3]) and len(seen) == len(set(seen))
