"""What lies beside a TensorFlow graph and runs nothing: index of a checkpoint, fingerprint of a SavedModel.

Sources: the table format of TensorFlow's ``lib/io`` (LevelDB's), and ``fingerprint.proto``.
"""

from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import cheap_end
from scanner.formats._protobuf import BYTES, FIXED64, VARINT, Wire
from scanner.limits import Budget

NAME = "tensorflow-checkpoint"
SIGN = rb"[\x08-\x0a\x10\x11\x18\x19\x20\x21\x28\x29\x32\x3a]|[\x88-\xba][\x80-\xff]*\0"
MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")  # at the end of a table
LARGEST = 1 << 10  # bytes of a fingerprint
HASHES, RELEASE, UUID = range(1, 6), 6, 7


def matches(blob: Blob, head: bytes) -> bool:
    """The magic number at the end of a table, or the hashes of a fingerprint and nothing else."""
    if not head or not cheap_end(blob.window):
        return False
    if len(blob.trail) == 1 and blob.read_at(max(blob.size - len(MAGIC), 0), len(MAGIC)) == MAGIC:
        return True
    return 0 < blob.size <= LARGEST and _is_fingerprint(Wire(blob))


def unwrap(_blob: Blob, _budget: Budget) -> Iterator[Blob | Fragment | Anomaly]:
    """Nothing: names, shapes, offsets and hashes."""
    return iter(())


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
