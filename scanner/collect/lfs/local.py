"""Objects that are on this machine: in the clone's own store, or smudged into the work tree."""

import hashlib
import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from scanner.collect.artifact import Artifact
from scanner.collect.pointer import Pointer


class Clone(Struct, frozen=True):
    """Where a clone keeps its files: the work tree, and the directory called ``.git``."""

    tree: Path
    storage: Path


def find(clone: Clone, path: str, pointer: Pointer) -> Artifact | None:
    """The object as an artifact if it is here and its content is what the pointer says."""
    for place in _candidates(clone, path, pointer):
        try:
            descriptor = _open(place)
        except OSError:
            continue
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
            right = os.fstat(file.fileno()).st_size == pointer.size
            if right and hashlib.file_digest(file, "sha256").hexdigest() == pointer.oid:
                return Artifact(path, None, partial(_open, place), digest=pointer.oid)
    return None


def _candidates(clone: Clone, path: str, pointer: Pointer) -> Iterator[Path]:
    oid = pointer.oid
    yield clone.storage / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    yield clone.tree / path


def _open(place: Path) -> int:
    """A read-only descriptor of a regular file."""
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{place} is no regular file")
    return descriptor
