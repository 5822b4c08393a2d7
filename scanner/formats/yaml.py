"""YAML documents whose tags or keys name Python objects: PyYAML's own tags, HyperPyYAML, Hydra, jsonargparse.

Everything is YAML, so a document is taken for one by its name, or by the words without which none of its
loaders would call anything.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from scanner.blob import Blob, Fragment
from scanner.limits import Budget, Limits

NAME = "yaml"
SUFFIXES = frozenset({".yaml", ".yml"})
TELLING = re.compile(
    rb"^%TAG|!!(?:python|%)|!<|!(?:python/|new:|apply:|name:|module:)|\b_target_\b|\bclass_path\b",
    re.MULTILINE,
)
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
MARKS = (b"\xff\xfe", b"\xfe\xff")
SIGN = rb"\xff\xfe|\xfe\xff|[^\x00-\x08\x0e-\x1a\x1c-\x1f]*+\Z"
LONGEST = Limits().constant


def matches(blob: Blob, head: bytes) -> bool:
    """Text that is called YAML, or in which a tag or a key may name an object."""
    if head.startswith(MARKS):  # PyYAML reads UTF-16, too
        text = blob.read_at(0, LONGEST).decode("utf-16", "replace").encode("utf-8", "replace")
        return TELLING.search(text) is not None
    if not head or BINARY.search(head):
        return False
    named = PurePosixPath(blob.trail[-1]).suffix.lower() in SUFFIXES
    return named or TELLING.search(blob.read_at(0, LONGEST)) is not None


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """The document, as a program for those loaders."""
    yield Fragment("yaml", blob, blob.trigger)
