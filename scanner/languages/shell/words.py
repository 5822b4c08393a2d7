"""Words to values, and the calls that most programs amount to."""

import re

from scanner import ir
from scanner.languages.shell.command import Expansion, Word
from scanner.languages.shell.emitter import DEEPEST, Emitter
from scanner.languages.shell.options import Arguments


def word_value(emit: Emitter, word: Word) -> ir.Reg:
    """The value of a word: a constant, or the concatenation of its parts."""
    emit.line = max(emit.line, word.line)
    return emit.concat([_part(emit, part) for part in word.parts])


def _part(emit: Emitter, part: str | Expansion) -> ir.Reg:
    match part:
        case str():
            return emit.const(part)
        case Expansion("variable", name) if name in emit.assigned:
            return emit.load(name)
        case Expansion("variable", name):
            return emit.call("getenv", emit.const(name))
        case Expansion("command", text) if emit.depth < DEEPEST:
            emit.depth += 1
            value = emit.nested(emit, text)
            emit.depth -= 1
            return value
        case Expansion(kind, text):
            return emit.unknown(text[:200] if kind == "unknown" else "command substitutions nest too deeply")


def values(emit: Emitter, words: list[Word]) -> list[ir.Reg]:
    """The values of several words."""
    return [word_value(emit, w) for w in words]


def joined(emit: Emitter, words: list[Word]) -> ir.Reg | None:
    """The words with a space between them; None when there are none."""
    parts: list[ir.Reg] = []
    for value in values(emit, words):
        parts += [emit.const(" "), value] if parts else [value]
    return emit.concat(parts) if parts else None


def keyword(emit: Emitter, given: Arguments, name: str) -> ir.Reg | None:
    """The value of the options that are called ``name`` here; None when none was given."""
    found = values(emit, given.values.get(name, []))
    return emit.merge(found) if found else None


def plain(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """``shell.<program>(operand, …, options="…", stdin=…)``."""
    return _call(emit, f"shell.{_identifier(program)}", words, stdin)


def subcommand(emit: Emitter, program: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    """``shell.<program>.<first operand>(…)``."""
    for at, word in enumerate(words):
        if word.literal and not word.literal.startswith("-"):
            name = f"shell.{_identifier(program)}.{_identifier(word.literal.lstrip('/').lower())}"
            return _call(emit, name, words[:at] + words[at + 1 :], stdin)
    return _call(emit, f"shell.{_identifier(program)}.help", words, stdin)


def _call(emit: Emitter, name: str, words: list[Word], stdin: ir.Reg | None) -> ir.Reg:
    operands = values(emit, [w for w in words if not w.option])
    options = joined(emit, [w for w in words if w.option])
    return emit.call(name, *operands, options=options, stdin=stdin)


def _identifier(program: str) -> str:
    return re.sub(r"\W", "_", program)[:80] or "_"
