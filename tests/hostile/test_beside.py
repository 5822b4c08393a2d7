"""A pickle in front of or behind a file of any format that there is, and files under another's name."""

import pytest

from scanner.blob import Blob, BytesWindow
from scanner.finding import Verdict
from scanner.formats import identify
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.archives import PICKLE
from tests.recipes.seeds import SEEDS

NAMED = frozenset(name for name in SEEDS if "." in name)  # known by their names alone
FOREIGN = b"\x93\x11junk" * 20


def called(seed: str) -> str:
    return seed if seed in NAMED else "file.bin"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pickle_behind_it_is_found(seed: str) -> None:
    for between in (b"", bytes(40)):
        assert "code-execution" in blocked_for(scan(SEEDS[seed] + between + PICKLE, called(seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pickle_in_front_of_it_is_found(seed: str) -> None:
    for between in (b"", bytes(64)):
        assert "code-execution" in blocked_for(scan(PICKLE + between + SEEDS[seed], called(seed)))


@pytest.mark.parametrize("seed", sorted(SEEDS.keys() - NAMED))
def test_foreign_bytes_in_front_of_it_are_told(seed: str) -> None:
    report = scan(FOREIGN + SEEDS[seed])
    assert report.failure is None
    assert report.verdict not in (Verdict.CLEAN, Verdict.NOTE)


@pytest.mark.parametrize("seed", sorted(SEEDS.keys() - NAMED))
def test_its_name_does_not_matter(seed: str) -> None:
    expected = {found.NAME for found in identify(Blob(("file.bin",), BytesWindow(SEEDS[seed])))}
    for name in ("model.safetensors", "picture.png", "model.ckpt", "README"):
        assert {found.NAME for found in identify(Blob((name,), BytesWindow(SEEDS[seed])))} == expected
