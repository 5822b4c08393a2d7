"""LZ4 and Zstandard frames as decoders, by libraries that are imported when the first frame is met.

Both formats share their skippable frames, which may stand in front of any other.
"""

import sys
from typing import Any

from scanner.blob import Blob
from scanner.formats._decode import Decoder

ZSTANDARD, LZ4, LZ4_LEGACY = b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18"
SKIPPABLE = tuple(bytes((0x50 + i, 0x2A, 0x4D, 0x18)) for i in range(16))
SKIPPABLE_SIGN = rb"[\x50-\x5f]\x2a\x4d\x18"
_SKIPPED = 64  # skippable frames that are stepped over to see what follows


def first_frame(blob: Blob, head: bytes) -> bytes:
    """The magic number of the first frame that holds data; b"" if there is none."""
    at, magic = 0, head[:4]
    for _ in range(_SKIPPED):
        if magic not in SKIPPABLE:
            break
        at += 8 + int.from_bytes(blob.read_at(at + 4, 4), "little")
        magic = blob.read_at(at, 4)
    return magic if magic in (ZSTANDARD, LZ4, LZ4_LEGACY) else b""


def zstandard() -> Decoder:
    """One Zstandard or skippable frame. Windows of more than 128 MiB are refused, as by its readers."""
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 - few scans meet one
    else:
        from backports import zstd  # noqa: PLC0415

    return _Frame(zstd.ZstdDecompressor(), zstd.ZstdError)


def lz4() -> Decoder:
    """One LZ4 or skippable frame."""
    from lz4.frame import LZ4FrameDecompressor  # noqa: PLC0415 - few scans meet one

    return _Frame(LZ4FrameDecompressor(), RuntimeError)


class _Frame:
    """A library's decoder whose complaints are :class:`ValueError`, as those of Python's own are."""

    def __init__(self, decoder: Any, fault: type[Exception]) -> None:
        self._decoder = decoder
        self._fault = fault

    @property
    def eof(self) -> bool:
        return bool(self._decoder.eof)

    @property
    def needs_input(self) -> bool:
        return bool(self._decoder.needs_input) and not self.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data or b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        try:
            decoded: bytes = self._decoder.decompress(data, max_length)
        except self._fault as error:
            raise ValueError(str(error)) from None
        return decoded
