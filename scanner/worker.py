"""The process that every parser runs in: it locks itself down, then answers one file at a time.

Its standard input is one end of a socket pair. A request is a frame (length as four bytes, big
endian, then JSON) that says the path, with the open descriptor attached; an answer is a frame with the
report (:mod:`scanner.wire`). In between it may ask for other files of the same tree: ``{"want": [path,
…], "large": bool}``, answered with the path and the descriptor of the first that there is, or with null.
The first frame says which layers of the sandbox are in force. There is nothing else that it could talk
to, and it ends when the other side closes.
"""

import gc
import json
import os
import sys
from _socket import CMSG_LEN, socket  # the module around it takes longer to be imported than we do
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from scanner import sandbox, wire
from scanner.blob import Blob, BytesWindow, Neighbours, window
from scanner.errors import OverBudget
from scanner.examine import account, examine
from scanner.finding import FileReport
from scanner.formats import formats
from scanner.knowledge import patterns
from scanner.limits import Limits

_CHANNEL = 0
_DESCRIPTOR = 4  # bytes of one that is attached to a message

Look = Callable[[Blob, Limits, Neighbours, tuple[str, ...]], FileReport]


def main(look: Look | None = None) -> None:
    """Serve until the parent hangs up.

    The first frame says the limits and the user's patterns, the others the files. ``look`` is for tests.
    """
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # whatever the parent may have inherited
    channel = socket(fileno=_CHANNEL)
    formats()  # every file is held against all of them
    patterns.make_ready()
    if not sandbox.imports_survive():
        _import_all()
    gc.freeze()  # what has been imported stays
    gc.enable()
    frame = _receive(channel)
    if frame is None:
        return
    limits = Limits(**frame[0]["limits"])
    added = tuple(patterns.Source(name, text) for name, text in frame[0]["patterns"])
    look = look or partial(examine, added=added)
    layers = sandbox.enter(limits.memory)
    _send(json.dumps({"layers": layers}).encode())
    while frame := _receive(channel):
        request, descriptor = frame
        try:
            report = _answer(request, descriptor, limits, look, _Asking(channel))
            _send(wire.encode(report))
        finally:
            os.close(descriptor)


class _Asking(Struct):
    """The neighbours of one file, as its parent hands them out."""

    channel: socket

    def open(self, paths: Sequence[str], /, *, large: bool = False) -> Blob | None:
        named = [path for path in paths if "\0" not in path]  # no file is called so
        question = {"want": named[: wire.WANTED], "large": large}
        _send(json.dumps(question, separators=(",", ":")).encode())
        frame = _receive(self.channel)
        if frame is None:
            return None
        answer, descriptor = frame
        if descriptor < 0 and answer["path"] is not None:
            raise OverBudget("the limits of neighbours")
        if descriptor < 0:
            return None
        try:
            content = window(descriptor)
            return Blob((answer["path"],), BytesWindow(content.read_at(0, content.size)))
        finally:
            os.close(descriptor)


def _import_all() -> None:
    """What is otherwise imported when a file needs it."""
    import tokenize  # noqa: F401, PLC0415

    from scanner import languages, rules  # noqa: PLC0415
    from scanner.analysis import entry, machine  # noqa: F401, PLC0415
    from scanner.discovery import modules  # noqa: PLC0415
    from scanner.formats import _pythonsyntax  # noqa: F401, PLC0415
    from scanner.knowledge.tables import knowledge  # noqa: PLC0415

    list(modules(languages.__name__)), rules.rules(), knowledge()


def _answer(
    request: dict[str, Any], descriptor: int, limits: Limits, look: Look, neighbours: Neighbours
) -> FileReport:
    sandbox.limit_cpu(limits.seconds)
    path, size = request["path"], 0
    try:
        whole = window(descriptor)
        size = whole.size
        return look(Blob((path,), whole), limits, neighbours, tuple(request["users"]))
    except (MemoryError, RecursionError):
        raise  # the artifact's doing: this process is spent, and the parent draws the conclusion
    except Exception as error:
        return FileReport(path, (), (), size, 0, 0.0, failure=account(error))


def _receive(channel: socket) -> tuple[dict[str, Any], int] | None:
    """The next frame and its descriptor (-1: none); None when the parent has closed its end."""
    head, attached, _, _ = channel.recvmsg(4, CMSG_LEN(_DESCRIPTOR))
    if not head:
        return None
    length = int.from_bytes(head, "big")
    body = b""
    while len(body) < length:
        body += os.read(_CHANNEL, length - len(body))
    return json.loads(body), int.from_bytes(attached[0][2], sys.byteorder) if attached else -1


def _send(body: bytes) -> None:
    # With write: the sandbox allows no call that could name another peer.
    frame = memoryview(len(body).to_bytes(4, "big") + body)
    while frame:
        frame = frame[os.write(_CHANNEL, frame) :]
