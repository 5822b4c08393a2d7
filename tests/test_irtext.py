"""IR text and IR programs are the same thing."""

import math
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import ir
from scanner.blob import Blob, BytesWindow
from scanner.irtext import parse, render
from scanner.site import Trigger

REGISTERS = st.integers(-1, 40)
LISTS = st.lists(REGISTERS, max_size=3).map(tuple)
WORDS = st.text(max_size=6) | st.text(string.ascii_letters + "._<>:", min_size=1, max_size=6)
KEYWORDS = st.lists(st.tuples(WORDS | st.just("**"), REGISTERS), max_size=2).map(tuple)
AT = st.integers(0, 30)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just(...)
    | st.complex_numbers() | st.sampled_from([1 << 6_000, -(1 << 6_000), "\ud800", "\x85\u2028'\""])
)  # fmt: skip
BLOBS = st.builds(
    lambda trail, data, trigger, expected: Blob(trail, BytesWindow(data), trigger, expected=expected),
    st.lists(st.text(), max_size=2).map(tuple),
    st.binary(),
    st.sampled_from(Trigger),
    st.none() | st.text(),
)
PLAIN = st.one_of(
    st.builds(ir.Const, AT, REGISTERS, SCALARS),
    st.builds(ir.Data, AT, REGISTERS, BLOBS),
    st.builds(ir.Name, AT, REGISTERS, WORDS, WORDS),
    st.builds(ir.Unknown, AT, REGISTERS, st.text()),
    st.builds(ir.Load, AT, REGISTERS, WORDS),
    st.builds(ir.Store, AT, WORDS, REGISTERS),
    st.builds(ir.Attr, AT, REGISTERS, REGISTERS, WORDS),
    st.builds(ir.SetAttr, AT, REGISTERS, WORDS, REGISTERS),
    st.builds(ir.Item, AT, REGISTERS, REGISTERS, REGISTERS),
    st.builds(ir.SetItem, AT, REGISTERS, st.none() | REGISTERS, REGISTERS),
    st.builds(ir.Make, AT, REGISTERS, st.sampled_from(["tuple", "dict", "spread"]), LISTS),
    st.builds(ir.Binary, AT, REGISTERS, st.sampled_from(["+", "not in"]), REGISTERS, REGISTERS),
    st.builds(ir.Unary, AT, REGISTERS, st.sampled_from(["-", "not"]), REGISTERS),
    st.builds(ir.Merge, AT, REGISTERS, LISTS),
    st.builds(ir.Iter, AT, REGISTERS, REGISTERS),
    st.builds(
        ir.Call,
        AT,
        REGISTERS,
        REGISTERS,
        LISTS,
        KEYWORDS,
        st.sampled_from(["call", "new", "state", "decorate"]),
    ),
    st.builds(ir.Define, AT, REGISTERS, WORDS, KEYWORDS),
    st.builds(ir.DefineClass, AT, REGISTERS, WORDS, WORDS, LISTS, KEYWORDS),
    st.builds(ir.Return, AT, REGISTERS, st.booleans()),
    st.builds(ir.Jump, AT, st.sampled_from(["break", "continue", "return"])),
)


def bodies(ops):
    return st.lists(ops, max_size=4).map(tuple)


OPS = st.recursive(
    PLAIN,
    lambda ops: st.one_of(
        st.builds(ir.If, AT, REGISTERS, bodies(ops), bodies(ops)),
        st.builds(ir.Loop, AT, bodies(ops), st.booleans()),
        st.builds(ir.Try, AT, bodies(ops), st.lists(bodies(ops), max_size=2).map(tuple), bodies(ops)),
    ),
    max_leaves=6,
)
PARAMS = st.lists(
    st.builds(ir.Param, WORDS, st.sampled_from(["plain", "star", "keyword", "stars"])), max_size=4
).map(tuple)
FUNCTIONS = st.builds(
    ir.Function, WORDS, PARAMS, bodies(OPS), st.frozensets(WORDS, max_size=3), st.none() | WORDS
)
PROGRAMS = st.builds(
    ir.Program,
    WORDS,
    st.lists(st.text(), max_size=3).map(tuple),
    st.sampled_from(["line", "offset"]),
    st.lists(FUNCTIONS, max_size=3).map(lambda functions: {f.name: f for f in functions}),
    st.lists(st.builds(ir.Entry, WORDS, st.sampled_from(Trigger), st.text()), max_size=2).map(tuple),
    st.booleans(),
)


