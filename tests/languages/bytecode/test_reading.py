"""Marshal data: every type and version, broken, nested and contradictory."""

import contextlib
import marshal

import pytest
from hypothesis import HealthCheck, given, settings

from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.ir import Program
from scanner.languages.bytecode import lower
from scanner.languages.bytecode.code import Code
from scanner.languages.bytecode.marshal import Layout, load
from scanner.languages.bytecode.tables import table
from scanner.limits import Budget, Limits
from tests.formats.test_mutations import EDITS, edited
from tests.languages.bytecode.facts import fragment, lowered
from tests.languages.bytecode.interpreters import VERSIONS, compiled

VALUES = [
    None, True, False, ..., 0, -1, 2**31 - 1, 2**31, -(2**70), 10**400, 0.5, -1e300, 2j, b"", b"\xff" * 300,
    "", "a", "é" * 300, "\ud800", (), (1, (2, (3,))), [1, "x"], {"k": [b"v"]}, {1, 2}, frozenset({"q"}),
    tuple(range(300)), StopIteration,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_values_come_back(value, protocol):
    data = marshal.dumps(value, protocol)
    found, end = load(data, Layout.FAST_LOCALS)
    assert end == len(data)
    assert found == (
        None if value is StopIteration else frozenset(value) if isinstance(value, set) else value
    )


def test_shared_values_are_the_same():
    shared = ("s" * 50, b"t")
    (one, other), _ = load(marshal.dumps((shared, shared)), Layout.FAST_LOCALS)
    assert one is other
    assert one == shared


@pytest.mark.parametrize(
    "data",
    [b"", b"(\xff\xff\xff\x7f", b"(\xff\xff\xff\xff", b"r\0\0\0\0", b"\xa8\x01r\0\0\0\0", b"?", b"l\1\0\0\0\xff\xff",
     b"f\3abc", b"{N", b"[\1\0\0\0" b"0", b"s\4\0\0\0abc", b"u\1\0\0\0\xff"],
)  # fmt: skip
def test_broken_data_are_malformed(data):
    with pytest.raises(Malformed):
        load(data, Layout.FAST_LOCALS)


def test_deep_data_cost_too_much():
    with pytest.raises(OverBudget):
        load(b"(\1\0\0\0" * 5000 + b"N", Layout.FAST_LOCALS)


def test_a_code_object_in_a_container_is_code():
    code = compile("import os\nos.system('id')", "t", "exec")
    (program,) = lowered(marshal.dumps({"hooks": [("first", code)]}))
    assert isinstance(program, Program)


def test_data_without_code_are_no_program():
    assert lowered(marshal.dumps({"words": ["a", "b"]})) == []


def test_code_that_makes_no_sense_is_told():
    code = compile("f(1)", "t", "exec")
    (anomaly,) = lowered(marshal.dumps(code.replace(co_code=b"\x01\0" * 40)))
    assert isinstance(anomaly, Anomaly)
    assert anomaly.kind == "unresolved"


@pytest.mark.parametrize("version", [v for v in VERSIONS if v in ("3.11", "3.12", "3.13")])
def test_instructions_of_a_running_interpreter_are_told_and_followed(version):
    """COMPARE_OP as an interpreter specialises it; what it does is the same."""
    (code,) = compiled(version, ("x == 1.5\nimport os\nos.system('id')",))
    opcodes = table(tuple(int(part) for part in version.split(".")))
    plain = next(n for n, name in opcodes.names.items() if name == "COMPARE_OP")
    special = next(n for n, name in opcodes.specialised.items() if name == "COMPARE_OP")
    at = next(i for i in range(len(code)) if code[i] == plain and code[i + 2] == 0 and code[i - 2] != 0)
    found = lowered(code[:at] + bytes([special]) + code[at + 1 :])
    assert [type(item) for item in found] == [Program, Anomaly]
    assert found[1].kind == "differential"
    assert found[0] == lowered(code)[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_numbers_of_lines_are_those_of_the_source(version):
    source = "import a\n\n\n" + "x = [\n  1,\n" + "  2,\n" * 300 + "]\na.b(1)\n"
    (code,) = compiled(version, (source,))
    programs = [item for item in lowered(code) if isinstance(item, Program)]
    lines = {op.at for program in programs for op in program.functions["main"].body if hasattr(op, "callee")}
    assert lines == {source.count("\n")}


SOURCE = """
import os
def f(a, b=1, *c, d=2, **e):
    for x in c:
        try:
            with open(x) as g:
                yield from g
        except OSError as error:
            print(error)
        finally:
            a += 1
    last = {k: v for k, v in e.items() if v}
class C(object):
    def m(self): return lambda: self.n and f(1)
"""


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_no_bytes_escape(version, edits):
    source = SOURCE if version != "2.7" else SOURCE.replace(", d=2", "").replace("yield from", "yield")
    (code,) = compiled(version, (source,))
    assert code is not None
    with contextlib.suppress(Malformed, OverBudget):
        list(lower(fragment("bytecode", edited(code, edits)), Budget(Limits(steps=100_000))))


def test_it_costs_what_it_is_long():
    """Operations per line do not grow with the number of lines."""
    spent = []
    for lines in (200, 2_000):
        source = "def f(a):\n" + "".join(f"    if a.x{i}: g(a, {i})\n" for i in range(lines))
        budget = Budget()
        list(lower(fragment("bytecode", marshal.dumps(compile(source, "t", "exec"))), budget))
        spent.append(budget.spent["steps"] / lines)
    assert spent[1] < spent[0] * 1.2


def test_the_layouts_are_told_apart():
    for version in VERSIONS[:-1]:
        (code,) = compiled(version, ("x = 1\n",))
        readable = []
        for layout in Layout:
            try:
                value, end = load(code, layout)
            except Malformed:
                continue
            readable.append(isinstance(value, Code) and end == len(code))
        assert readable.count(True) == 1, version
