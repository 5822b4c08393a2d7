"""Syntax that not every supported version of Python has."""

import ast
import sys

import pytest

from scanner import ir
from scanner.languages.python import expressions, statements
from scanner.languages.python.emitter import Emitter, File
from scanner.languages.python.scope import Scope
from tests.languages.python.lowering import everything, lowered, operations

needs_312 = pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")


def names(program, function="main"):
    ops = operations(program, function)
    return [op.var if isinstance(op, ir.Load) else op.name for op in ops if isinstance(op, ir.Load | ir.Name)]


@needs_312
def test_type_parameters_are_variables_and_their_bounds_are_evaluated():
    program = lowered("def f[T: bound()](x: T) -> T:\n    return T\nclass C[U](Base):\n    member = U\n")
    assert names(program, "f") == ["bound", "T"]
    assert program.functions["f"].local == {"T", "x"}
    assert names(program, "C") == ["U"]


@needs_312
def test_a_type_alias_is_evaluated_by_whoever_asks():
    program = lowered("type Later = now()\nuse(Later)\n")
    assert names(program) == ["use", "Later"]
    assert names(program, "<lambda>:1") == ["now"]


@needs_312
def test_quotes_in_f_strings():
    assert names(lowered('f"{run("id")}"')) == ["run"]


def test_exception_groups():
    assert names(lowered("try:\n    a()\nexcept* E as e:\n    b(e)\n")) == ["a", "E", "raise:", "b", "e"]


def test_a_template_string_is_read_as_an_f_string_if_it_is_not_known():
    (program, *complaints) = everything('t"{run()}"')[::-1]
    assert names(program) == ["run"]
    assert len(complaints) == (0 if sys.version_info >= (3, 14) else 1)


@pytest.fixture
def emitter():
    file = File(walrus=False, enters=False, renames=False)
    return Emitter(file, Scope("module"), "", "main")


def test_an_expression_from_the_future_is_unknown_but_its_parts_are_evaluated(emitter):
    class Future(ast.expr):
        _fields = ("value",)

    node = Future(ast.Name("x", ast.Load(), lineno=7), lineno=7)
    result = expressions.lower(emitter, node)
    assert emitter.ops == [
        ir.Load(7, 0, "x"),
        ir.Unknown(7, 1, "syntax: Future"),
        ir.Merge(7, result, (0, 1)),
    ]


def test_a_statement_from_the_future_is_unknown_but_what_is_inside_runs(emitter):
    class Future(ast.stmt):
        _fields = ("value", "body")

    inner = ast.parse("run()").body
    statements.lower(emitter, [Future(ast.Name("x", ast.Load(), lineno=7), inner, lineno=7)])
    assert emitter.ops[0] == ir.Unknown(7, 0, "syntax: Future")
    assert [op.var for op in emitter.ops if isinstance(op, ir.Load)] == ["x", "run"]
    assert isinstance(emitter.ops[-1], ir.Call)
