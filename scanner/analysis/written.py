"""Files as variables: what a program puts into one and then runs, and what is in those beside it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from scanner.analysis import cut
from scanner.analysis.containers import HOLE, boxes, piece, spilled
from scanner.analysis.here import Here
from scanner.analysis.nested import find_code
from scanner.analysis.record import OWN_FILE, file_keys
from scanner.analysis.unread import Sibling
from scanner.analysis.values import UNKNOWN, Method, Object, Value, const, join, made

RUNS = frozenset({"code.run", "process.spawn", "tty.spawn", "code.import", "code.load"})
_READS = frozenset({"read", "read_text", "read_bytes", "readline", "readlines", "read1", "readall"})
_SCRIPTS = (".py", ".sh", ".bash")
_KEPT = 64  # files whose content is remembered


def remember(here: Here, target: Value, data: list[Value]) -> None:
    """Constants go into a file."""
    kept = here.machine.written
    for key in file_keys(target):
        for value in data:
            if (value.consts or cut.unfinished(value)) and (key in kept or len(kept) < _KEPT):
                kept[key] = join([kept[key], value]) if key in kept else value


def run(here: Here, callee: str, values: list[Value]) -> None:
    """What was written is run, or what stands beside the program is, if a path among ``values`` says so."""
    mentioned = list(dict.fromkeys(_texts(values)))
    names = {n.removesuffix(".name") for v in values for i in (v, *_items(v)) for n in i.names}
    for key, value in here.machine.written.items():
        if key in names or any(key in text for text in mentioned):
            _execute(here, callee, key, value)
    for text in mentioned:
        for word in text.split()[:8]:
            blob = here.machine.linker.blob(_places(here, word)) if word.endswith(_SCRIPTS) else None
            if blob is not None and blob.trail[:1] != here.program.trail[:1]:  # which is told already
                _execute(here, callee, word, const(blob.read_at(0, blob.size)))


def pour(targets: list[Value], everything: list[Value]) -> None:
    """Files in memory among ``targets`` may be written to with what else there is."""
    for box in (box for value in targets for box in boxes(value) if box.kind == "stream"):
        held = UNKNOWN.tainted(*(spilled(v) for v in everything if box not in v.objects))
        if held.sources:
            box.items.append(held)


def imported(here: Here, module: str) -> None:
    """A file that the program wrote is imported as a module."""
    name = f"{module.rpartition('.')[2]}.py"
    for key, value in here.machine.written.items():
        if posixpath.basename(key) == name:
            _execute(here, "import", key, value)


def _execute(here: Here, callee: str, path: str, content: Value) -> None:
    kinds = {i.kind for text in content.texts for i in here.machine.recorder.indicators(text)}
    python = "python-code" in kinds or path.endswith((".py", ".pyw"))
    role = "python" if python else "command"
    cut.tell(here, f"{callee} of {path}", [(path, role, content)])
    find_code(here, callee, role, content)


def _texts(values: list[Value]) -> Iterator[str]:
    for value in values:
        yield from value.texts[:4]
        for item in _items(value):
            yield from item.texts[:1]
        for box in boxes(value):
            yield " ".join(piece(item) for item in box.items[:16])


def _items(value: Value) -> list[Value]:
    return [item for box in boxes(value) for item in box.items[:16]]


def _places(here: Here, text: str) -> tuple[str, ...]:
    """Where in the tree a path that the program names may be: beside it, or below the top."""
    path = text.replace("\\", "/").strip("\"'")
    path = path.removeprefix(HOLE).lstrip("/") if path.startswith(HOLE) else path
    if not path or HOLE in path or "\0" in path or path.startswith("/") or len(path) > 512:
        return ()
    folder = posixpath.dirname(here.frame.module.path)
    return tuple(dict.fromkeys(posixpath.normpath(p) for p in (posixpath.join(folder, path), path)))


def opened(here: Here, given: list[tuple[str, str, Value]]) -> Value:
    """The file object of a path that is known: perhaps of a file in the tree."""
    modes = [c for _, role, v in given if role == "mode" for c in v.consts if isinstance(c, str)]
    for _, role, value in given:
        if role == "path":
            own = value.names == (OWN_FILE,)  # a program that looks for something in its own text
            others = (p for text in value.texts[:2] for p in _places(here, text))
            places = (here.frame.module.path,) if own else tuple(others)
            if places and (value.consts or value.parts or own):
                return made(Sibling(places, not any("b" in m for m in modes), here.machine.linker.blob))
    return UNKNOWN


def whole(callee: str, file: Value) -> Value:
    """What ``Path(…).read_text()`` and its like give, which open and read at once."""
    name = callee.rpartition(".")[2]
    return content(Method(file, name)) if name in ("read_text", "read_bytes") else UNKNOWN


def is_reading(thing: Object) -> bool:
    """Whether this is a call that reads a file of the tree."""
    return (
        isinstance(thing, Method)
        and thing.name in _READS
        and any(isinstance(o, Sibling) for o in thing.receiver.objects)
    )


def content(method: Method) -> Value:
    """What reading gives, if there is such a file."""
    found = [o.content() for o in method.receiver.objects if isinstance(o, Sibling)]
    known = [const(data) for data in found if data is not None]
    return join(known).tainted(Value(sources=method.receiver.sources)) if known else UNKNOWN
