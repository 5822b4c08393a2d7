"""Python source: dataset scripts, remote code, handlers, notebook cells, code in constants.

``ast`` reads it; nothing is compiled or run. What the lowering decides is in ``docs/ir.md``.
"""

import ast
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scanner.blob import Fragment
from scanner.errors import OverBudget
from scanner.facts import Anomaly
from scanner.ir import Function, Program
from scanner.languages.python import docstrings, guard, statements
from scanner.languages.python.emitter import MAIN, Emitter, File
from scanner.languages.python.entries import entries
from scanner.languages.python.recover import Recovered, parse
from scanner.languages.python.scope import BUILTINS, Bindings, Scope, declared_global, hidden_globals
from scanner.languages.python.source import read
from scanner.limits import Budget

NAME = "python"

_PARSING = 5_000  # frames; 3.11 nests syntax trees three times as deep, which 4 MiB of stack can hold
_LOWERING = 60_000  # frames of pure Python, which cost no stack


def lower(fragment: Fragment, budget: Budget) -> Iterator[Program | Anomaly]:
    """The program that the source is; a second one if it can be read in two ways.

    Raises :class:`OverBudget` when it is larger than the limit for constants (after what fits) or
    nests too deeply (after all else).
    """
    limit = budget.limits.constant
    data = fragment.blob.read_at(0, limit)
    if fragment.blob.size > limit:
        data = data[: data.rfind(b"\n") + 1] or data
    deep = None
    for reading in read(data, script=fragment.script):
        for kind, message in reading.problems:
            yield Anomaly(kind, message, fragment.site)
        with _room(_PARSING):
            recovered = parse(reading.text)
        yield from _complaints(recovered, fragment)
        deep = deep or recovered.deep
        try:
            with _room(_LOWERING):
                program = _program(recovered.tree, reading.text, fragment)
        except (RecursionError, MemoryError):
            raise OverBudget("the source is too large to be analysed") from None
        yield program
    if deep is not None:
        raise OverBudget(f"line {deep}: the statement nests too deeply to be parsed")
    if fragment.blob.size > limit:
        raise OverBudget(f"the source is larger than {limit:,} bytes; only its head was analysed")


def _complaints(recovered: Recovered, fragment: Fragment) -> Iterator[Anomaly]:
    site = fragment.site
    if recovered.error is not None:
        line, message = recovered.error
        text = f"line {line}: {message}; lines that could not be read: {recovered.lost}"
        yield Anomaly("malformed", text, site.at(line=line))
    for dialect, line in recovered.dialects.items():
        if dialect != "IPython":
            yield Anomaly("dialect", f"line {line}: {dialect} syntax, read as such", site.at(line=line))


def _program(tree: ast.Module, text: str, fragment: Fragment) -> Program:
    file = File(
        walrus=":=" in text,
        enters="__enter__" in text or "__aenter__" in text,
        renames="__main__" in text and guard.renames(tree),
    )
    if "__doc__" in text or "getdoc" in text:
        docstrings.spell_out(tree)
    bindings = Bindings()
    bindings.statements(tree.body, walrus=file.walrus)
    names, hidden = {*bindings.names}, set[str]()
    if "global" in text:
        names, hidden = names | declared_global(tree), hidden_globals(tree)
    variables = {name: f"{name}:global" if name in hidden else name for name in names}
    main = Emitter(file, Scope("module", None, variables), "", MAIN)
    file.functions[MAIN] = Function(MAIN, (), ())  # comes first, is filled last
    for name in sorted(names & BUILTINS.keys()):  # until it is rebound, it is the builtin
        main.store(1, name, main.builtin(1, name))
    waiting = tree.body[::-1]
    tree.body.clear()
    while waiting:  # the tree is far larger than the program: let go of what is done
        statements.lower(main, [waiting.pop()])
    main.finish(MAIN, (), None)
    return Program(
        NAME,
        fragment.blob.trail,
        "line",
        file.functions,
        tuple(entries(file, fragment.trigger, fragment.trail[-1], script=fragment.script)),
        fragment.script,
        fragment.steps,
    )


@contextmanager
def _room(frames: int) -> Iterator[None]:
    """Let the interpreter nest this many frames, and not look for garbage: trees have no cycles."""
    before, collects = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(frames, before))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        if collects:
            gc.enable()
