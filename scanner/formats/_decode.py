"""Compressed streams as windows: decoded forwards, in bounded memory, and only as far as asked."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from scanner.blob import Blob, NearWindow, SubWindow, Window
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.limits import Budget

CHUNK = 1 << 16
KEPT = 1 << 20  # bytes of the start that are kept, so that looking twice is cheap
TAIL = 1 << 16  # bytes of the end that are kept once the end has been seen
MAGIC = 8  # bytes, at least those of the longest magic number
BLANK = 64  # bytes of white space that transfers leave behind a file
FREE = 2  # passes over the same stream that are spent only once
FAULTS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError)


class Decoder(Protocol):
    """What ``bz2`` and ``lzma`` call a decompressor."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class Inflate:
    """zlib's decompressor in the words of the others. ``wbits`` as in :func:`zlib.decompressobj`."""

    def __init__(self, wbits: int) -> None:
        self._zlib = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.eof and not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max(max_length, 0))


def raw_deflate() -> Decoder:
    """The body of a ZIP member."""
    return Inflate(-zlib.MAX_WBITS)


def bzip2() -> Decoder:
    """One bzip2 stream."""
    return bz2.BZ2Decompressor()


def opens(decoder: Decoder, data: bytes, *, whole: bool, enough: int = 64) -> bool:
    """Whether ``data`` decodes without complaint to its end or to ``enough`` bytes; if it is the
    ``whole`` of a stream that was cut, to anything at all, because a loader reads that as well."""
    try:
        decoded = decoder.decompress(data, enough)
    except FAULTS:
        return False
    return len(decoded) >= enough or decoder.eof or (whole and decoded != b"")


class DecodedWindow:
    """What a decoder makes of ``source``.

    Reading forwards costs what it decodes; reading backwards past the kept start begins again. A
    stream that breaks simply ends there, and :attr:`fault` says why: whatever came out before the
    break is what a loader would have seen. Bytes are spent as ``unpacked`` when they are new, and on
    every pass after the second (finding the size takes one pass, reading another).

    ``declared`` is the size in bytes that the container promises; without it the size is found by
    decoding to the end once. ``again`` holds the magic numbers of streams that may follow.
    """

    def __init__(
        self,
        source: Window,
        opener: Callable[[], Decoder],
        budget: Budget,
        *,
        declared: int | None = None,
        again: tuple[bytes, ...] = (),
    ) -> None:
        self._source = source
        self._opener = opener
        self._budget = budget
        self._declared = declared
        self._again = again
        self._kept = bytearray()
        self._reached = 0  # the furthest position ever decoded
        self._length: int | None = None  # the real end, once seen
        self._end = 0  # the same in ``source``
        self._passes = 0
        self.fault: str | None = None
        self._restart()

    def _restart(self) -> None:
        self._decoder = self._opener()
        self._passes += 1
        self._fed = 0
        self._position = 0
        self._recent = b""

    @property
    def size(self) -> int:
        return self._declared if self._declared is not None else self.finish()

    @property
    def end(self) -> int:
        """Where in ``source`` the compressed data ends; meaningful after :meth:`finish`."""
        return self._end

    @property
    def short(self) -> bool:
        """Whether reading has shown that there is less than was declared."""
        return self._length is not None and self._declared is not None and self._length < self._declared

    def finish(self) -> int:
        """Decode to the end, unless that has happened, and return the real length in bytes."""
        while self._length is None:
            self._decode()
        return self._length

    def read_at(self, offset: int, count: int) -> bytes:
        if self._declared is not None:
            count = min(count, self._declared - offset)
        if count <= 0:
            return b""
        stop = offset + count
        while self._length is None and self._reached < min(stop, KEPT):
            self._decode()
        if stop <= len(self._kept) or self._length == len(self._kept):
            return bytes(self._kept[offset:stop])
        return self._read_far(offset, stop)

    def _read_far(self, offset: int, stop: int) -> bytes:
        if self._length is not None:
            stop = min(stop, self._length)
        if offset >= stop:
            return b""
        if offset < self._position - len(self._recent):
            self._restart()
        parts: list[bytes] = []
        while True:
            start = self._position - len(self._recent)
            if stop > start and offset < self._position:
                part = self._recent[max(offset - start, 0) : stop - start]
                parts.append(part)
                offset = max(offset, start) + len(part)
            if offset >= stop or self._position == self._length:
                return b"".join(parts)
            self._decode()

    def _decode(self) -> None:
        """Decode one more chunk, or find the end."""
        hungry = self._decoder.needs_input
        fed = self._feed()
        try:
            data = self._decoder.decompress(fed, CHUNK)
        except FAULTS as error:
            self._close(str(error) or type(error).__name__)
            return
        if hungry and not fed and not data and not self._decoder.eof:
            self._close("the compressed data ends too early")
            return
        self._position += len(data)
        self._recent = (self._recent + data)[-max(TAIL, len(data)) :]
        fresh = max(self._position - self._reached, 0)
        if self._reached < KEPT:
            self._kept += data[len(data) - fresh :][: KEPT - self._reached]
        self._reached += fresh
        if self._decoder.eof and not self._next_stream():
            self._close(None)
        self._budget.spend("unpacked", fresh if self._passes <= FREE else len(data))

    def _feed(self) -> bytes:
        if not self._decoder.needs_input:
            return b""
        data = self._source.read_at(self._fed, CHUNK)
        self._fed += len(data)
        return data

    def _next_stream(self) -> bool:
        """Go on with a stream that directly follows, as readers of all of these formats do."""
        end = self._fed - len(self._decoder.unused_data)
        if not self._again or not self._source.read_at(end, MAGIC).startswith(self._again):
            return False
        self._fed = end
        self._decoder = self._opener()
        return True

    def _close(self, fault: str | None) -> None:
        if self._length is None:
            self._length = self._position
            self._end = self._fed - len(self._decoder.unused_data)
            self.fault = fault


