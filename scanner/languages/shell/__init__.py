"""Command lines and shell scripts: what ``os.system``, ``sh -c`` and ``subprocess`` are handed.

Every simple command becomes a call of ``shell.<program>`` whose result is its output; what the
calls mean is in ``knowledge/effects/shell.txt``. Nothing is ever expanded by running it.
"""

import re
from collections.abc import Iterator

from scanner.blob import Fragment
from scanner.errors import OverBudget
from scanner.facts import Anomaly
from scanner.ir import Body, Entry, Function, Loop, Program
from scanner.languages.shell import powershell
from scanner.languages.shell.emitter import Emitter
from scanner.languages.shell.lowering import lower_text
from scanner.limits import Budget

NAME = "shell"

# Where a command starts: a quotation in another command is that command's own business.
_POWERSHELL = re.compile(
    r"(?:^|[;&|\n]|(?<![\w-])(?:start|call|nohup|sudo|exec|/[ckCK])\s)\s*"
    r"[\"']?(?:[^\s\"'();|&]*[\\/])?(?:powershell|pwsh)(?:\.exe)?[\"']?\s",
    re.IGNORECASE,
)
# There a backslash separates folders, and a dollar sign is PowerShell's.
_WINDOWS = re.compile(r"[A-Za-z]:\\|%\w+%|\bcmd(?:\.exe)?\s+/[a-zA-Z]\b|\w\.exe\b|\w\\\w+\\", re.IGNORECASE)


def lower(fragment: Fragment, budget: Budget) -> Iterator[Program | Anomaly]:
    """One program for the whole text, whose only entry runs when the fragment does.

    Raises :class:`OverBudget` after what fits into the limit for constants.
    """
    limit = budget.limits.constant
    text = fragment.blob.read_at(0, limit).decode("utf-8", "replace")
    emit = Emitter(budget, lower_text)
    over: OverBudget | None = None
    try:
        if match := _POWERSHELL.search(text):
            powershell.lower(emit, text[match.end() :])
            text = text[: match.start()]
        if _WINDOWS.search(text):
            text = text.replace("^", "").replace("\\", "/")
        lower_text(emit, text)
    except OverBudget as error:
        over = error
    if emit.ops:
        yield _program(fragment, emit)
    if over is not None:
        raise over
    if fragment.blob.size > limit:
        raise OverBudget(f"a command line of more than {limit:,} bytes; only its head was analysed")


def _program(fragment: Fragment, emit: Emitter) -> Program:
    body: Body = tuple(emit.ops)
    if emit.pipes:
        body = (Loop(body[0].at, body),)
    main = Function("main", (), body, frozenset(emit.assigned))
    entry = Entry("main", fragment.trigger)
    trail = fragment.blob.trail
    return Program(
        NAME, trail, "line", {"main": main}, (entry,), script=fragment.script, steps=fragment.steps
    )
