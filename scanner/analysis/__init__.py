"""From programs to facts: what the code does, to what, with which data, and when.

Most checkpoints hold no program that acts, so what analyses one is imported when there is one.
"""

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Alone, Blob, Fragment, Neighbours
from scanner.errors import OverBudget
from scanner.facts import Anomaly, Effect, Flow
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.analysis.linking import Linker
    from scanner.ir import Program
    from scanner.knowledge.tables import Knowledge

_USERS = 4  # files that import one that is scanned, whose use of it is followed
_FRAMES = 6_000  # of Python: calls in calls, imports in imports and what syntax calls in between


def linker(neighbours: Neighbours, budget: Budget) -> "Linker":
    """What looks up the imports of one artifact, for all the programs in it."""
    from scanner.analysis.linking import Linker  # noqa: PLC0415
    from scanner.languages import lower  # noqa: PLC0415

    return Linker(neighbours, budget, lower)


def importing(users: tuple[str, ...], path: str, neighbours: Neighbours) -> Iterator[Blob]:
    """Those of ``users`` that mention the module that ``path`` is: a few, the nearest first."""
    folder, _, file = path.removesuffix(".py").rpartition("/")
    module = folder.rpartition("/")[2] if file == "__init__" else file
    word, found = re.compile(rf"\b{re.escape(module)}\b".encode()), 0
    for user in users if module else ():
        try:
            blob = neighbours.open((user,))
        except OverBudget:
            continue  # which is noted when somebody imports it
        if blob and found < _USERS and word.search(blob.read_at(0, blob.size)):
            found += 1
            yield blob


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
    for site, limit in machine.exceeded:
        yield Anomaly("over-budget", limit or "nested too deeply", site)
    if exceeded is not None:
        raise exceeded