def decoded(window: Window) -> DecodedWindow | None:
    """The stream that a window is a part of, if it is one."""
    while isinstance(window, (SubWindow, NearWindow)):
        window = window.whole
    return window if isinstance(window, DecodedWindow) else None


def cheap_end(window: Window) -> bool:
    """Whether looking at the end of a window takes no more than decoding its kept start."""
    stream = decoded(window)
    return stream is None or not stream.read_at(KEPT, 1)


def unwrap_stream(
    blob: Blob, budget: Budget, name: str, opener: Callable[[], Decoder], again: tuple[bytes, ...] = ()
) -> Iterator[Blob | Anomaly]:
    """The content of a file that is one compressed stream, and whatever stands behind it."""
    window = DecodedWindow(blob.window, opener, budget, again=again)
    yield blob.inner(name, window)
    window.finish()
    if window.fault:
        raise Malformed(f"the {name} stream breaks after {window.size:,} bytes: {window.fault}")
    yield from trailing(blob, window.end, name)


def trailing(blob: Blob, end: int, name: str) -> Iterator[Blob | Anomaly]:
    """Whatever follows the end of a format at offset ``end``, unless it is zero padding or line ends."""
    rest = SubWindow(blob.window, end, max(blob.size - end, 0))
    blank = rest.size <= BLANK and not rest.read_at(0, BLANK).strip()
    if rest.size and not blank and not is_zero(rest):
        message = f"{rest.size:,} bytes follow the end of the {name} data"
        yield Anomaly("polyglot", message, blob.site.at(offset=end))
        yield blob.inner("(trailing data)", rest)


def is_zero(window: Window) -> bool:
    """Whether a window holds nothing but zero bytes."""
    for offset in range(0, window.size, CHUNK):
        data = window.read_at(offset, CHUNK)
        if data.count(0) != len(data):
            return False
    return True
