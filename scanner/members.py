"""Neighbours inside an archive: a handler imports what was packed beside it."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from scanner.blob import MEMBER, Blob, BytesWindow, Neighbours
from scanner.errors import Malformed, OverBudget
from scanner.formats import identify, opening
from scanner.limits import Budget, Limits

_HELD = 4 << 20  # bytes of one archive's members that are kept
_SOURCES = (".py", ".json", ".txt", ".cfg", ".yaml", ".yml")


class Members(Struct):
    """The files ``around`` an artifact, and those in the ``archives`` that are being read, by their paths."""

    around: Neighbours
    limits: Limits
    archives: dict[str, Blob] = field(default_factory=dict)
    _found: dict[str, dict[str, Blob]] = field(default_factory=dict)

    def open(self, paths: Sequence[str], /, *, large: bool = False) -> Blob | None:
        waiting: list[str] = []
        for path in paths:
            archive, member, name = path.rpartition(MEMBER)
            if not member:
                waiting.append(path)
                continue
            outside = self.around.open(waiting, large=large) if waiting else None
            found = outside or self._inside(archive).get(name)
            if found is not None:
                return found
            waiting = []
        return self.around.open(waiting, large=large) if waiting else None

    def _inside(self, archive: str) -> dict[str, Blob]:
        if archive not in self._found:
            blob = self.archives.get(archive)
            self._found[archive] = dict(_sources(blob, self.limits)) if blob else {}
        return self._found[archive]


def _sources(archive: Blob, limits: Limits) -> Iterator[tuple[str, Blob]]:
    """The small text files of an archive with their content; what is wrong with it is told elsewhere."""
    budget, held = Budget(limits), 0
    for reader in identify(archive, opening(archive)):
        try:
            for part in reader.unwrap(archive, budget):
                if isinstance(part, Blob) and part.trail[-1].endswith(_SOURCES):
                    held += min(part.size, limits.neighbour)
                    if held > _HELD:
                        return
                    if part.size <= limits.neighbour:
                        content = BytesWindow(part.read_at(0, part.size))
                        yield part.trail[-1], Blob(part.trail, content, part.trigger, part.steps)
        except (Malformed, OverBudget, RecursionError, MemoryError):
            continue
