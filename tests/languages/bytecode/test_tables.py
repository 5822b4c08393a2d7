"""The opcode tables are what the interpreters say."""

import sys
from pathlib import Path

import pytest

from scanner.languages.bytecode.machine import _method
from scanner.languages.bytecode.tables import VERSIONS, table
from tests.languages.bytecode.interpreters import VERSIONS as NAMES
from tests.languages.bytecode.interpreters import needed

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import opcodes  # noqa: E402

# What no compiler emits: parts of the interpreter's own machinery, and what it keeps for itself.
INTERNAL = {"CACHE", "RESERVED", "EXTENDED_ARG", "STOP_CODE", "ENTER_EXECUTOR"}


@pytest.mark.parametrize("version", [name for name in NAMES if name != "3.14"])
def test_a_table_is_what_its_interpreter_says(version):
    found, text = opcodes.probe(needed(version))
    assert found == version
    assert (opcodes.TABLES / f"{version}.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("version", [v for versions in VERSIONS.values() for v in versions])
def test_every_instruction_has_a_meaning(version):
    for name in {*table(version).names.values()} - INTERNAL:
        assert callable(_method(name))
