"""What collecting yields: a name, and a way to the bytes or the reason why there is none."""

from collections.abc import Callable
from typing import NoReturn

from msgspec import Struct

from scanner.collect.pointer import Pointer

Notify = Callable[[str], None]
"""Receives what the person who reads the result should know about how it was collected."""

Confide = Callable[[str], None]
"""Receives what must not appear in any log: a credential that a server has given us, or wants to see."""


def untold(_secret: str) -> None:
    """For those who have no log."""


def _nothing(path: str) -> NoReturn:
    raise FileNotFoundError(path)


class Artifact(Struct, frozen=True):
    """One top-level file to scan.

    ``path`` is relative to the repository root (or to the current directory), with ``/`` between
    its parts and, for bytes that are not UTF-8, surrogate escapes. ``problem`` says why there is
    nothing to scan (a symbolic link, a submodule, an unreadable file); then ``open`` raises
    OSError. Otherwise ``open()`` returns a new read-only descriptor that the caller closes, of a file or
    of what :class:`scanner.blob.RemoteWindow` reads; it may
    still raise OSError, because the disk can change between collecting and opening. ``beside(path)``
    does the same for another file of the same tree, under the name that it would have here; ``users()``
    are those that did not change with it and may import it, the nearest first. ``before``
    is the version of the file that the change started from, if there was one. ``digest`` is the SHA-256
    of the content in hexadecimal, where that is known without reading it; ``pointer`` is what the
    repository has in its place, if that is a Git LFS pointer. ``waited`` tells how many seconds somebody
    has been waiting for its content until now.
    """

    path: str
    problem: str | None
    open: Callable[[], int]
    beside: Callable[[str], int] = _nothing
    before: "Artifact | None" = None
    users: Callable[[], tuple[str, ...]] = tuple
    digest: str | None = None
    pointer: Pointer | None = None
    waited: Callable[[], float] = float

    def sha256(self) -> str | None:
        """The digest of the content in hexadecimal; None when it cannot be read."""
        if self.digest is not None:
            return self.digest
        import hashlib  # noqa: PLC0415 - few scans need it

        try:
            with open(self.open(), "rb") as file:  # noqa: PTH123 - a descriptor
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None


def missed(path: str, why: str) -> str:
    """The notice about a file that another one leads to, and that is there but cannot be had."""
    return f"{path}, which a scanned file leads to, was not looked into: {why}"


def barred(path: str, problem: str) -> Artifact:
    """An artifact that cannot be scanned, and why."""

    def refuse() -> int:
        raise OSError(f"{path}: {problem}")

    return Artifact(path, problem, refuse)
