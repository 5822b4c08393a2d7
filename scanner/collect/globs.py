"""Globs over slash-separated paths: ``*`` and ``?`` stay inside one part, ``**`` spans any number.

When in doubt a file is scanned: an exclude must describe the whole path (``docs`` does not exclude
``docs/evil.pkl``, nor ``*.md`` the directory ``x.md/``; ``docs/**`` and ``docs/`` do), while a
selection also takes everything beneath what it names.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from scanner.errors import ConfigError


class Globs:
    """A set of patterns, split once."""

    def __init__(self, patterns: Sequence[str], *, beneath: bool) -> None:
        """``beneath``: a pattern also matches all that is under a path which it matches."""
        self._patterns = [_parts(p, beneath) for p in patterns]

    def match(self, path: str) -> bool:
        """Whether any pattern matches ``path``."""
        parts = path.split("/")
        return any(_match(pattern, parts) for pattern in self._patterns)


def _parts(pattern: str, beneath: bool) -> list[str]:
    """The parts of a pattern, without ``.`` and with no ``**`` twice in a row."""
    open_ended = beneath or pattern.endswith("/")
    parts: list[str] = []
    for part in (*pattern.split("/"), "**" if open_ended else ""):
        if part == "..":
            raise ConfigError(
                f"the glob {pattern!r} must not contain `..`: write it from the repository root"
            )
        if part in ("", ".") or (part == "**" and parts[-1:] == ["**"]):
            continue
        parts.append(part)
    return parts


def _match(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    if not pattern:
        return not parts
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        return not rest or any(_match(rest, parts[i:]) for i in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], first) and _match(rest, parts[1:])
