"""Scripts of many styles, each blocked for what it does: the label stands in front of its title."""

from pathlib import Path

import pytest

from tests.hostile.scanning import blocked_for, scan
from tests.recipes.scripts import sections

SCRIPTS = sections(Path(__file__).with_name("scripts.txt"))


@pytest.mark.parametrize("title", SCRIPTS)
def test_blocked_for_what_it_does(title: str) -> None:
    assert title.partition(":")[0] in blocked_for(scan(SCRIPTS[title], "corpus.py"))
