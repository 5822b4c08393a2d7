"""Bytecode of every version has the facts of the source that it was compiled from."""

import pytest

from tests.languages.bytecode.facts import facts
from tests.languages.bytecode.interpreters import VERSIONS, compiled
from tests.recipes.payloads import IN_DATA, PAYLOADS

BEHAVIOURS = {
    f"{behaviour}/{name}": source
    for shapes in (PAYLOADS, IN_DATA)
    for behaviour, sources in shapes.items()
    for name, source in sources.items()
}


@pytest.mark.parametrize("version", VERSIONS)
def test_behaviours(version):
    codes = compiled(version, tuple(BEHAVIOURS.values()))
    different = {}
    for (name, source), code in zip(BEHAVIOURS.items(), codes, strict=True):
        if code is None:
            continue
        expected, found = facts("python", source.encode()), facts("bytecode", code)
        assert expected, f"{name} does nothing"
        if found != expected:
            different[name] = found ^ expected
    assert not different
    assert sum(code is not None for code in codes) > len(codes) * 0.9