@settings(max_examples=80, deadline=None)
@given(PROGRAMS)
def test_parse_is_the_inverse_of_render(program):
    text = render(program)
    again = parse(text)
    assert again == program or "nan" in text  # which is not even equal to itself
    assert list(again.functions) == list(program.functions)
    assert render(again) == text  # here True is not 1


EVERYTHING = """\
language pickle
trail 'poisoned.pt', 'archive/data.pkl'
unit offset
script
entry main load 'unpickling runs it'
entry C.run call

def main():
  %0 = import os.path
  %1 = name os.system
  %2 = name os.path.join from os
  %3 = const 'id' @21
  %4 = call %1, %3, %2, shell=%0, **%2
  if %4:
    store x, %4
  else:
    yield %4 @3
  loop unordered:
    append %0, %1
  try:
  except:
    return %3
  except:
  finally:
    setitem %0, %1, %2
  %5 = make dict, %-1, %4
  %6 = binary 'not in', %4, %5
  %7 = class C, C, %1, metaclass=%2

def C() in main:
  %0 = define C.run, x=%1
  store run, %0

def C.run(self, *args, key=, **rest) local(y):
  %0 = state %1, %2
"""


def test_the_canonical_text_comes_back_to_the_letter():
    program = parse(EVERYTHING)
    assert render(program) == EVERYTHING
    assert program.entries[0] == ir.Entry("main", Trigger.LOAD, "unpickling runs it")
    assert program.functions["C"].local == {"run"}
    assert program.functions["C"].parent == "main"
    assert [p.kind for p in program.functions["C.run"].params] == ["plain", "star", "keyword", "stars"]
    ops = program.functions["main"].body
    assert ops[1] == ir.Name(2, 1, "os.system", "os")
    assert ops[3].at == 21
    assert ops[4] == ir.Call(5, 4, 1, (3, 2), (("shell", 0), ("**", 2)))


def test_the_short_form_is_the_body_of_main_on_import():
    program = parse("""
        # a comment does not count as an operation, but as a line
        %0 = name os.system
        %1 = const 'id'

        %2 = call %0, %1
    """)
    assert program.entries == (ir.Entry("main", Trigger.IMPORT),)
    assert program.trail == ("test.py",)
    assert [op.at for op in program.functions["main"].body] == [1, 2, 4]
    assert program.functions["main"].local == frozenset()


def test_a_short_form_may_be_followed_by_functions():
    program = parse("""
        %0 = define f
        def f(x):
          store y, %0
    """)
    assert list(program.functions) == ["main", "f"]
    assert program.functions["f"].local == {"x", "y"}
    assert program.functions["f"].body[0].at == 1


def test_a_window_that_is_not_in_memory_keeps_its_size():
    blob = parse("%0 = data 1048576, load, ('a.pkl', 'buffer'), 'pickle'").functions["main"].body[0].blob
    assert (blob.size, blob.trail, blob.expected) == (1 << 20, ("a.pkl", "buffer"), "pickle")
    assert blob.read_at((1 << 20) - 2, 10) == b"\0\0"


def test_nan_is_a_constant():
    assert math.isnan(parse("%0 = const nan").functions["main"].body[0].value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("%0 = nonsense %1", "line 1: no operation is called 'nonsense'"),
        ("%0 = const 'a'\ncall %0", "line 2: call needs a register to write"),
        ("%0 = return %1", "line 1: return has no result"),
        ("%0 = const os", "line 1: malformed node"),
        ("%0 = const [1]", "line 1: [1] is not a constant"),
        ("%0 = attr 1, name", "line 1: expected a register, not '1'"),
        ("%0 = attr %1", "line 1: expected ','"),
        ("%0 = load x %1", "line 1: nothing may follow here: '%1'"),
        ("def f():\n  %0 = load x\n    %1 = load y", "line 3: unexpected indentation"),
        ("def f():\n  %0 = load x\n%1 = load y", "line 3: expected a def"),
        ("def f():\ndef f():", "line 2: a second function is called 'f'"),
        ("unit furlong", "line 1: unit is line or offset"),
        ("entry main sometimes", "line 1: 'sometimes' is not a valid Trigger"),
        ("%0 = load ???", "line 1: cannot read '???'"),
        ("except:", "line 1: no operation is called 'except'"),
    ],
)
def test_an_error_names_its_line(text, message):
    with pytest.raises(ValueError) as caught:
        parse(text)
    assert str(caught.value).startswith(message)
