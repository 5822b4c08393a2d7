"""Honest scripts that have much of what hostile ones have: at most a note."""

from pathlib import Path

import pytest

from scanner.finding import Severity
from tests.quiet.scanning import scan
from tests.recipes.scripts import sections

SCRIPTS = sections(Path(__file__).with_name("lookalikes.txt"))


@pytest.mark.parametrize("title", SCRIPTS)
def test_nothing_to_review(title: str) -> None:
    report = scan(SCRIPTS[title].encode(), "corpus.py")
    told = [f"{f.rule}: {f.message}" for f in report.findings if f.severity > Severity.NOTE]
    assert (report.failure, told) == (None, [])
