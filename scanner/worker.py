"""The process that every parser runs in: it locks itself down, then answers one file at a time.

Its standard input is one end of a socket pair, and both sides talk in the frames of
:mod:`scanner.process`. First it is told its limits, and says which layers of the sandbox are in force.
Then each request says a path, with the open descriptor attached, and is answered with the report
(:mod:`scanner.wire`). There is nothing else that it could talk to, and it ends when the other side
closes.
"""

import _socket
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from scanner import sandbox, wire
from scanner.blob import Blob, FileWindow
from scanner.examine import account, examine
from scanner.finding import FileReport
from scanner.formats import formats
from scanner.knowledge.tables import knowledge
from scanner.languages import languages
from scanner.limits import Limits
from scanner.rules import rules

_CHANNEL = 0


def main(look: Callable[[Blob, Limits], FileReport] = examine) -> None:
    """Serve until the parent hangs up."""
    os.setsid()  # an interrupt from the keyboard is for the parent
    _let_go()
    channel = _socket.socket(fileno=_CHANNEL)
    formats(), languages(), rules(), knowledge()  # while importing is cheap
    frame = _receive(channel)
    if frame is None:
        return
    limits = Limits(**frame[0])
    _send(json.dumps({"layers": sandbox.enter(limits.memory)}).encode())
    while frame := _receive(channel):
        request, descriptor = frame
        try:
            _send(wire.encode(_answer(request["path"], descriptor, limits, look)))
        finally:
            os.close(descriptor)


def _let_go() -> None:
    """Close whatever we were given beyond the standard streams."""
    for name in os.listdir("/dev/fd"):
        try:
            if int(name) > 2:
                os.close(int(name))
        except OSError:
            pass  # the one by which the directory was listed


def _answer(
    path: str, descriptor: int, limits: Limits, look: Callable[[Blob, Limits], FileReport]
) -> FileReport:
    sandbox.limit_cpu(limits.seconds)
    size = os.fstat(descriptor).st_size
    try:
        return look(Blob((path,), FileWindow(descriptor, size)), limits)
    except (MemoryError, RecursionError):
        raise  # the artifact's doing: this process is spent, and the parent draws the conclusion
    except Exception as error:
        return FileReport(path, (), (), size, 0, 0.0, failure=account(error))


def _receive(channel: _socket.socket) -> tuple[dict[str, Any], int] | None:
    """The next frame and its descriptor (-1 without one); None when the parent has closed its end."""
    head, attached, _, _ = channel.recvmsg(4, _socket.CMSG_SPACE(4))
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
