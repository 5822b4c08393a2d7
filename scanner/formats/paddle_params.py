"""PaddlePaddle's parameters (``.pdiparams``): tensors, one after the other, without their names.

Source: ``SerializeToStream`` of ``dense_tensor`` and ``TensorDesc`` in ``framework.proto``. Nothing runs;
values are stepped over.
"""

import re
from collections.abc import Iterator
from math import prod

from scanner.blob import Blob, BytesWindow, NearWindow
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.formats._protobuf import VARINT, Wire
from scanner.limits import Budget

NAME = "paddle-params"
STARTS = b"\0"
COMPLETE = True
# Versions that are zero, no levels of sequences between them; a message that begins with its type.
SIGN = rb"\0{16}[\x02-\xff][\0-\x03]\0\0\x08[\0-\x7f](?:\x10|\Z)"
START = re.compile(SIGN, re.DOTALL)
HEAD = 16  # bytes in front of the length of the message
LONGEST = 1023  # bytes of it
TYPE, DIMENSION = 1, 2
# Bytes of a value, by type.
SIZES = {0: 1, 1: 2, 2: 4, 3: 8, 4: 2, 5: 4, 6: 8, 19: 8, 20: 1, 21: 1, 22: 2, 23: 8, 24: 16, 32: 1, 33: 1}


def matches(_blob: Blob, head: bytes) -> bool:
    """The beginning of a tensor."""
    return START.match(head) is not None


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """What stands behind the last tensor. Raises :class:`Malformed` where one ends too early."""
    window, at = NearWindow(blob.window, 256), 0
    while at < blob.size and START.match(head := window.read_at(at, HEAD + 4 + 3)):
        budget.spend("steps")
        length = int.from_bytes(head[HEAD : HEAD + 4], "little")
        size = _size(blob, window.read_at(at + HEAD + 4, min(length, LONGEST)))
        if at + HEAD + 4 + length + size > blob.size:
            raise Malformed(f"the tensor at byte {at:,} ends behind the file")
        at += HEAD + 4 + length + size
    yield from trailing(blob, at, NAME)


def _size(blob: Blob, message: bytes) -> int:
    """Bytes of the values that a message describes."""
    wire = Wire(blob.inner("tensor", BytesWindow(message)))
    given = [(part.number, part.value) for part in wire.fields(0, len(message)) if part.wire == VARINT]
    kind = next((value for number, value in given if number == TYPE), None)
    if kind not in SIZES:
        raise Malformed(f"a tensor of the unknown type {kind}")
    return prod(value for number, value in given if number == DIMENSION) * SIZES[kind]
