"""From programs to facts: what the code does, to what, with which data, and when."""

from collections.abc import Iterator

from scanner.analysis import entry
from scanner.analysis.linking import Alone, Linker, Neighbours
from scanner.analysis.machine import Machine
from scanner.blob import Blob, Fragment
from scanner.errors import OverBudget
from scanner.facts import Effect, Flow
from scanner.ir import Program
from scanner.knowledge.tables import Knowledge
from scanner.languages.python import lower
from scanner.limits import Budget

__all__ = ["Alone", "Linker", "Neighbours", "analyse", "linker"]


def linker(neighbours: Neighbours, budget: Budget) -> Linker:
    """What looks up the imports of one artifact, for all the programs in it."""
    return Linker(neighbours, budget, lower)


def analyse(
    program: Program, knowledge: Knowledge, budget: Budget, link: Linker | None = None
) -> Iterator[Effect | Flow | Fragment | Blob]:
    """The effects and flows of one program, and the code that it carries in constants.

    ``link`` knows the files beside it, whose code it imports; without one it stands alone.

    Everything found so far is yielded before :class:`OverBudget` (or
    :class:`RecursionError`) is raised.
    """
    machine = Machine(program, knowledge, budget, link or linker(Alone(), budget))
    exceeded: OverBudget | RecursionError | None = None
    try:
        entry.run(machine)
    except (OverBudget, RecursionError) as error:
        exceeded = error
    yield from machine.recorder.results()
    yield from machine.nested.values()
    if exceeded is not None:
        raise exceeded
