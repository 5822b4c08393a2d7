"""Pickle streams of protocols 0 to 5, whatever the file is called.

Protocol 2 and later start with ``\\x80``; the older ones have no magic number, and a loader accepts
any opcode first. So a stream is a pickle when walking its opcodes shows that a loader would get
somewhere (:mod:`scanner.formats._opwalk`). What follows the first pickle (the storages of a legacy
PyTorch file, joblib's arrays, a second pickle) belongs to the same fragment.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.formats._opsteps import STEPS
from scanner.formats._opwalk import is_pickle
from scanner.limits import Budget

NAME = "pickle"
STARTS = bytes(sorted(STEPS))
_NEXT = re.escape(STARTS)
# What a loader with an empty stack can do, as far as one look tells: something of a fixed length and then
# another operation, numbers in letters, names, persistent ids; texts and bytes of any length.
_FIXED = rb"[N\x88\x89\]}\x8f)(\x97]|[K\x80\x82].|[M\x83]..|[J\x84].{4}|[G\x95].{8}"
_COUNTED = {1: b"UC\x8a\x8c", 4: b"TXB\x8b", 8: b"\x8d\x8e\x96"}  # by the bytes of their length
_LINES = rb"[ILF]\s*[-+0-9a-zA-Z_.]|P[ -~]|[ci][^\n]|S['\"]|V"
_LENGTHS = {opcode: width for width, opcodes in _COUNTED.items() for opcode in opcodes}
SIGN = b"(?:%s){1,8}+(?:[%s]|\\Z)|%s|[%s]" % (_FIXED, _NEXT, _LINES, b"".join(_COUNTED.values()))


def begins(head: bytes, size: int) -> bool:
    """Whether an operation may follow a text or bytes that come first."""
    width = _LENGTHS.get(head[0])
    if width is None:
        return True
    end = 1 + width + int.from_bytes(head[1 : 1 + width], "little")
    return end <= size and (end >= len(head) or head[end] in STEPS)


def matches(blob: Blob, head: bytes) -> bool:
    """Whether a loader would get anywhere."""
    return is_pickle(blob.window, head)


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """The whole blob, as one program for the pickle machine."""
    yield Fragment("pickle", blob, blob.trigger)
