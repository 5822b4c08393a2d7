"""Containers and file types: where code hides, and when it runs.

A format is a module with

``NAME: str``
    the word for it in reports (``"pytorch-zip"``);
``matches(blob: Blob, head: bytes) -> bool``
    whether the *content* is of this format; ``head`` is its :func:`opening`, more may be read;
``unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Fragment | Program | Anomaly]``
    what is inside; a program where reading the format itself acts (a link to another file is opened).
    A generator that yields what it has before it raises :class:`Malformed` or
    :class:`OverBudget`, so that a broken tail cannot hide a malicious head.

A format that has a fixed beginning names the bytes that can be the first, as ``STARTS: bytes``, and is
not asked about content that starts with another one. Most blobs are parts of others, thousands of them in
a checkpoint, so parts are held against all formats at once: ``SIGN: bytes`` is a regular expression (dots
match everything) for how a part must start to be of this format, ``CLOSES: bytes`` for what may stand
:data:`CLOSING` bytes before its end instead, ``NAMED: tuple[str, ...]`` for what its name may end with
instead. Without a sign, it is always asked. A format whose sign numbers often bear has

``begins(head: bytes, size: int) -> bool``
    whether a part with this :func:`opening`, which bears the sign, and of this size may be of it.

A format whose numbers are in other files has

``described_by(path: str) -> Iterator[str]``
    where the file may be that describes the one at ``path``;
``numbers(blob: Blob, path: str, budget: Budget) -> list[tuple[int, int]]``
    where in the file at ``path`` runs of numbers begin and end, as ``blob`` has it (:mod:`scanner.weights`).

A format that accounts for every byte of a blob, so that what it does not yield cannot be code, has
``COMPLETE = True``. Any other blob from which nothing comes out, and any text, is searched for pickles
(``_buried``).

Names and extensions prove nothing, so every format that matches is unwrapped. A format never calls
another one: it yields a blob, and the worklist of :mod:`scanner.examine` looks again.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, cast

from scanner.blob import Blob, Fragment, Run
from scanner.discovery import modules
from scanner.facts import Anomaly
from scanner.formats._decode import cheap_end
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

HEAD = 4096
NUMBERS = 1024  # bytes of the same where its loader reads numbers: a checkpoint has thousands of such parts
CLOSING = 22  # bytes
PLAIN = frozenset({"text", "yaml", "jinja"})  # of which anything may stand behind some of it


Sign: TypeAlias = "re.Pattern[bytes]"


class Format(Protocol):
    """The interface of a module in this package."""

    NAME: str

    def matches(self, blob: Blob, head: bytes) -> bool: ...

    def unwrap(self, blob: Blob, budget: Budget) -> Iterator["Blob | Fragment | Program | Anomaly"]: ...


class Describing(Format, Protocol):
    """A format whose numbers are in other files."""

    def described_by(self, path: str) -> Iterator[str]: ...

    def numbers(self, blob: Blob, path: str, budget: Budget) -> list[tuple[int, int]]: ...


class Doubtful(Format, Protocol):
    """A format whose sign numbers often bear."""

    def begins(self, head: bytes, size: int) -> bool: ...


@cache
def formats() -> tuple[Format, ...]:
    """Every format there is."""
    return tuple(cast(Format, module) for module in modules(__name__))


def describing() -> tuple[Describing, ...]:
    """Those of them whose numbers are in other files."""
    return tuple(cast(Describing, found) for found in formats() if hasattr(found, "described_by"))


@cache
def _starting(first: bytes) -> tuple[Format, ...]:
    """The formats whose content may start with this byte."""
    return tuple(f for f in formats() if first in getattr(f, "STARTS", first))


def polyglots(blob: Blob, found: list[Format]) -> Iterator[Anomaly]:
    """An anomaly when the same bytes are of several formats at once. Text is an encoding, not a
    claim, and so is YAML: source code and notebooks are text as well."""
    names = [f.NAME for f in found if f.NAME not in PLAIN]
    if len(names) > 1:
        yield Anomaly("polyglot", f"this is {' and '.join(names)} at the same time", blob.site)


def complete(found: list[Format]) -> bool:
    """Whether one of the formats accounts for every byte."""
    return any(getattr(f, "COMPLETE", False) for f in found)


def opening(blob: Blob) -> bytes:
    """The ``head`` of a blob."""
    return blob.read_at(0, NUMBERS if blob.raw else HEAD)


def identify(blob: Blob, head: bytes | None = None) -> list[Format]:
    """All formats whose content test accepts ``blob``; ``head`` is its start if that was read already."""
    head = opening(blob) if head is None else head
    asked = _signed(head, blob.size) if _told_by_start(blob, head) else _starting(head[:1])
    return [f for f in asked if f.matches(blob, head)]


def _told_by_start(blob: Blob, head: bytes) -> bool:
    """Whether signs tell all: not where loaders look further, and names and ends tell nothing."""
    if len(blob.trail) == 1 or blob.steps or not head or blob.trail[-1].lower().endswith(_named()):
        return False
    if not cheap_end(blob.window):
        return True
    return not blob.read_at(max(blob.size - CLOSING, 0), CLOSING).startswith(_closings())


def may_be_more(run: Run) -> bool:
    """Whether what a loader reads as numbers may be of some format, too: :func:`identify` in short."""
    named, closed = run.name.lower().endswith(_named()), run.tail.startswith(_closings())
    return named or closed or _signs(run.head[:1]).borne(run.head, run.size)


def _signed(head: bytes, size: int) -> Iterable[Format]:
    """The formats whose content may start like this: none for most numbers."""
    signs = _signs(head[:1])
    return (found for found, sign in signs.all if sign.match(head)) if signs.borne(head, size) else ()


@cache
def _closings() -> tuple[bytes, ...]:
    return tuple(found.CLOSES for found in formats() if hasattr(found, "CLOSES"))


@cache
def _named() -> tuple[str, ...]:
    return tuple(name for found in formats() for name in getattr(found, "NAMED", ()))


class _Signs(NamedTuple):
    """The signs of the formats whose content may start with one byte. Numbers seldom bear one that is
    ``strong``, which is all of those as one; the ``weak`` ones leave a doubt."""

    all: list[tuple[Format, Sign]]
    strong: Sign
    weak: list[tuple[Doubtful, Sign]]

    def borne(self, head: bytes, size: int) -> bool:
        """Whether content with this start may be of any of the formats."""
        if self.strong.match(head):
            return True
        return any(sign.match(head) and found.begins(head, size) for found, sign in self.weak)


@cache
def _signs(first: bytes) -> _Signs:
    bearing = [(f, re.compile(getattr(f, "SIGN", b""), re.DOTALL)) for f in _starting(first)]
    weak = [(cast(Doubtful, f), sign) for f, sign in bearing if hasattr(f, "begins")]
    strong = b"|".join({sign.pattern for f, sign in bearing if not hasattr(f, "begins")}) or rb"(?!)"
    return _Signs(bearing, re.compile(strong, re.DOTALL), weak)
