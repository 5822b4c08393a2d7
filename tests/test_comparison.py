"""The comparison with other scanners: our own column is what the page says, and what it should be."""

import re
from pathlib import Path

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import scan
from tests.recipes.pairs import PAIRS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "comparison.md"
REVIEWED = {"executable, llamafile"}  # a program is never read to its end


@pytest.mark.parametrize("what", PAIRS)
def test_the_payload_makes_the_difference(what: str) -> None:
    pair, kind = PAIRS[what], what.partition(",")[0]
    hostile, honest = scan(pair.hostile, pair.name), scan(pair.honest, pair.name)
    assert (hostile.failure, honest.failure) == (None, None)
    assert kind in hostile.formats and kind in honest.formats
    assert hostile.verdict is Verdict.BLOCKED
    assert honest.verdict in (Verdict.CLEAN, Verdict.NOTE) or (
        what in REVIEWED and honest.verdict is Verdict.REVIEW
    )


def test_the_page_says_so() -> None:
    rows = re.findall(r"^\| ([^|*]+) \| `([^`]+)` \| ([^|]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 40
    assert {cell for _, _, cell in rows} == {"**found**"}
    assert {what: name for what, name, _ in rows} == {
        w: p.name for w, p in PAIRS.items() if w in dict(r[:2] for r in rows)
    }
