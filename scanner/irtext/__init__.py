"""The intermediate representation as text, both ways.

Goldens of languages and the tests of analysis and rules are written in it. One operation a line,
bodies by indentation, each line as in the docstrings of :mod:`scanner.ir`::

    trail 'poisoned.pt', 'archive/data.pkl'
    unit offset
    entry main load 'unpickling runs it'

    def main():
      %0 = name os.system
      %1 = const 'id' @21
      %2 = call %0, %1

What is left out has a default: language ``python``, trail ``'test.py'``, unit ``line``, one entry
(the first function, on import), and for ``at`` (``@21``) the number of the line below its ``def``.
Operations in front of the first ``def`` are the body of a function ``main``. The variables that
are ``local(…)`` to a function default to its parameters and what it stores; to none for the first one.
"""

import re
import textwrap
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct, field

from scanner import ir
from scanner.irtext.operations import Tokens, read, word, write
from scanner.irwalk import walk
from scanner.site import Trigger

_AT = re.compile(r"\s+@(-?\d+)$")
_MARKS = {"plain": "", "keyword": "", "star": "*", "stars": "**"}


def render(program: ir.Program) -> str:
    """``program`` as text; :func:`parse` is its inverse (``steps`` and unread windows excepted)."""
    lines = list(_header(program))
    for index, function in enumerate(program.functions.values()):
        if lines:
            lines.append("")
        lines.append(_signature(function, first=index == 0))
        start = len(lines)
        for depth, at, text in _body(function.body, 1):
            default = at is None or at == len(lines) - start + 1
            lines.append("  " * depth + text + ("" if default else f" @{at}"))
    return "\n".join(lines) + "\n"


def _header(program: ir.Program) -> Iterator[str]:
    if program.language != "python":
        yield f"language {word(program.language)}"
    if program.trail != ("test.py",):
        yield "trail " + ", ".join(map(repr, program.trail))
    if program.unit != "line":
        yield f"unit {program.unit}"
    if program.script:
        yield "script"
    first = next(iter(program.functions), None)
    if not program.entries:
        yield "no entry"
    elif program.entries != (ir.Entry(first or "", Trigger.IMPORT),):
        for entry in program.entries:
            note = f" {entry.note!r}" if entry.note else ""
            yield f"entry {word(entry.function)} {entry.trigger}{note}"


def _signature(function: ir.Function, *, first: bool) -> str:
    params = ", ".join(
        _MARKS[p.kind] + word(p.name) + ("=" if p.kind == "keyword" else "") for p in function.params
    )
    parent = "" if function.parent is None else f" in {word(function.parent)}"
    local = ""
    if function.local != _default_local(function.params, function.body, first=first):
        local = f" local({', '.join(word(name) for name in sorted(function.local))})"
    return f"def {word(function.name)}({params}){parent}{local}:"


def _default_local(params: tuple[ir.Param, ...], body: ir.Body, *, first: bool) -> frozenset[str]:
    if first:
        return frozenset()
    stored = {o.var for o in walk(body) if isinstance(o, ir.Store)}
    sent = {o.var for o in walk(body) if isinstance(o, ir.Load) and o.var == ir.SENT}
    return frozenset(p.name for p in params) | stored | sent


def _body(body: ir.Body, depth: int) -> Iterator[tuple[int, int | None, str]]:
    """(depth, ``at``, text) of each line; ``else`` and the like have no ``at``."""
    for op in body:
        match op:
            case ir.If():
                yield depth, op.at, f"if %{op.test}:"
                yield from _body(op.then, depth + 1)
                arms = [("else:", op.orelse)] if op.orelse else []
            case ir.Loop():
                yield depth, op.at, "loop:" if op.ordered else "loop unordered:"
                yield from _body(op.body, depth + 1)
                arms = []
            case ir.Try():
                yield depth, op.at, "try:"
                yield from _body(op.body, depth + 1)
                arms = [("except:", handler) for handler in op.handlers]
                arms += [("finally:", op.final)] if op.final else []
            case _:
                yield depth, op.at, write(op)
                continue
        for text, arm in arms:
            yield depth, None, text
            yield from _body(arm, depth + 1)


def parse(text: str) -> ir.Program:
    """The program that ``text`` says; common indentation and ``#`` lines are ignored.

    Raises :class:`ValueError` that names the line (1-based).
    """
    reader = _Reader(list(_lines(text)))
    try:
        return reader.program()
    except ValueError as error:
        number = reader.lines[min(reader.next, len(reader.lines) - 1)].number if reader.lines else 1
        raise ValueError(f"line {number}: {error}") from error


class _Line(Struct, frozen=True):
    number: int
    indent: int
    text: str
    at: int | None


