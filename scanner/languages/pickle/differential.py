"""Does a linear reader see the same stream? ``pickletools`` is the one that scanners are built on.

Only streams in which something is called are compared: a refusal is no news about harmless ones.
"""

import pickletools
from collections.abc import Iterator
from itertools import pairwise
from typing import IO, cast

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.languages.pickle.machine import Reading

_OPCODES = 200_000  # compared at most, at about half a million a second
_LARGEST = 16 << 20
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
# pickletools takes the text of Python 2 for ASCII, whatever wrote it; and we only compare so much.
_HONEST = (UnicodeDecodeError, MemoryError)


class _Hollow:
    """The stream with zeros in place of large arguments, which a linear reader would only carry."""

    def __init__(self, blob: Blob, start: int) -> None:
        self._blob = blob
        self._at = start

    def read(self, count: int) -> bytes:
        if count > _LARGEST:
            raise MemoryError
        count = max(0, min(count, self._blob.size - self._at))
        self._at += count
        return bytes(count) if count > 1 << 16 else self._blob.read_at(self._at - count, count)

    def readline(self) -> bytes:
        parts: list[bytes] = []
        while part := self._blob.read_at(self._at, 512):
            line, newline, _ = part.partition(b"\n")
            parts.append(line + newline)
            self._at += len(parts[-1])
            if newline or len(parts) * 512 > _LARGEST:
                break
        return b"".join(parts)

    def tell(self) -> int:
        return self._at


def compare(blob: Blob, reading: Reading) -> Iterator[Anomaly]:
    """Anomalies of the pickle that ``reading`` has read: a refusal before its end, spliced memos."""
    file = _Hollow(blob, reading.start)
    puts: list[tuple[int, int]] = []
    memoized = False
    at = reading.start
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(cast(IO[bytes], file))):
            if opcode.name in _PUTS and isinstance(argument, int):
                puts.append((argument, at))
            memoized |= opcode.name == "MEMOIZE"
            at = file.tell()
            if count >= _OPCODES:
                break
    except _HONEST:
        pass
    except Exception as error:  # pickletools fails in many ways
        if at < reading.end:
            message = f"pickletools refuses what a loader accepts: {str(error)[:120]}"
            yield Anomaly("differential", message, blob.site.at(offset=at))
    yield from _splices(blob, puts, memoized)


def _splices(blob: Blob, puts: list[tuple[int, int]], memoized: bool) -> Iterator[Anomaly]:
    """Picklers number what they memoize without holes, and never mix the two ways of doing so."""
    if memoized and puts:
        message = "Memo entries are numbered by two different writers"
        yield Anomaly("splice", message, blob.site.at(offset=puts[0][1]))
        return
    holes = [at for (before, _), (after, at) in pairwise(puts) if after != before + 1]
    if holes:
        message = "The memo numbers have a hole where something was spliced in"
        yield Anomaly("splice", message, blob.site.at(offset=holes[0]))
