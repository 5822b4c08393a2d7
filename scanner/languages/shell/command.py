"""The parts of a command line: words, redirections, simple commands."""

import re
from typing import TypeAlias

from msgspec import Struct, field


class Expansion(Struct, frozen=True):
    """``$name`` (``variable``), ``$(text)`` (``command``) or something else (``unknown``)."""

    kind: str
    text: str


Part: TypeAlias = str | Expansion


class Word(Struct, frozen=True):
    """A word after quote removal: literal text and expansions in order."""

    parts: tuple[Part, ...]
    line: int
    quoted: bool = False

    @property
    def literal(self) -> str | None:
        """Its text, when that does not depend on anything."""
        return "".join(p for p in self.parts if isinstance(p, str)) if self.constant else None

    @property
    def option(self) -> bool:
        """Whether it starts like an option."""
        return isinstance(self.parts[0], str) and self.parts[0].startswith("-")

    @property
    def constant(self) -> bool:
        """Whether it is text alone."""
        return all(isinstance(p, str) for p in self.parts)


class Redirect(Struct):
    """``fd op target``. The target of a here-document or here-string is its text."""

    op: str
    target: Word
    fd: int | None = None


class Command(Struct):
    """A simple command; ``piped``: its standard input is the output of the command before it.

    Without words it is what follows a group (``( … ) > file``): redirections of the last value.
    """

    line: int
    piped: bool = False
    assignments: list[tuple[str, Word]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.words or self.assignments or self.redirects)


_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_EXPANDED = 64  # words that the braces of one word may stand for


def expand(word: Word) -> list[Word]:
    """The words that an unquoted word becomes: ``{a,b}`` is two, and ``$IFS`` is the space between two."""
    if word.quoted:
        return [word]
    words: list[Word] = []
    for parts in _apart(word):
        text = "".join(p for p in parts if isinstance(p, str))
        whole = all(isinstance(p, str) for p in parts)
        texts = _alternatives(text) if whole else [text]
        words += [Word((t,), word.line) for t in texts] if len(texts) > 1 else [Word(tuple(parts), word.line)]
    return words or [word]


def _apart(word: Word) -> list[list[Part]]:
    """The parts of a word between its separators. ``$IFS$9`` is one: nothing has a ninth argument."""
    runs: list[list[Part]] = [[]]
    for part in word.parts:
        match part:
            case Expansion("variable", "IFS"):
                runs.append([])
            case Expansion("unknown", "$9"):
                pass
            case _:
                runs[-1].append(part)
    return [run for run in runs if run]


def _alternatives(text: str) -> list[str]:
    texts = [text]
    for _ in range(4):
        found = _BRACES.search(texts[0])
        if not found or len(texts) * (found[1].count(",") + 1) > _EXPANDED:
            break
        texts = [
            t[: m.start()] + choice + t[m.end() :]
            for t in texts
            if (m := _BRACES.search(t))
            for choice in m[1].split(",")
        ]
    return texts


_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|0?([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


def unescape(text: str) -> str:
    """The backslash escapes of ``printf``, ``echo -e`` and ``$'…'``."""

    def replace(match: re.Match[str]) -> str:
        for digits, base in ((match[1], 16), (match[2], 16), (match[3], 8)):
            if digits:
                return chr(int(digits, base))
        return _LETTERS.get(match[4], match[4])

    return _ESCAPE.sub(replace, text)