def _lines(text: str) -> Iterator[_Line]:
    for number, line in enumerate(textwrap.dedent(text).split("\n"), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            found = _AT.search(stripped)
            at = int(found[1]) if found else None
            yield _Line(number, len(line) - len(line.lstrip()), _AT.sub("", stripped), at)


class _Reader(Struct):
    """Reads line after line; ``next`` is the index of the line that comes next, ``start`` the
    number of the line from which ``at`` is counted."""

    lines: list[_Line]
    next: int = 0
    start: int = 0
    header: dict[str, Any] = field(default_factory=dict)
    entries: list[ir.Entry] = field(default_factory=list)

    def program(self) -> ir.Program:
        while self.next < len(self.lines) and self._header(self.lines[self.next]):
            self.next += 1
        functions: dict[str, ir.Function] = {}
        while self.next < len(self.lines):
            function = self._function(functions.keys())
            functions[function.name] = function
        entries = self.header.pop("entries", None)
        if entries is None:
            entries = tuple(self.entries) or (ir.Entry(next(iter(functions), ""), Trigger.IMPORT),)
        values = {"language": "python", "trail": ("test.py",), "unit": "line"} | self.header
        return ir.Program(functions=functions, entries=entries, **values)

    def _header(self, line: _Line) -> bool:
        """Whether ``line`` belongs to the header; if so it is taken in."""
        tokens = Tokens(line.text)
        match tokens.peek():
            case "language":
                tokens.take()
                self.header["language"] = tokens.word()
            case "trail":
                tokens.take()
                self.header["trail"] = tuple(tokens.word() for _ in tokens.list(""))
            case "unit":
                tokens.take()
                self.header["unit"] = tokens.word()
                if self.header["unit"] not in ("line", "offset"):
                    raise ValueError("unit is line or offset")
            case "script":
                tokens.take()
                self.header["script"] = True
            case "no":
                tokens.take()
                tokens.want("entry")
                self.header["entries"] = ()
            case "entry":
                tokens.take()
                function, trigger = tokens.word(), Trigger(tokens.word())
                self.entries.append(ir.Entry(function, trigger, tokens.word() if tokens.peek() else ""))
            case _:
                return False
        tokens.end()
        return True

    def _function(self, taken: Collection[str]) -> ir.Function:
        line = self.lines[self.next]
        tokens = Tokens(line.text)
        if not tokens.skip("def"):
            if taken:
                raise ValueError(f"expected a def, not {line.text!r}")
            self.start = line.number - 1
            body = self._body(line.indent)
            return ir.Function("main", (), body)
        name = tokens.word()
        if name in taken:
            raise ValueError(f"a second function is called {name!r}")
        tokens.want("(")
        params = tuple(_read_param(tokens) for _ in tokens.list())
        parent = tokens.word() if tokens.skip("in") else None
        local = None
        if tokens.skip("local"):
            tokens.want("(")
            local = frozenset(tokens.word() for _ in tokens.list())
        tokens.want(":")
        tokens.end()
        self.next += 1
        self.start = line.number
        body = self._arm(line)
        if local is None:
            local = _default_local(params, body, first=not taken)
        return ir.Function(name, params, body, local, parent)

    def _arm(self, opener: _Line) -> ir.Body:
        """The lines that are indented deeper than ``opener``, which may be none."""
        if self.next < len(self.lines) and self.lines[self.next].indent > opener.indent:
            return self._body(self.lines[self.next].indent)
        return ()

    def _body(self, indent: int) -> ir.Body:
        ops: list[ir.Op] = []
        while self.next < len(self.lines) and self.lines[self.next].indent >= indent:
            line = self.lines[self.next]
            if line.indent > indent:
                raise ValueError("unexpected indentation")
            if line.text.startswith("def "):
                break
            ops.append(self._op(line))
        return tuple(ops)

    def _op(self, line: _Line) -> ir.Op:
        at = line.number - self.start if line.at is None else line.at
        tokens = Tokens(line.text)
        match line.text.rstrip(":").split():
            case ["if", _]:
                tokens.take()
                test = tokens.register()
                tokens.want(":")
                self.next += 1
                then = self._arm(line)
                return ir.If(at, test, then, next(self._arms(line, "else:"), ()))
            case ["loop", *mode] if mode in ([], ["unordered"]):
                self.next += 1
                return ir.Loop(at, self._arm(line), ordered=not mode)
            case ["try"]:
                self.next += 1
                body = self._arm(line)
                handlers = tuple(self._arms(line, "except:"))
                return ir.Try(at, body, handlers, next(self._arms(line, "finally:"), ()))
        op = read(tokens, at)
        tokens.end()
        self.next += 1
        return op

    def _arms(self, opener: _Line, text: str) -> Iterator[ir.Body]:
        """The arms that begin with ``text`` and stand right here, below ``opener``."""
        while self.next < len(self.lines):
            line = self.lines[self.next]
            if (line.indent, line.text) != (opener.indent, text):
                return
            self.next += 1
            yield self._arm(line)


def _read_param(tokens: Tokens) -> ir.Param:
    if tokens.skip("*"):
        return ir.Param(tokens.word(), "star")
    if tokens.skip("**"):
        return ir.Param(tokens.word(), "stars")
    name = tokens.word()
    return ir.Param(name, "keyword" if tokens.skip("=") else "plain")
