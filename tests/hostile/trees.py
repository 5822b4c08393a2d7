"""Scanning one file of a tree in this process, without the sandbox."""

from collections.abc import Sequence

from scanner.blob import Blob, BytesWindow
from scanner.examine import examine
from scanner.finding import FileReport
from scanner.limits import Limits


class Tree:
    """Neighbours from a dictionary; ``asked`` are the questions, ``opened`` what was handed out."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[tuple[str, ...]] = []
        self.opened: list[str] = []

    def open(self, paths: Sequence[str], /, *, large: bool = False) -> Blob | None:
        self.asked.append(tuple(paths))
        for path in paths:
            if path in self.files:
                self.opened.append(path)
                return Blob((path,), BytesWindow(self.files[path]))
        return None


def scan(name: str, files: dict[str, str | bytes], users: tuple[str, ...] = ()) -> FileReport:
    """The report on the file ``name`` of the tree that ``files`` are; only it has changed, not ``users``."""
    content = {path: f.encode() if isinstance(f, str) else f for path, f in files.items()}
    return examine(Blob((name,), BytesWindow(content[name])), Limits(), Tree(content), users)
