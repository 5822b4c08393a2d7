"""An object that is elsewhere: read in ranges, each byte at most once, and checked when it is whole.

The loaders' way through a file decides what is asked for: a jump costs a few kilobytes, and reading on
from there costs ever more at a time, so that neither a directory of names nor a long stream is slow.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from typing import BinaryIO

from scanner import http
from scanner.collect.lfs.batch import Place, Server, locate, refused
from scanner.collect.lfs.meter import Meter
from scanner.collect.lfs.spans import Spans
from scanner.collect.pointer import Pointer

# Bytes after a jump: in a checkpoint, the end of one member, the header of the next one and the beginning of
# its content (scanner.formats.NUMBERS), so that each of thousands of tensors costs one request. No power of
# two: looking at 4096, 8192, 16384, … (where HDF5 may begin) must not be taken for reading on.
JUMP = 2200
AHEAD = 4 << 20  # bytes that are fetched at most when reading goes straight on
WHOLE = 64 << 10  # bytes up to which an object is fetched at once
UNRANGED = 512 << 20  # bytes up to which an object is taken whole from a server that knows no ranges
PATIENCE = 600.0  # seconds that are spent on waiting for one object
_REDIRECTS = 3
_EXPIRED = {401, 403, 404, 410}


class Remote:
    """One object; ``meter`` is told what it costs."""

    def __init__(self, pointer: Pointer, place: Place, server: Server, meter: Meter) -> None:
        self._pointer, self._place, self._server, self._meter = pointer, place, server, meter
        self._connections = http.Connections()
        self._spool: BinaryIO = tempfile.TemporaryFile(prefix="modelgate-")  # noqa: SIM115 - see close
        self._here = Spans()
        self._next = -1  # where the last request ended
        self._stride = JUMP  # bytes to ask for at a time
        self._checked = False
        self._failure = ""

    def read_at(self, offset: int, count: int) -> bytes:
        """Up to ``count`` bytes; OSError, with the reason, when they cannot be had or are wrong."""
        if self._failure:  # one that is asked again would only cost its patience once more
            raise OSError(self._failure)
        count = max(0, min(count, self._pointer.size - offset))
        try:
            self._obtain(offset, offset + count)
        except OSError as error:
            self._failure = str(error)
            raise
        self._spool.seek(offset)
        return self._spool.read(count)

    def close(self) -> None:
        self._spool.close()
        self._connections.close()

    def _obtain(self, start: int, stop: int) -> None:
        """The bytes from ``start`` up to ``stop``, fetched if they are not here."""
        while gap := self._here.gap(start, stop):
            self._fetch(gap[0], stop)
        if not self._checked and self._here.gap(0, self._pointer.size) is None:
            self._check()

    def _fetch(self, start: int, wanted: int) -> None:
        """What is missing from ``start`` up to ``wanted``, and more as far as reading goes on."""
        stride = min(self._stride * 2, AHEAD) if start == self._next else JUMP
        stop = max(min(wanted, start + AHEAD), start + stride)
        if self._pointer.size <= WHOLE:
            start, stop = 0, self._pointer.size
        missing = self._here.gap(start, self._pointer.size)
        stop = min(stop, missing[1]) if missing else stop
        with self._meter:
            self._request(start, stop)
        self._next, self._stride = stop, stride

    def _hurry(self) -> None:
        if self._meter.waited() > PATIENCE:
            came = self._meter.transferred
            raise OSError(f"the network is too slow: {came:,} bytes came in {PATIENCE:,.0f} seconds")

    def _request(self, start: int, stop: int) -> None:
        """The bytes from ``start`` to ``stop``, or everything if the server does not know ranges."""
        self._hurry()
        answer = self._ask(start, stop)
        if answer.status in _EXPIRED:  # addresses are given for minutes
            place = locate(self._server, [self._pointer])[self._pointer]
            if isinstance(place, str):
                raise OSError(place)
            self._place = place
            answer = self._ask(start, stop)
        if answer.status == 206:
            self._here.add(start, stop)
        elif answer.status == 200:
            self._here.add(0, self._pointer.size)
        else:
            self._hurry()
            raise OSError(refused(answer))

    def _ask(self, start: int, stop: int) -> http.Answer:
        headers = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        request = http.Request(self._place.href, headers, self._place.headers, redirects=_REDIRECTS)
        return http.insist(lambda: self._receive(request, start, stop))

    def _receive(self, request: http.Request, start: int, stop: int) -> http.Answer:
        """One exchange whose body goes to where it belongs in the spool, if it is what was asked for."""
        size = self._pointer.size
        came = 0
        wanted = -1

        def accept(status: int, headers: Mapping[str, str]) -> http.Sink:
            nonlocal wanted
            if headers.get("content-encoding", "identity") != "identity":
                raise OSError("the server compresses what it was asked to send as it is")
            match status, headers.get("content-range", ""):
                case 206, told if told == f"bytes {start}-{stop - 1}/{size}":
                    wanted = stop - start
                    self._spool.seek(start)
                case 200, _ if size <= UNRANGED or stop - start == size:
                    wanted = size
                    self._spool.seek(0)
                case 200, _:
                    raise OSError(f"the server knows no ranges, and the object has {size:,} bytes")
                case _, told:
                    raise OSError(f"the server sends something else than was asked for ({status} {told!r})")
            return take

        def take(data: bytes) -> None:
            nonlocal came
            came += len(data)
            self._meter.transferred += len(data)
            self._hurry()
            self._spool.write(data)

        answer = http.send(request, size, accept, self._connections)
        if answer.status in (200, 206) and came != wanted:
            return http.Answer(0, {}, f"{came:,} of {wanted:,} bytes came".encode())
        return answer

    def _check(self) -> None:
        """An object that is here from end to end must be the one that the pointer stands for."""
        self._spool.seek(0)
        found = hashlib.file_digest(self._spool, "sha256").hexdigest()  # type: ignore[arg-type]
        if found != self._pointer.oid:
            raise OSError(f"the server's content has another SHA-256 than the pointer says: {found}")
        self._checked = self._meter.checked = True
