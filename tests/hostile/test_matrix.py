"""Behaviour by carrier: what code does is told alike, however it is hidden and wherever it travels.

A behaviour has a rule of its own name, which has to be the one that tells it. The honest twin of each, by
the same ways, needs no review.
"""

import json
from collections.abc import Callable, Iterator

import pytest

from scanner.finding import Severity, Verdict
from scanner.rules import rules
from tests.hostile.scanning import blocked_for, scan
from tests.recipes import cloudpickles
from tests.recipes.archives import zipped
from tests.recipes.carriers import CARRIERS
from tests.recipes.disguises import DISGUISES
from tests.recipes.payloads import IN_DATA, PAYLOADS
from tests.recipes.streams import call, stream
from tests.recipes.twins import TWINS

RULES = frozenset(module.RULE.id for module in rules())


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
        report = scan(disguise(source), name)
        told = blocked_for(report)
        by = {f.rule for f in report.findings if f.behaviour == behaviour and f.severity is Severity.ERROR}
        if behaviour not in told or (behaviour in RULES and behaviour not in by):
            misses.append(f"{behaviour}, {shape}: {sorted(told)} by {sorted(by)}")
    return misses


def notebook(source: str) -> str:
    """The source in two cells."""
    lines = source.strip().splitlines(keepends=True)
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": ["import os\n"]}, {**cell, "source": lines}]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def packaged(source: str) -> bytes:
    """A module of a ``torch.package`` archive, which runs when the object that needs it is loaded."""
    members = {"p/data.pkl": stream({}, 2), "p/python_version": b"3.11", "p/code/helper.py": source.encode()}
    return zipped(members)


def torchscript(line: str) -> bytes:
    """A scripted module whose ``forward`` has this line."""
    code = (
        "class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
        f"  def forward(self: __torch__.Net, x: Tensor) -> Tensor:\n    {line}\n    return torch.add(x, 1)\n"
    )
    module = stream(call("__torch__.Net"), 2)
    return zipped({"n/data.pkl": module, "n/version": b"3", "n/code/__torch__.py": code.encode()})


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_scripts(disguise: Callable[[str], str]) -> None:
    assert missed(disguise, "corpus.py", PAYLOADS) == []


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
def test_data(carrier: Callable[[str], bytes]) -> None:
    assert missed(carrier, "checkpoint.bin", PAYLOADS, IN_DATA) == []


@pytest.mark.parametrize("form", cloudpickles.CALLED)
def test_functions_and_classes_by_value(form: str) -> None:
    assert missed(cloudpickles.pickled(form), "checkpoint.bin", PAYLOADS, IN_DATA) == []


@pytest.mark.parametrize("behaviour", PAYLOADS)
def test_functions_by_value_that_nobody_calls_do_not_block(behaviour: str) -> None:
    for source in (TWINS[behaviour], *PAYLOADS[behaviour].values()):
        assert scan(cloudpickles.pickled("held")(source)).verdict is not Verdict.BLOCKED


def test_notebooks() -> None:
    assert missed(notebook, "corpus.ipynb", PAYLOADS) == []


def test_packages() -> None:
    assert missed(packaged, "checkpoint.pt", PAYLOADS) == []


@pytest.mark.parametrize("operator", ["ops.aten.save(x, {})", "torch.save(x, {})"])
def test_torchscript_that_writes_where_programs_start(operator: str) -> None:
    hostile = scan(torchscript(operator.format('"/root/.bashrc"')), "checkpoint.pt")
    assert {f.rule for f in hostile.findings if f.severity is Severity.ERROR} == {"persistence"}
    assert scan(torchscript("_0 = torch.mul(x, 2)"), "checkpoint.pt").findings == ()


NAMES = {"notebook": "corpus.ipynb", "torch package": "checkpoint.pt"}
WAYS = {**DISGUISES, "notebook": notebook, "torch package": packaged}
# A stage that has to be decoded first is a reason to look, whatever is in it.
PLAIN = (
    "top level", "_info", "_split_generators", "_generate_examples", "__init__", "in function",
    "in decorator", "in class body", "in try", "in thread", "notebook", "torch package",
)  # fmt: skip


@pytest.mark.parametrize("way", PLAIN)
def test_honest_twins_need_no_review(way: str) -> None:
    told = {}
    for behaviour, source in TWINS.items():
        findings = scan(WAYS[way](source), NAMES.get(way, "corpus.py")).findings
        if any(f.severity > Severity.NOTE for f in findings):
            told[behaviour] = [f"{f.rule}: {f.message}" for f in findings]
    assert told == {}


@pytest.mark.parametrize("behaviour", TWINS)
def test_honest_twins_are_never_blocked(behaviour: str) -> None:
    assert set(TWINS) == {*PAYLOADS}
    blocked = [
        way
        for way, disguise in WAYS.items()
        if scan(disguise(TWINS[behaviour]), NAMES.get(way, "corpus.py")).verdict is Verdict.BLOCKED
    ]
    assert blocked == []
