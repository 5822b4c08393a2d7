"""What is typed into a program: a shell and an interpreter run it, as if it had been piped there."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scanner.analysis.containers import boxes, piece
from scanner.analysis.nested import find_code
from scanner.analysis.values import Value, const, join

if TYPE_CHECKING:
    from scanner.analysis.here import Here

RECEIVING = frozenset({"process.input", "process.output"})
_RUNS = ("shell", "interpreter")
_TOLD = frozenset({"-c", "-m", "-e", "-r"})


def start(here: Here, name: str, given: Iterable[tuple[str, str, Value]]) -> None:
    """Remember what the call ``name`` starts, and feed it what it is started with."""
    lines = [v for _, role, v in given if role in ("argv", "command")]
    started = here.machine.started
    started[name] = join([*lines, *([started[name]] if name in started else [])])
    feed(here, name, given)


def feed(here: Here, name: str, given: Iterable[tuple[str, str, Value]]) -> None:
    """Run what ``name``, or the method of what it has started, hands to a program."""
    typed = [v for _, role, v in given if role == "stdin"]
    line = here.machine.started.get(name.partition("()")[0])
    runs = [] if line is None else [text for text in _lines(line) if _reads_code(here, text)]
    for value in typed if runs else ():
        for text in filter(None, map(_text, value.consts)):
            for command in runs:
                piped = f"printf %s {shlex.quote(text)} | {command}"
                find_code(here, name, "command", const(piped))
        if value.sources:
            here.record("process.spawn", name, (here.argument("stdin", value),))


def _lines(line: Value) -> list[str]:
    """The command lines that are started."""
    lists = [box for box in boxes(line) if box.kind in ("list", "tuple") and box.items]
    joined = [" ".join(shlex.quote(piece(item)) for item in box.items) for box in lists]
    return joined + [text for text in line.consts if isinstance(text, str)]


def _reads_code(here: Here, line: str) -> bool:
    """Whether the program runs its input: it does not when it is told a file or a text to run."""
    program, *words = line.split()[:16] or [""]
    told = any(word in _TOLD or not word.startswith("-") for word in words)
    return here.knowledge.command(program.strip("'\"")) in _RUNS and not told


def _text(typed: object) -> str:
    if isinstance(typed, bytes):
        return typed.decode("utf-8", "backslashreplace")
    return typed if isinstance(typed, str) else ""
