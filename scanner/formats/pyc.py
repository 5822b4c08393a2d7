"""Compiled Python files: a magic number, flags and a checksum or a time, then marshalled code."""

from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.limits import Budget

NAME = "pyc"

SIGN = rb"..\r\n"
_MARK = b"\r\n"
# What each release from 2.7 on counts its formats by: those of development versions lie between.
_NUMBERS = ((62161, 62211), (3000, 3999))


def matches(_blob: Blob, head: bytes) -> bool:
    """A number that some version counts by, its mark, and a marshalled code object behind it."""
    number = int.from_bytes(head[:2], "little")
    if head[2:4] != _MARK or not any(low <= number <= high for low, high in _NUMBERS):
        return False
    return any(head[at : at + 1] in (b"c", b"\xe3") for at in (8, 12, 16))


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """The whole file: the language needs the header to know the version. It runs when imported."""
    yield Fragment("bytecode", blob, blob.trigger, script=True)
