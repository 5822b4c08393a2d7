"""Pointers, read strictly: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""

import re

from msgspec import Struct

LONGEST = 1024  # bytes, of which a pointer has fewer

_FORM = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"(?:ext-\d-[\w.-]+ sha256:[0-9a-f]{64}\n)*"
    rb"oid sha256:(?P<oid>[0-9a-f]{64})\nsize (?P<size>0|[1-9]\d{0,17})\n"
)


class Pointer(Struct, frozen=True):
    """The SHA-256 of an object's content, in hexadecimal, and its length in bytes."""

    oid: str
    size: int


def parse(content: bytes) -> Pointer | None:
    """The pointer that ``content`` is, and None for anything that only resembles one.

    What resembles one is scanned as the file that it is, so nothing can hide in it.
    """
    found = _FORM.fullmatch(content) if len(content) < LONGEST else None
    return Pointer(found["oid"].decode(), int(found["size"])) if found else None
