"""The content of one ZIP member as a window, by compression method."""

from collections.abc import Callable

from scanner.blob import SubWindow, Window
from scanner.formats._decode import DecodedWindow, Decoder, bzip2, raw_deflate
from scanner.formats._frames import zstandard
from scanner.formats._rawlzma import lzma1, xz
from scanner.formats._ziprecords import Entry
from scanner.limits import Budget

STORED, DEFLATED, BZIP2, LZMA, ZSTANDARD, XZ = 0, 8, 12, 14, 93, 95  # APPNOTE.TXT 4.4.5
OPENERS = {DEFLATED: raw_deflate, BZIP2: bzip2, ZSTANDARD: zstandard, XZ: xz}
UNREAD = {9: "Deflate64", 98: "PPMd", 99: "AES"}
LZMA_HEADER = 9  # version, size of the properties, the properties themselves


def content(window: Window, entry: Entry, budget: Budget) -> Window | None:
    """The uncompressed content of ``entry``, or nothing when its method is one we cannot read.

    It has the size that the header declares, because no reader hands out more than that. Stored
    members may declare two sizes; the larger one shows all that any reader sees.
    """
    room = max(window.size - entry.data, 0)
    if entry.method == STORED:
        return SubWindow(window, entry.data, min(max(entry.packed, entry.size), room))
    packed = SubWindow(window, entry.data, min(entry.packed, room))
    opener = OPENERS.get(entry.method)
    if entry.method == LZMA:
        opener = _lzma(packed.read_at(0, LZMA_HEADER))
        packed = SubWindow(packed, LZMA_HEADER, max(packed.size - LZMA_HEADER, 0))
    return opener and DecodedWindow(packed, opener, budget, declared=entry.size)


def _lzma(header: bytes) -> Callable[[], Decoder] | None:
    """A decoder for the LZMA properties in front of the data (APPNOTE.TXT 5.8.8)."""
    if len(header) < LZMA_HEADER:
        return None
    return lzma1(header[4], int.from_bytes(header[5:], "little"))
