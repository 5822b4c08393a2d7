"""What differs between two trees, as ``git diff-tree -z --raw`` tells it."""

from collections.abc import Iterator

from msgspec import Struct


class Change(Struct, frozen=True):
    """A path that a tree has and another has not, or has otherwise. ``mode`` is git's, in octal.

    ``before`` is the file that it was in the other tree: the one at this path, or the very content
    under a name that is gone.
    """

    path: str
    mode: str
    id: str
    before: "Change | None" = None


def parse(raw: bytes) -> Iterator[Change]:
    """Every path that the second tree has; deleted ones are none.

    Names end at a zero byte and may hold anything else; one that is not UTF-8 gets surrogate escapes.
    """
    fields = iter(raw.split(b"\0"))
    for entry, name in zip(fields, fields, strict=False):
        old_mode, mode, old, new, status = entry.decode().lstrip(":").split(" ")
        path = old_path = name.decode("utf-8", "surrogateescape")
        if status.startswith("R"):
            path = next(fields).decode("utf-8", "surrogateescape")
        if status != "D":
            was = Change(old_path, old_mode, old) if status != "A" else None
            yield Change(path, mode, new, was)
