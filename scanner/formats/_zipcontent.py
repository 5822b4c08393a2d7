"""The content of one ZIP member as a window, by compression method."""

import lzma
from collections.abc import Callable

from scanner.blob import SubWindow, Window
from scanner.formats._decode import DecodedWindow, Decoder, bzip2, raw_deflate
from scanner.formats._ziprecords import Entry
from scanner.limits import Budget

STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14  # APPNOTE.TXT 4.4.5
UNREAD = {9: "Deflate64", 93: "Zstandard", 95: "xz", 98: "PPMd", 99: "AES"}
LZMA_HEADER = 9  # version, size of the properties, the properties themselves
DICTIONARY = 64 << 20  # bytes; the largest LZMA dictionary that is allocated


def content(window: Window, entry: Entry, budget: Budget) -> Window | None:
    """The uncompressed content of ``entry``, or nothing when its method is one we cannot read.

    It has the size that the header declares, because no reader hands out more than that. Stored
    members may declare two sizes; the larger one shows all that any reader sees.
    """
    room = max(window.size - entry.data, 0)
    if entry.method == STORED:
        return SubWindow(window, entry.data, min(max(entry.packed, entry.size), room))
    packed = SubWindow(window, entry.data, min(entry.packed, room))
    opener = {DEFLATED: raw_deflate, BZIP2: bzip2}.get(entry.method)
    if entry.method == LZMA:
        opener = _lzma(packed.read_at(0, LZMA_HEADER))
        packed = SubWindow(packed, LZMA_HEADER, max(packed.size - LZMA_HEADER, 0))
    return opener and DecodedWindow(packed, opener, budget, declared=entry.size)


def _lzma(header: bytes) -> Callable[[], Decoder] | None:
    """A decoder for the LZMA properties in front of the data (APPNOTE.TXT 5.8.8)."""
    properties, dictionary = header[4:5], int.from_bytes(header[5:], "little")
    if len(header) < LZMA_HEADER or properties[0] >= 9 * 5 * 5:
        return None
    rest, context = divmod(properties[0], 9)
    position, literal = divmod(rest, 5)
    if context + literal > 4:  # liblzma refuses these
        return None
    chosen = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": min(max(dictionary, 4096), DICTIONARY),
        "lc": context,
        "lp": literal,
        "pb": position,
    }
    return lambda: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])
