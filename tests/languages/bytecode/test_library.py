"""The standard library of every version, as that version compiles it, makes sense in that version."""

import pytest

from scanner import ir, irwalk
from scanner.languages.bytecode.code import walk
from scanner.languages.bytecode.marshal import load
from scanner.languages.bytecode.program import program
from scanner.languages.bytecode.tables import layout_of, table
from scanner.limits import Budget
from tests.languages.bytecode.facts import fragment
from tests.languages.bytecode.interpreters import VERSIONS, library


@pytest.mark.parametrize("version", VERSIONS)
def test_every_function_is_read_and_structured(version):
    numbers = tuple(int(part) for part in version.split("."))
    functions = carried = 0
    for name, data in library(version):
        code, end = load(data, layout_of(numbers))
        assert end == len(data), name
        made, odd = program((code,), table(numbers), fragment("bytecode", data), Budget())
        assert not odd, name
        assert len(made.functions) <= sum(1 for _ in walk(code)), name
        carried += sum(1 for _ in walk(code))
        for function in made.functions.values():
            loops = [op for op in irwalk.walk(function.body) if isinstance(op, ir.Loop)]
            assert all(loop.ordered for loop in loops), f"{name}: {function.name}"
        functions += len(made.functions)
    assert functions > 4_000
    assert functions > carried * 0.995  # some stand behind a ``raise``
