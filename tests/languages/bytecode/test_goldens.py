"""Small sources and the IR of what each version of Python compiles them to, side by side in ``goldens/``.

``control.3.11.ir`` is what 3.11 and the versions after it give, up to the next that has a file of its own.
"""

from pathlib import Path

import pytest

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.ir import Program
from scanner.irtext import parse, render
from scanner.languages.bytecode import lower
from scanner.limits import Budget
from scanner.site import Trigger
from tests.languages.bytecode.interpreters import VERSIONS, compiled

GOLDENS = Path(__file__).parent / "goldens"


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def golden(name: str, version: str) -> Path | None:
    """The file for a version, if the syntax is not too new for it."""
    files = {number(f.stem.partition(".")[2]): f for f in GOLDENS.glob(f"{name}.*.ir")}
    first = [known for known in sorted(files) if known <= number(version)]
    return files[first[-1]] if first else None


def lowered(version: str, source: str) -> list[Program]:
    (code,) = compiled(version, (source,))
    if code is None:
        return []
    blob = Blob(("t.pyc",), BytesWindow(code))
    found = lower(Fragment("bytecode", blob, Trigger.IMPORT, script=True), Budget())
    return [item for item in found if isinstance(item, Program)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDENS.glob("*.python")))
def test_code_is_lowered_as_its_golden_says(name: str, version: str) -> None:
    file = golden(name, version)
    programs = lowered(version, (GOLDENS / f"{name}.python").read_text())
    if file is None:
        assert programs == []
        return
    assert file.read_text() in map(render, programs)
    assert parse(file.read_text()) in programs
