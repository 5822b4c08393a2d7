"""xz and the older ``.lzma`` ("LZMA alone"), the two faces of Python's :mod:`lzma`."""

import lzma
import struct
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._decode import FAULTS, Decoder, unwrap_stream
from scanner.limits import Budget

NAME = "xz"
MAGIC = b"\xfd7zXZ\x00"
SIGN = rb"\xfd7zXZ|.\0(?!\0{3}).{3}(?:\xff{8}|.{5}\0{3})"
ALONE = struct.Struct("<BIQ")  # properties, dictionary size, uncompressed size or all ones
PROPERTIES, USUAL = 9 * 5 * 5, 0x5D
PROBE = 1 << 20  # bytes decoded only to see whether that works
MEMORY = 256 << 20  # what a decoder may ask for; the presets of xz ask for 65 MiB at most


def matches(blob: Blob, head: bytes) -> bool:
    """The magic number of xz; ``.lzma`` has none, so its header must make sense and decode."""
    if head.startswith(MAGIC):
        return True
    if len(head) < ALONE.size:
        return False
    properties, dictionary, size = ALONE.unpack_from(head)
    ones = dictionary.bit_count()
    return (
        properties < PROPERTIES
        and dictionary >= 1 << 12
        and (ones == 1 or (ones == 2 and dictionary & (dictionary >> 1) != 0))
        and (size == 2**64 - 1 or 0 < size < 1 << 40)
        and _decodes(head, cut=blob.read_at(len(head), 1) != b"", usual=properties == USUAL)
    )


def _decodes(head: bytes, *, cut: bool, usual: bool) -> bool:
    """Random bytes decode for a while, so an unusual header needs more: a file that fits into the
    head must come to its end, a longer one must not break in it."""
    decoder = _open()
    try:
        decoded = decoder.decompress(head, PROBE)
    except FAULTS:
        return False
    return decoder.eof or cut or (usual and decoded != b"")


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """The decompressed stream."""
    return unwrap_stream(blob, budget, NAME, _open, (MAGIC,))


def _open() -> Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=MEMORY)
