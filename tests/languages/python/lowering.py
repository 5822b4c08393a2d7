"""Source to program, for tests."""

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import OverBudget
from scanner.facts import Anomaly
from scanner.ir import Op, Program
from scanner.irwalk import walk
from scanner.languages.python import lower
from scanner.limits import Budget, Limits
from scanner.site import Trigger


def everything(
    source: str | bytes, trigger: Trigger = Trigger.IMPORT, *, script: bool = True
) -> list[Program | Anomaly]:
    """All that the language yields for a file (or, if not ``script``, a piece of code)."""
    return list(lower(_fragment(source, trigger, script), Budget()))


def until_raised(source: str, constant: int = 16 << 20) -> tuple[list[Program | Anomaly], OverBudget | None]:
    """What the language yields under a limit before it raises, and what it raises."""
    results = []
    try:
        for result in lower(_fragment(source, Trigger.IMPORT, True), Budget(Limits(constant=constant))):
            results.append(result)
    except OverBudget as error:
        return results, error
    return results, None


def _fragment(source: str | bytes, trigger: Trigger, script: bool) -> Fragment:
    data = source.encode() if isinstance(source, str) else source
    return Fragment("python", Blob(("test.py",), BytesWindow(data)), trigger, script)


def lowered(source: str | bytes, trigger: Trigger = Trigger.IMPORT, *, script: bool = True) -> Program:
    """The one program that ``source`` is, without complaints."""
    (program,) = everything(source, trigger, script=script)
    assert isinstance(program, Program)
    return program


def operations(program: Program, function: str = "main") -> list[Op]:
    return list(walk(program.functions[function].body))
