"""What stands beside the numbers of a file whose format says where those are.

Where a loader reads numbers nobody looks (see :mod:`scanner.formats._buried`); what is between them belongs
to nobody, and may be anything.
"""

from collections.abc import Iterable, Iterator

from scanner.blob import Blob, SubWindow
from scanner.formats._decode import is_zero

SHORTEST = 64  # bytes; less is there so that numbers start at round addresses
PADDING = 1 << 16  # bytes that may be there for the same reason, as long as they are zero


def beside(blob: Blob, spans: Iterable[tuple[int, int]], start: int, stop: int) -> Iterator[Blob]:
    """The bytes from ``start`` to ``stop`` in no span (where it begins, where it ends), piece by piece."""
    at = start
    for first, end in sorted([*spans, (stop, stop)]):
        size = min(first, stop) - at
        if size >= SHORTEST and not (size <= PADDING and is_zero(SubWindow(blob.window, at, size))):
            yield blob.part(f"(bytes at {at})", at, size)
        at = max(at, end)
