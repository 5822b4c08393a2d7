"""The examples of ``docs/ir.md`` are true."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.irtext import parse, render
from tests.languages.python.lowering import lowered

PAGE = (Path(__file__).parents[1] / "docs" / "ir.md").read_text()
PAIRS = re.findall(r"^```python\n(.*?)^```\n\n```ir\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_has_examples():
    assert len(PAIRS) >= 6


@pytest.mark.parametrize(("source", "text"), PAIRS)
def test_the_source_is_lowered_to_the_text(source, text):
    assert render(replace(lowered(source), script=False)) == text  # the header of a script left out


def test_the_short_form_is_a_program():
    (short,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert list(parse(short).functions) == ["main"]
