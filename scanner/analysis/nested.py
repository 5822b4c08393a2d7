"""Code in constants: what is handed to something that runs or loads it goes round again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from scanner.analysis.containers import HOLE, boxes, piece
from scanner.analysis.here import Here
from scanner.analysis.values import Unread, Value
from scanner.blob import Blob, BytesWindow, Fragment
from scanner.facts import Argument
from scanner.site import Step

# What the roles of the knowledge tables hold. ``None`` is looked at by content, like a file.
LANGUAGES: dict[str, str | None] = {
    "python": "python",
    "command": "shell",
    "argv": "shell",
    "program": "shell",
    "pickle": None,
    "marshal": "bytecode",
    "jinja": "jinja",
}
SHOWN = 72  # characters of code in a step
TELLING = {"python-code": "python", "shell-command": "command", "pickle-bytes": "pickle"}


def find_code(here: Here, callee: str, role: str, value: Value) -> None:
    """Queue the code that ``value`` holds, when it is handed to ``callee`` in this role."""
    language = LANGUAGES[role]
    if role == "program" and here.program.language == language:
        return  # a program that a command line runs by its path: that line again
    texts = {c.encode("utf-8", "surrogatepass") for c in value.consts if isinstance(c, str)}
    for content in _contents(role, value):
        # The same constant may also stand where no loader gets to: each moment is looked at by itself.
        key = (language, here.frame.trigger, content if isinstance(content, bytes) else content.trail)
        if key in here.machine.nested:
            continue
        step = Step(here.site, f"{callee} runs {_shown(content)}")
        unit = " @ " if here.program.unit == "offset" else ":"
        trail = (*here.program.trail, f"{callee}{unit}{here.at}")
        steps = (*here.frame.steps, step)
        window = BytesWindow(content) if isinstance(content, bytes) else content.window
        # What is handed over as text is the path of a file, unless it looks like a pickle itself.
        expected = "pickle" if role == "pickle" and content not in texts else None
        blob = Blob(trail, window, here.frame.trigger, steps, expected)
        script = here.program.script  # code in a script's constant is as much a script
        here.machine.nested[key] = (
            blob if language is None else Fragment(language, blob, blob.trigger, script)
        )


def _contents(role: str, value: Value) -> Iterator[bytes | Blob]:
    for constant in value.consts:
        if isinstance(constant, str):
            yield constant.encode("utf-8", "surrogatepass")
        elif isinstance(constant, bytes):
            yield constant
    for thing in value.objects:
        if isinstance(thing, Unread):
            yield thing.blob
    if role in ("command", "argv", "program") and not value.consts:
        lists = [box for box in boxes(value) if box.kind in ("list", "tuple") and box.items]
        for box in lists:
            yield " ".join(shlex.quote(piece(item)) for item in box.items).encode("utf-8", "surrogatepass")
        if not lists and value.parts and not value.names:
            yield value.parts[0].encode("utf-8", "surrogatepass")


def _shown(content: bytes | Blob) -> str:
    if isinstance(content, Blob):
        return f"{content.size:,} bytes of this file"
    text = " ".join(content[: 4 * SHOWN].decode("utf-8", "backslashreplace").split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + HOLE


def find_telling(here: Here, callee: str, argument: Argument, value: Value) -> None:
    """Queue code that an *unknown* callee is handed: nobody can say that it does not run it."""
    for indicator in argument.indicators:
        role = TELLING.get(indicator.kind)
        if role is not None:
            find_code(here, callee, role, value)
