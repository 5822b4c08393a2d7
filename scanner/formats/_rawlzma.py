"""Decoders for LZMA data whose parameters a container keeps, and for the filters in front of it.

ZIP and 7-Zip hold bare streams: neither header nor end mark. liblzma runs the filters (x86 and other
branch converters, delta) only in front of LZMA, and loses their last bytes when there is no end mark,
so a filter is run on its own: its data are wrapped as the uncompressed chunks of an LZMA2 stream, which
has one.
"""

import lzma
from collections.abc import Callable

from scanner.formats._decode import Decoder

DICTIONARY = 64 << 20  # bytes; the largest dictionary that is allocated
SMALLEST = 4096
MEMORY = 256 << 20  # what a decoder of xz may ask for; its presets ask for 65 MiB at most
PROPERTIES = 9 * 5 * 5
LARGEST_BITS = 40  # of LZMA2's dictionary byte
FILTERS = {
    "x86": lzma.FILTER_X86,
    "PowerPC": lzma.FILTER_POWERPC,
    "IA-64": lzma.FILTER_IA64,
    "ARM": lzma.FILTER_ARM,
    "ARM Thumb": lzma.FILTER_ARMTHUMB,
    "SPARC": lzma.FILTER_SPARC,
}


def xz() -> Decoder:
    """One xz stream."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)


def lzma1(properties: int, dictionary: int) -> Callable[[], Decoder] | None:
    """LZMA: ``properties`` is ``(position * 5 + literal) * 9 + context`` (7-Zip's ``lzma.txt``),
    ``dictionary`` bytes. Nothing if liblzma refuses these."""
    rest, context = divmod(properties, 9)
    position, literal = divmod(rest, 5)
    if properties >= PROPERTIES or context + literal > 4:
        return None
    chosen = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": min(max(dictionary, SMALLEST), DICTIONARY),
        "lc": context,
        "lp": literal,
        "pb": position,
    }
    return lambda: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])


def lzma2(bits: int) -> Callable[[], Decoder] | None:
    """LZMA2: ``bits`` is its one byte, a dictionary of 2 or 3 times a power of two."""
    if bits > LARGEST_BITS:
        return None
    size = min((2 | bits & 1) << (bits // 2 + 11), DICTIONARY)
    chosen = {"id": lzma.FILTER_LZMA2, "dict_size": size}
    return lambda: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])


def branches(architecture: str) -> Callable[[], Decoder]:
    """Absolute jump targets become relative again; the key of :data:`FILTERS`."""
    return lambda: _Filter({"id": FILTERS[architecture]})


def delta(distance: int) -> Callable[[], Decoder]:
    """Differences between bytes at this distance (1 to 256) become values again."""
    return lambda: _Filter({"id": lzma.FILTER_DELTA, "dist": distance})


class _Filter:
    """One filter as a decoder: input of any length, and an empty one when there is no more."""

    unused_data = b""

    def __init__(self, chosen: dict[str, int]) -> None:
        last = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}
        self._lzma = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen, last])
        self._control = b"\x01"  # an uncompressed chunk that begins a new dictionary; later ones do not

    @property
    def eof(self) -> bool:
        return self._lzma.eof

    @property
    def needs_input(self) -> bool:
        return self._lzma.needs_input and not self._lzma.eof

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if not self.needs_input:
            return self._lzma.decompress(b"", max_length)
        chunks = b"" if data else b"\0"
        for start in range(0, len(data), 1 << 16):
            chunk = data[start : start + (1 << 16)]
            chunks += self._control + (len(chunk) - 1).to_bytes(2, "big") + chunk
            self._control = b"\x02"
        return self._lzma.decompress(chunks, max_length)
