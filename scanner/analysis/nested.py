"""Code in constants: what is handed to something that runs or loads it goes round again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from msgspec.structs import replace

from scanner.analysis import inline
from scanner.analysis.containers import HOLE, boxes, piece
from scanner.analysis.here import Here
from scanner.analysis.unread import Unread
from scanner.analysis.values import UNKNOWN, Box, Value
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
    "bytes": None,  # where a path is expected, say
    "marshal": "bytecode",
    "jinja": "jinja",
    "yaml": "yaml",
}
SHOWN = 72  # characters of code in a step
TELLING = {"python-code": "python", "shell-command": "command", "pickle-bytes": "pickle"}


def find_code(
    here: Here, callee: str, role: str, value: Value, kind: str = "", namespace: Box | None = None
) -> list[Value]:
    """Run the code that ``value`` holds, when it is handed to ``callee`` in this role, or queue it if
    it has nothing to do with this program's variables. What expressions in it are is returned."""
    language = LANGUAGES[role]
    results: list[Value] = []
    if role == "program" and here.program.language == language:
        return results  # a program that a command line runs by its path: that line again
    texts = {c.encode("utf-8", "surrogatepass") for c in value.consts if isinstance(c, str)}
    for content in _contents(here, role, value):
        if callee.startswith("pandas.") and isinstance(content, bytes):  # ``@`` marks variables in a query
            content = content.replace(b"@", b"")  # noqa: PLW2901
        # The same constant may also stand where no loader gets to: each moment is looked at by itself.
        told = content if isinstance(content, bytes) else content.trail
        key = (language, here.frame.trigger, told, id(namespace) if namespace else None)
        if key in here.machine.evaluated:
            results.append(here.machine.evaluated[key])
            continue
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
        if language is None:
            here.machine.nested[key] = blob
            continue
        fragment = Fragment(language, blob, blob.trigger, script)
        if language == "shell":
            here.machine.nested[key] = fragment
        if language == "shell" or (language == "python" and kind in inline.KINDS):
            here.machine.evaluated[key] = UNKNOWN
            known = value.known or language == "shell"
            result = inline.run(here, fragment, namespace, certain=known)
            if result is not None:
                here.machine.evaluated[key] = result
                results.append(result)
                if language == "shell":
                    here.machine.nested[key] = replace(fragment, ran=True)
                continue
            del here.machine.evaluated[key]
        here.machine.nested[key] = fragment
    return results


def _contents(here: Here, role: str, value: Value) -> Iterator[bytes | Blob]:
    for constant in value.consts:
        if isinstance(constant, str):
            yield constant.encode("utf-8", "surrogatepass")
        elif isinstance(constant, bytes):
            yield constant
    for thing in value.objects:
        if isinstance(thing, Unread):
            yield thing.blob
    if role == "python":
        for item in (i for box in boxes(value) if not value.consts for i in box.items[:16]):
            yield from _contents(here, role, item)
    if role == "python" and not value.consts and not value.objects:  # it went through something unknown
        for part in value.parts:
            if any(i.kind == "python-code" for i in here.machine.recorder.indicators(part)):
                yield part.encode("utf-8", "surrogatepass")
    if role in ("command", "argv", "program") and not value.consts:
        lists = [box for box in boxes(value) if box.kind in ("list", "tuple") and box.items]
        for box in lists:
            if (
                role == "command"
            ):  # no program takes a list here; ``numpy.vectorize`` has one line after another
                yield from (c for item in box.items[:16] for c in _contents(here, role, item))
                continue
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
