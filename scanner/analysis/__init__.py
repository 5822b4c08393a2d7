"""From programs to facts: what the code does, to what, with which data, and when.

Most checkpoints hold no program that acts, so what analyses one is imported when there is one.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Alone, Blob, Fragment, Neighbours
from scanner.errors import OverBudget
from scanner.facts import Anomaly, Effect, Flow
from scanner.limits import Budget
from scanner.site import Site

if TYPE_CHECKING:
    from scanner.analysis.linking import Linker
    from scanner.ir import Program
    from scanner.knowledge.tables import Knowledge

_FRAMES = 6_000  # of Python: calls in calls, imports in imports and what syntax calls in between


def linker(neighbours: Neighbours, budget: Budget) -> "Linker":
    """What looks up the imports of one artifact, for all the programs in it."""
    from scanner.analysis.linking import Linker  # noqa: PLC0415
    from scanner.languages.python import lower  # noqa: PLC0415

    return Linker(neighbours, budget, lower)


def analyse(
    program: "Program", knowledge: "Knowledge", budget: Budget, link: "Linker | None" = None
) -> Iterator[Effect | Flow | Fragment | Blob | Anomaly]:
    """The effects and flows of one program, and the code that it carries in constants.

    ``link`` knows the files beside it, whose code it imports; without one it stands alone.

    Everything found so far is yielded before :class:`OverBudget` (or
    :class:`RecursionError`) is raised.
    """
    from scanner.analysis import entry  # noqa: PLC0415
    from scanner.analysis.machine import Machine  # noqa: PLC0415

    machine = Machine(program, knowledge, budget, link or linker(Alone(), budget))
    exceeded: OverBudget | RecursionError | None = None
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(_FRAMES, before))
    try:
        entry.run(machine)
    except (OverBudget, RecursionError) as error:
        exceeded = error
    finally:
        sys.setrecursionlimit(before)
    yield from machine.recorder.results()
    yield from machine.nested.values()
    yield from machine.anomalies
    yield from machine.linker.untold(Site(program.trail))
    for limit, site in machine.exceeded:
        yield Anomaly("over-budget", str(limit) or "nested too deeply", site)
    if exceeded is not None:
        raise exceeded
