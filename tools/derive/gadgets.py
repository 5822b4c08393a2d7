"""Which of the derived callables are gadgets that no row of the tables has."""

from collections.abc import Iterator

from scanner.knowledge.summaries import Reach, Summaries
from scanner.knowledge.tables import Knowledge

WORST = ("runs", "acts", "reads")


def gadgets(known: Knowledge, summaries: Summaries, package: str) -> Iterator[tuple[str, Reach]]:
    """Functions and classes of a package that a parameter makes act, by the worst that one of them does;
    those that a row is about are left out."""
    page = summaries.package(package)
    for module in page.names() if page is not None else ():
        lines = page.module(module) if page is not None else None
        for inside in sorted(lines.flows) if lines is not None else ():
            name = f"{module}.{inside}"
            found = summaries.find(name)
            if found is None or known.effect(name) is not None or known.inert(name) is not None:
                continue
            if (reach := worst(known, found.reaches)) is not None:
                yield name, reach


def worst(known: Knowledge, reaches: tuple[Reach, ...]) -> Reach | None:
    """The flow of a parameter into the worst effect; methods of objects have none."""
    kinds = known.vocabulary.kinds
    reached = [
        r
        for r in reaches
        if r.keywords and r.telling and not r.method and kinds[r.kind].severity_class in WORST
    ]
    return min(reached, key=lambda r: WORST.index(kinds[r.kind].severity_class), default=None)
