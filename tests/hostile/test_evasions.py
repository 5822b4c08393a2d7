"""What is made to be read otherwise by a scanner than by a loader is blocked all the same."""

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import scan
from tests.recipes.archives import COMPRESSED, torch_zip
from tests.recipes.evasions import CONTAINERS, NAMES, READERS, hostile_shapes

SHAPES = hostile_shapes()


@pytest.mark.parametrize("name", READERS)
def test_streams(name: str) -> None:
    report = scan(READERS[name])
    assert (report.failure, report.verdict) == (None, Verdict.BLOCKED), report.findings


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    report = scan(NAMES[name])
    assert (report.failure, report.verdict) == (None, Verdict.BLOCKED), report.findings


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers(name: str) -> None:
    report = scan(CONTAINERS[name])
    assert (report.failure, report.verdict) == (None, Verdict.BLOCKED), report.findings


@pytest.mark.parametrize("name", SHAPES)
def test_costly_shapes_do_not_hide_the_payload(name: str) -> None:
    report = scan(SHAPES[name])
    assert (report.failure, report.verdict) == (None, Verdict.BLOCKED), report.findings


@pytest.mark.parametrize("name", [n for n in READERS if not n.startswith("EOP")])
def test_the_name_and_the_wrapping_do_not_matter(name: str) -> None:
    for path, data in {
        "model.safetensors": READERS[name],
        "README.md": COMPRESSED["gzip"](READERS[name]),
        "weights.h5": torch_zip(READERS[name]),
    }.items():
        assert scan(data, path).verdict is Verdict.BLOCKED, path
