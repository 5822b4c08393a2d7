"""The parent's side of a remote window: a descriptor that a worker without a network can read through.

A worker gets one end of a socket pair in place of an open file (:class:`scanner.blob.RemoteWindow` says
what is spoken on it); a thread at the other end fetches what the worker asks for. Whatever the worker
asks is only ever a range of this one object, and the thread ends when the worker closes its end.
"""

import contextlib
import socket
import struct
import threading

from scanner.blob import AT_ONCE, QUESTION, REPLY, SIZE
from scanner.collect.lfs.remote import Remote

_REASON = 500  # bytes of one


def descriptor(remote: Remote, size: int) -> int:
    """A new descriptor through which ``remote`` can be read; the caller closes it."""
    ours, theirs = socket.socketpair()
    threading.Thread(target=_serve, args=(remote, size, ours), daemon=True).start()
    return theirs.detach()


def _serve(remote: Remote, size: int, channel: socket.socket) -> None:
    with channel, contextlib.closing(remote), contextlib.suppress(OSError):
        channel.sendall(struct.pack(SIZE, size))
        while question := _exactly(channel, struct.calcsize(QUESTION)):
            offset, count = struct.unpack(QUESTION, question)
            try:
                data, failed = remote.read_at(offset, min(count, AT_ONCE)), False
            except OSError as error:
                data, failed = str(error).encode("utf-8", "replace")[:_REASON], True
            channel.sendall(struct.pack(REPLY, failed, len(data)) + data)


def _exactly(channel: socket.socket, count: int) -> bytes:
    """So many bytes, or none when the other side has closed."""
    data = b""
    while len(data) < count:
        more = channel.recv(count - len(data))
        if not more:
            return b""
        data += more
    return data
