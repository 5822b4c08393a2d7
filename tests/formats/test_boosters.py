"""Boosters: known by their content, clean when honest, and what hides in or behind them comes out.

The recipes have the form of 40 files that XGBoost 3.2, LightGBM 4.7 and CatBoost 1.2 wrote; all of those were clean.
"""

import json
from pathlib import Path

import pytest

from scanner.finding import Verdict
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan, scan_file
from tests.recipes import tensors
from tests.recipes.archives import PICKLE
from tests.recipes.sparse import holes

GB = 1 << 30
HONEST = {
    "xgboost": tensors.ubj(tensors.booster(best_iteration="3")),
    "xgboost json": json.dumps(tensors.booster()).encode(),
    "xgboost binary": tensors.binary_booster(),
    "xgboost raw": tensors.binary_booster(mark=b""),
    "lightgbm": tensors.lightgbm(),
    "catboost": tensors.catboost(model_guid="1-2-3", params="{" + " " * 99 + "}"),
    "catboost with parts": tensors.catboost(parts=bytes(100)),
}


@pytest.mark.parametrize("kind", HONEST)
def test_honest_boosters_are_clean(kind: str) -> None:
    assert kind.split(maxsplit=1)[0] in names(HONEST[kind])
    report = scan(HONEST[kind], "booster.bin")
    assert (report.failure, report.verdict) == (None, Verdict.CLEAN)


@pytest.mark.parametrize("kind", ["xgboost", "catboost"])
def test_foreign_data_behind_a_booster_is_told(kind: str) -> None:
    found = unwrap(kind, HONEST[kind] + PICKLE)
    assert complaints(found) == ["polyglot"]
    assert contents(found)["(trailing data)"] == PICKLE
    assert blocked_for(scan(HONEST[kind] + PICKLE, "booster.bin"))


@pytest.mark.parametrize("kind", ["xgboost", "catboost"])
def test_without_its_end_a_booster_is_not_clean(kind: str) -> None:
    for cut in (40, len(HONEST[kind]) // 2, len(HONEST[kind]) - 1):
        assert scan(HONEST[kind][:cut], "booster.bin").verdict is not Verdict.CLEAN


def test_pickles_in_strings_and_parts() -> None:
    payload = PICKLE.decode() + " " * 99
    for data in (
        tensors.ubj(tensors.booster(scikit_learn=payload)),
        tensors.catboost(note=payload),
        tensors.catboost(parts=PICKLE),
        tensors.binary_booster(PICKLE),
    ):
        assert blocked_for(scan(data, "booster.bin")) == {"code-execution"}


@pytest.mark.parametrize(
    "lie",
    [b"{L\0\0\0\0\0\0\0\7learner[$d", b"{L\0\0\0\0\0\0\0\7learner" + b"[" * 200, b"{L\0\0\0\0\0\0\0\7learnerSL\x7f" + b"\xff" * 7],
)  # fmt: skip
def test_lengths_that_lie(lie: bytes) -> None:
    assert complaints(unwrap("xgboost", lie)) in (["Malformed"], ["OverBudget"])


@pytest.mark.parametrize("kind", ["xgboost", "catboost"])
def test_trees_are_not_read(kind: str, tmp_path: Path) -> None:
    pieces = {"xgboost": tensors.large_booster, "catboost": tensors.large_catboost}[kind](GB)
    size = holes(tmp_path / "booster", pieces)
    report = scan_file(tmp_path / "booster")
    assert (report.formats, report.verdict) == ((kind,), Verdict.CLEAN)
    assert report.bytes_read < size // 1000
