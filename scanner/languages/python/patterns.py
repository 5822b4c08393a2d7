"""Patterns of ``match``: what a ``case`` looks at and what it captures."""

import ast

from scanner import ir
from scanner.languages.python import expressions
from scanner.languages.python.emitter import Emitter


def capture(x: Emitter, pattern: ast.pattern, subject: ir.Reg) -> None:
    """Take ``subject`` apart as ``pattern`` says. Alternatives capture one after the other."""
    at = pattern.lineno
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                capture(x, inner, subject)
            if name is not None:
                x.store(at, name, subject)
        case ast.MatchValue(value=value):
            expressions.lower(x, value)
        case ast.MatchSequence(patterns=inner_patterns):
            _sequence(x, inner_patterns, subject)
        case ast.MatchMapping(keys=keys, patterns=values, rest=rest):
            for key, inner in zip(keys, values, strict=True):
                capture(x, inner, x.item(at, subject, expressions.lower(x, key)))
            if rest is not None:
                x.store(at, rest, subject)
        case ast.MatchClass(cls=cls, patterns=positional, kwd_attrs=names, kwd_patterns=named):
            order = x.attribute(at, expressions.lower(x, cls), "__match_args__")
            for index, inner in enumerate(positional):  # or the subject itself, for built-in classes
                word = x.item(at, order, x.const(at, index))
                part = x.call(at, x.builtin(at, "getattr"), subject, word, subject)
                capture(x, inner, part)
            for name, inner in zip(names, named, strict=True):
                capture(x, inner, x.attribute(at, subject, name))
        case ast.MatchOr(patterns=alternatives):
            for alternative in alternatives:
                capture(x, alternative, subject)
        case ast.MatchStar(name=name):
            if name is not None:
                x.store(at, name, subject)


def _sequence(x: Emitter, patterns: list[ast.pattern], subject: ir.Reg) -> None:
    star = next((i for i, p in enumerate(patterns) if isinstance(p, ast.MatchStar)), len(patterns))
    for index, pattern in enumerate(patterns):
        at = pattern.lineno
        if index == star:
            bounds = [x.const(at, star), x.const(at, (star + 1 - len(patterns)) or None), x.const(at, None)]
            key = x.make(at, "slice", tuple(bounds))
        else:
            key = x.const(at, index if index < star else index - len(patterns))
        capture(x, pattern, x.item(at, subject, key))
