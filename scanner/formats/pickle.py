"""Pickle streams of protocols 0 to 5, whatever the file is called.

Protocol 2 and later start with ``\\x80``; the older ones have no magic number, and a loader accepts
any opcode first. So a stream is a pickle when walking its opcodes shows that a loader would get
somewhere (:mod:`scanner.formats._opwalk`). What follows the first pickle (the storages of a legacy
PyTorch file, joblib's arrays, a second pickle) belongs to the same fragment.
"""

from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.formats._opsteps import STEPS
from scanner.formats._opwalk import is_pickle
from scanner.limits import Budget

NAME = "pickle"
STARTS = bytes(sorted(STEPS))


def matches(blob: Blob, head: bytes) -> bool:
    """Whether a loader would get anywhere."""
    return is_pickle(blob.window, head)


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """The whole blob, as one program for the pickle machine."""
    yield Fragment("pickle", blob, blob.trigger)
