"""A marshalled code object without a header, as ``marshal.dump(code, file)`` writes it."""

import struct
from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.limits import Budget

NAME = "marshal"
STARTS = b"c\xe3"

_REF = 0x80  # set in the type of what is referred to later
_COUNTS = (4, 5, 6)  # numbers in front of the instructions, in the layouts since 2.7
_MOST = 1 << 16  # arguments, variables or places on the stack


def matches(_blob: Blob, head: bytes) -> bool:
    """The type of a code object, a few plausible numbers, and a string: the instructions."""
    return bool(head) and head[0] & ~_REF == ord("c") and any(_fits(head, count) for count in _COUNTS)


def _fits(head: bytes, count: int) -> bool:
    end = 1 + 4 * count
    if len(head) <= end or head[end] & ~_REF not in b"st":
        return False
    numbers = struct.unpack(f"<{count}i", head[1:end])
    return all(0 <= number < _MOST for number in numbers[:-1])


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """The whole blob."""
    yield Fragment("bytecode", blob, blob.trigger)
