"""Callables that run code, start programs, leak or drop files: each one named, called by a pickle."""

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import scan
from tests.recipes.gadgets import GADGETS, LOOK_AROUND
from tests.recipes.streams import stream


@pytest.mark.parametrize("name", GADGETS)
def test_blocked(name: str) -> None:
    report = scan(stream(GADGETS[name], 4))
    assert (report.failure, report.verdict) == (None, Verdict.BLOCKED), report.findings


@pytest.mark.parametrize("name", LOOK_AROUND)
def test_for_review(name: str) -> None:
    report = scan(stream(LOOK_AROUND[name], 4))
    assert (report.failure, report.verdict) == (None, Verdict.REVIEW), report.findings


def test_there_are_many() -> None:
    assert len(GADGETS) >= 240
