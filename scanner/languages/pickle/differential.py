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
from scanner.languages.pickle.stream import LARGEST, SKIP, Exact, Tokens

_OPCODES = 200_000  # compared at most, at about half a million a second
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
# pickletools takes the text of Python 2 for ASCII, whatever wrote it; and we only compare so much.
_HONEST = (UnicodeDecodeError, MemoryError)


class Hollow(Exact):
    """The stream with zeros in place of large arguments, which a linear reader would only carry."""

    def read(self, count: int) -> bytes:
        if count < SKIP or count > self._blob.size - self.position:
            return super().read(count)
        if count > LARGEST:
            raise MemoryError
        self.skip(count)
        return bytes(count)

    def tell(self) -> int:
        return self.position


def compare(blob: Blob, reading: Reading, tokens: Tokens) -> Iterator[Anomaly]:
    """Anomalies of the pickle that ``reading`` has read: a refusal before its end, spliced memos."""
    file = Hollow(blob, tokens, reading.start)
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
