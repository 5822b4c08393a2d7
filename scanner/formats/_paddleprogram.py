"""What the operators of PaddlePaddle's programs do to files, in either form that a program has."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

PATHS = frozenset({"file_path", "filename"})  # attributes that are one


def program(
    name: str, blob: Blob, budget: Budget, named: Iterable[tuple[int, str, str]]
) -> Iterator["Program"]:
    """The program of operators that name a file (offset, type, path); nothing when none does."""
    operators = list(named)
    if not operators:
        return
    from scanner.irbuilder import Builder  # noqa: PLC0415 - few operators name files

    build = Builder(budget)
    for build.at, kind, path in operators:
        build.call(build.name("paddle_operator", kind), [build.const(path)])
    yield build.program(name, blob, "running the program runs its operators")
