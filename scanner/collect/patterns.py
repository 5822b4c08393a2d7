"""The user's own patterns: YARA rules in a folder that the author of a change cannot edit."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from scanner.errors import ConfigError
from scanner.knowledge.patterns import Source

if TYPE_CHECKING:
    from scanner.collect.revision import Plan

SUFFIXES = (".yar", ".yara")
LONGEST = 4 << 20  # bytes of all rules together
_FILES = ("100644", "100755", "100664")


def on_disk(folder: str) -> tuple[Source, ...]:
    """The rules at or below ``folder``, by path. ConfigError when there are none, or too many."""
    found = ((p.as_posix(), p.read_bytes) for p in sorted(Path(folder).rglob("*")) if p.suffix in SUFFIXES)
    try:
        return _sources(folder, [(name, read()) for name, read in found])
    except OSError as error:
        raise ConfigError(f"the patterns in {folder!r} cannot be read: {error}") from error


def in_revision(plan: "Plan", folder: str) -> tuple[Source, ...]:
    """The rules at or below ``folder`` in the commit whose configuration counts; none if there is none."""
    return () if plan.trusted is None else _sources(folder, list(_committed(plan, plan.trusted, folder)))


def _committed(plan: "Plan", commit: str, folder: str) -> Iterator[tuple[str, bytes]]:
    place, repository = PurePosixPath(folder), plan.repository
    for file in repository.changes(None, commit):
        path = PurePosixPath(file.path)
        if file.mode in _FILES and path.suffix in SUFFIXES and path.is_relative_to(place):
            if repository.missing([file.id]):
                repository.fetch([file.id])
            try:
                with open(repository.open(file.id), "rb") as content:  # noqa: PTH123 - a descriptor
                    yield file.path, content.read()
            except OSError as error:
                raise ConfigError(
                    f"the patterns in {file.path!r} of the base cannot be read: {error}"
                ) from error


def _sources(folder: str, files: list[tuple[str, bytes]]) -> tuple[Source, ...]:
    if not files:
        raise ConfigError(f"there are no YARA rules (*.yar, *.yara) in {folder!r}; check `patterns`")
    if sum(len(content) for _, content in files) > LONGEST:
        raise ConfigError(f"the patterns in {folder!r} are more than {LONGEST:,} bytes")
    try:
        return tuple(Source(name, content.decode()) for name, content in files)
    except UnicodeDecodeError as error:
        raise ConfigError(f"the patterns in {folder!r} are not UTF-8: {error}") from error
