"""Small sources and the IR they are lowered to, side by side in ``goldens/``."""

from pathlib import Path

import pytest

from scanner.irtext import parse, render
from tests.languages.python.lowering import lowered

GOLDENS = Path(__file__).parent / "goldens"


@pytest.mark.parametrize("source", sorted(GOLDENS.glob("*.python")), ids=lambda path: path.stem)
def test_source_is_lowered_as_its_golden_says(source):
    program = lowered(source.read_text())
    golden = source.with_suffix(".ir").read_text()
    assert render(program) == golden
    assert parse(golden) == program
