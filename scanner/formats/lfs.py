"""Git LFS pointers: 130 bytes that stand for a checkpoint which is somewhere else."""

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "lfs"
STARTS, SIGN = b"v", b"version https://"
POINTER = re.compile(rb"version https://(?:git-lfs|hawser)\.github\.com/spec/[^\n]*\n")
OBJECT = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)
FETCH = "fetch it with `lfs: true` on actions/checkout, or with `git lfs pull`"
LONGEST = 1024  # bytes; the specification says that a pointer is shorter


def matches(blob: Blob, head: bytes) -> bool:
    """The version line, in a file that is short enough."""
    return POINTER.match(head) is not None and blob.read_at(LONGEST, 1) == b""


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Anomaly]:
    """What is missing, and how to fetch it."""
    found = OBJECT.search(blob.read_at(0, LONGEST))
    oid = f" (sha256 {found[1].decode()[:12]})" if found else ""
    return unread(blob, f"a Git LFS pointer{oid}", f"the content it stands for was not scanned; {FETCH}")
