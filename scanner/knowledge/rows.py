"""Tables of lines: the fastest thing to read at every start, and the easiest to review."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path


class Rows:
    """Lines by the name that each is about; blank lines and those that start with ``#`` are not rows.

    A name that ends in ``.*`` is a family. ``name_of`` finds the name in a line; it raises
    :class:`ValueError` for a line that it cannot read.
    """

    __slots__ = ("_paths", "lines")

    def __init__(self, paths: Iterable[Path], name_of: Callable[[str], str]) -> None:
        self._paths = tuple(paths)
        self.lines: dict[str, str] = {}
        count = 0
        for path in self._paths:
            for line in path.read_text("utf-8").splitlines():
                if line and line[0] != "#":
                    try:
                        name = name_of(line)
                    except ValueError as error:
                        raise self.fault(line, str(error)) from error
                    # The first of two stays, so that the second can be shown as the one too many.
                    self.lines.setdefault(name, line)
                    count += 1
        if count != len(self.lines):
            self._complain_of_duplicates(name_of)

    def _complain_of_duplicates(self, name_of: Callable[[str], str]) -> None:
        seen: dict[str, str] = {}
        for path, number, line in self._located():
            name, here = name_of(line), f"{path.name}:{number}"
            if name in seen:
                raise ValueError(f"{here}: {name} already stands in {seen[name]}")
            seen[name] = here

    def _located(self) -> Iterator[tuple[Path, int, str]]:
        for path in self._paths:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if line and line[0] != "#":
                    yield path, number, line

    def fault(self, line: str, message: str) -> ValueError:
        """An error about a row, with the file and the line (1-based) that it stands in."""
        for path, number, text in self._located():
            if text == line:
                return ValueError(f"{path.name}:{number}: {message}")
        return ValueError(f"{line!r}: {message}")

    def find(self, name: str) -> tuple[int, str]:
        """The best row for ``name`` and how specific it is; ``(0, "")`` when there is none.

        An exact row beats a family, a longer family a shorter one.
        """
        if line := self.lines.get(name):
            return len(name) + 1, line
        prefix = name
        while prefix:
            if line := self.lines.get(prefix + ".*"):
                return len(prefix), line
            prefix = prefix.rpartition(".")[0]
        return 0, ""

    def __contains__(self, name: str) -> bool:
        return name in self.lines


def call_name(line: str) -> str:
    """``kind a.b().c(role) …``: ``a.b.c``."""
    name, bracket, _ = line.partition(" ")[2].replace("().", ".").partition("(")
    if not bracket:
        raise ValueError("not of the form 'kind name(role, …)'")
    return name.strip()


def plain_name(line: str) -> str:
    """``[class] a.b  # reason``: ``a.b``."""
    return line.removeprefix("class ").partition("#")[0].rstrip()


def second_word(line: str) -> str:
    """``kind a.b``: ``a.b``."""
    words = line.partition("#")[0].split()
    if len(words) != 2:
        raise ValueError(f"two words expected, {len(words)} found")
    return words[1]
