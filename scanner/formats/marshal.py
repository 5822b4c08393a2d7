"""A marshalled code object without a header, as ``marshal.dump(code, file)`` writes it."""

import struct
from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.limits import Budget

NAME = "marshal"
STARTS = b"c\xe3"
SIGN = rb"[c\xe3](?:..\0\0){3}(?:..\0\0){0,2}.{4}[st\xf3\xf4]"

_REF = 0x80  # set in the type of what is referred to later
_COUNTS = (4, 5, 6)  # numbers in front of the instructions, in the layouts since 2.7
_MOST = 1 << 16  # arguments, variables or places on the stack
_FUNCTION = 0x03  # flags: it has fast variables, it has variables of its own


def matches(_blob: Blob, head: bytes) -> bool:
    """The type of a code object, a few plausible numbers, and a string: the instructions."""
    return bool(head) and head[0] & ~_REF == ord("c") and next(_flags(head), None) is not None


def _flags(head: bytes) -> Iterator[int]:
    """The flags of the code object, in each layout that fits."""
    for count in _COUNTS:
        end = 1 + 4 * count
        if len(head) > end and head[end] & ~_REF in b"st":
            *numbers, flags = struct.unpack(f"<{count}i", head[1:end])
            if all(0 <= number < _MOST for number in numbers):
                yield flags


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """The whole blob. The code of a module defines functions, as a script does; that of a function is called
    by whoever loads it."""
    module = not any(flags & _FUNCTION for flags in _flags(blob.read_at(0, 32)))
    yield Fragment("bytecode", blob, blob.trigger, script=module)
