"""A library written for a test, derived, and read back as the scanner reads it."""

from pathlib import Path
from textwrap import dedent

from scanner.knowledge.summaries import Derived, Summaries
from scanner.knowledge.tables import knowledge
from tools.derive import library, writing
from tools.derive.compiled import Compiled
from tools.derive.foreign import Foreign
from tools.derive.linking import Linker


class Library:
    """``sources`` by the path of their file below the root."""

    def __init__(self, root: Path, **sources: str) -> None:
        self.root = root
        self.folder = root / "derived"
        self.folder.mkdir(parents=True)
        self.text = ""
        for name, source in sources.items():
            self.derive(name, {"__init__.py": source})

    def derive(self, title: str, files: dict[str, str]) -> None:
        """One more package."""
        place = self.root / "source" / title.replace(".", "/")
        for path, source in files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(dedent(source), encoding="utf-8")
        places = dict(library.modules({title: place}))
        linker = Linker(knowledge(), Foreign(self.folder), Compiled(), self.root / "source", places)
        linker.settle()
        self.text = writing.written(title, ["1.0"], [writing.pages(linker)])
        (self.folder / f"{title}.txt").write_text(self.text, encoding="utf-8")

    def find(self, name: str) -> Derived:
        """What was derived of a name."""
        found = Summaries(self.folder).find(name)
        assert found is not None, name
        return found

    def effects(self, name: str) -> set[tuple[str, str, str]]:
        """(kind, parameter, role) of each flow; ``*`` for further arguments, ``-`` for none."""
        found: set[tuple[str, str, str]] = set()
        for reach in self.find(name).reaches:
            found |= {(reach.kind, parameter, role) for parameter, role in reach.keywords.items()}
            if reach.rest != "_" and not reach.keywords:
                found.add((reach.kind, "*", reach.rest))
            if reach.always:
                found.add((reach.kind, "-", "_"))
        return found
