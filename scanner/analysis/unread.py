"""Bytes that the analysis opens only when somebody runs or decodes them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from scanner.blob import Blob


class Sibling(Struct, frozen=True):
    """What a file of the same tree says, read when somebody runs or decodes it: ``paths`` are where it
    may be, ``text`` whether it is decoded already."""

    paths: tuple[str, ...]
    text: bool
    read: Callable[[tuple[str, ...]], Blob | None]

    def content(self) -> str | bytes | None:
        """All of it; None if there is no such file, or too much of it."""
        blob = self.read(self.paths)
        if blob is None:
            return None
        data = blob.read_at(0, blob.size)
        return data.decode("utf-8", "replace") if self.text else data


class Unread(Struct, frozen=True):
    """Bytes of the artifact that nobody has read yet."""

    blob: Blob
