"""Behaviour by carrier: what code does is told alike, however it is hidden and wherever it travels."""

from collections.abc import Callable, Iterator

import pytest

from tests.hostile.scanning import blocked_for, scan
from tests.recipes.carriers import CARRIERS
from tests.recipes.disguises import DISGUISES
from tests.recipes.payloads import IN_DATA, PAYLOADS


def cells(*tables: dict[str, dict[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Every payload as its behaviour, the name of its shape and its source."""
    for table in tables:
        for behaviour, shapes in table.items():
            for shape, source in shapes.items():
                yield behaviour, shape, source


def missed(
    disguise: Callable[[str], str | bytes], name: str, *tables: dict[str, dict[str, str]]
) -> list[str]:
    """The shapes that are not blocked for their own behaviour."""
    misses = []
    for behaviour, shape, source in cells(*tables):
        told = blocked_for(scan(disguise(source), name))
        if behaviour not in told:
            misses.append(f"{behaviour}, {shape}: {sorted(told)}")
    return misses


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_scripts(disguise: Callable[[str], str]) -> None:
    assert missed(disguise, "corpus.py", PAYLOADS) == []


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
def test_data(carrier: Callable[[str], bytes]) -> None:
    assert missed(carrier, "checkpoint.bin", PAYLOADS, IN_DATA) == []
