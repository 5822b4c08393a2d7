"""7-Zip archives: checkpoints have been packed this way because scanners only knew ZIP.

Members of a folder are one compressed stream, read forwards. What Python cannot decode (PPMd, Deflate64,
BCJ2, AES) is reported by the name of its method.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import accumulate

from scanner.blob import Blob, SubWindow, Window
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats import _rawlzma as raw
from scanner.formats._decode import DecodedWindow, Decoder, bzip2, raw_deflate, trailing
from scanner.formats._frames import lz4, zstandard
from scanner.formats._names import leaves_folder
from scanner.formats._sevenzipheader import (
    ENCODED,
    HEADER,
    Coder,
    Contents,
    Folder,
    Reader,
    contents,
    streams,
)
from scanner.limits import Budget

NAME = "sevenzip"
STARTS = b"7"
MAGIC = b"7z\xbc\xaf\x27\x1c"
SIGN = re.escape(MAGIC)
START = struct.Struct("<6s2xIQQI")  # magic, checksum of what follows; header: offset, size, checksum
FIELDS = 12  # offset of the fields that the first checksum covers
NESTED = 4  # headers that are packed in streams of another header

LZMA_PROPERTIES = 5  # bytes: one of parameters, four of the dictionary's size
PLAIN: dict[bytes, Callable[[], Decoder]] = {
    b"\4\1\x08": raw_deflate,
    b"\4\2\2": bzip2,
    b"\4\xf7\x11\1": zstandard,
    b"\4\xf7\x11\4": lz4,
}
BRANCHES = {
    b"\4": "x86", b"\3\3\1\3": "x86", b"\5": "PowerPC", b"\3\3\2\5": "PowerPC", b"\6": "IA-64",
    b"\3\3\4\1": "IA-64", b"\7": "ARM", b"\3\3\5\1": "ARM", b"\x08": "ARM Thumb", b"\3\3\7\1": "ARM Thumb",
    b"\x09": "SPARC", b"\3\3\x08\5": "SPARC",
}  # fmt: skip
UNREAD = {
    b"\x0a": "an ARM64 filter", b"\x0b": "a RISC-V filter", b"\3\3\1\x1b": "BCJ2", b"\3\4\1": "PPMd",
    b"\4\1\x09": "Deflate64", b"\4\xf7\x11\2": "Brotli", b"\6\xf1\7\1": "AES (it is encrypted)",
}  # fmt: skip


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number."""
    return head.startswith(MAGIC)


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Every member's content, folder by folder, and whatever follows the header."""
    if blob.size < START.size:
        raise Malformed("the archive ends inside its first header")
    _, start_crc, offset, size, crc = START.unpack(blob.read_at(0, START.size))
    if zlib.crc32(blob.read_at(FIELDS, START.size - FIELDS)) != start_crc:
        yield Anomaly("malformed", "the checksum of the archive's first header is wrong", blob.site)
    begin = START.size + offset
    if size > budget.limits.constant:
        raise OverBudget(f"an archive header of {size:,} bytes")
    if begin + size > blob.size:
        yield from _behind(blob, START.size)
        raise Malformed(f"the archive header should end at {begin + size:,}, the file ends at {blob.size:,}")
    header = blob.read_at(begin, size)
    if zlib.crc32(header) != crc:
        yield Anomaly("malformed", "the checksum of the archive's header is wrong", blob.site)
    if size:
        yield from _members(blob, header, budget)
    yield from trailing(blob, begin + size, NAME)


def _behind(blob: Blob, start: int) -> Iterator[Blob]:
    if blob.size > start:
        yield blob.part("(without a header)", start, blob.size - start)


def _members(blob: Blob, header: bytes, budget: Budget) -> Iterator[Blob | Anomaly]:
    try:
        found = _header(blob, header, budget)
    except _Unread as reason:
        yield Anomaly("unsupported", f"the archive's list of members uses {reason}", blob.site)
        return
    named = list(zip(found.names, found.empty, strict=False))
    names = iter([name for name, empty in named if not empty])
    for name, _ in named:
        if leaves_folder(name):
            message = f"the member name {name} leaves the folder it is unpacked to"
            yield Anomaly("malformed", message, blob.site)
    budget.spend("parts", len(named))
    packed = _packed(blob, found)
    for folder, sizes in zip(found.streams.folders, found.streams.files, strict=False):
        own = [next(packed, None) for _ in folder.packed]
        members = [next(names, f"(member {i})") for i in range(len(sizes))]
        yield from _folder(blob, folder, own, list(zip(members, sizes, strict=True)), budget)


def _header(blob: Blob, header: bytes, budget: Budget) -> Contents:
    """The list of members, unpacked if it is packed itself."""
    for _ in range(NESTED):
        reader = Reader(header)
        kind = reader.number()
        if kind == HEADER:
            return contents(reader)
        if kind != ENCODED:
            break
        found = Contents(streams(reader))
        if len(found.streams.folders) != 1:
            break
        folder, packed = found.streams.folders[0], _packed(blob, found)
        window = _open(folder, [next(packed, None) for _ in folder.packed], budget)
        if window.size > budget.limits.constant:
            raise OverBudget(f"an archive header of {window.size:,} bytes")
        header = window.read_at(0, window.size)
    raise Malformed("the archive's header is none")


def _packed(blob: Blob, found: Contents) -> Iterator[Window]:
    at = START.size + found.streams.start
    for size in found.streams.packed:
        yield SubWindow(blob.window, at, min(size, max(blob.size - at, 0)))
        at += size


def _folder(
    blob: Blob, folder: Folder, packed: list[Window | None], members: list[tuple[str, int]], budget: Budget
) -> Iterator[Blob | Anomaly]:
    """The members that one run of coders gives."""
    try:
        window = _open(folder, packed, budget)
    except _Unread as reason:
        names = ", ".join(name for name, _ in members[:3]) + (" and others" if len(members) > 3 else "")
        yield Anomaly("unsupported", f"{names}: packed with {reason}, the content was not read", blob.site)
        return
    at = 0
    for name, size in members:
        yield blob.inner(name, SubWindow(window, at, size))
        at += size
    if window.size < at or (isinstance(window, DecodedWindow) and window.short):
        raise Malformed(f"the data of {members[0][0]} and what follows cannot be unpacked to their end")


class _Unread(Exception):  # noqa: N818
    """The data are packed in a way that is not decoded here; says which."""


def _open(folder: Folder, packed: list[Window | None], budget: Budget) -> Window:
    """The output of the folder's last coder, which reads that of another one, and so on."""
    inputs = list(accumulate((coder.inputs for coder in folder.coders), initial=0))
    chain: list[tuple[Callable[[], Decoder] | None, int]] = []
    index = folder.last
    for _ in folder.coders:
        chain.append((_opener(folder.coders[index]), folder.sizes[index]))
        source = inputs[index]
        if source not in folder.bound:
            break
        index = folder.bound[source]
    window = dict(zip(folder.packed, packed, strict=True)).get(source)
    if window is None:
        raise Malformed("the coders of the archive do not fit together")
    for opener, size in reversed(chain):
        if opener is not None:
            window = DecodedWindow(window, opener, budget, declared=size)
    return window


def _opener(coder: Coder) -> Callable[[], Decoder] | None:
    """A decoder for one coder; nothing for data that are stored as they are."""
    method, properties = coder.method, coder.properties
    opener = PLAIN.get(method)
    match method:
        case b"\0":  # Copy
            return None
        case b"\3\1\1" if len(properties) >= LZMA_PROPERTIES:
            opener = raw.lzma1(properties[0], int.from_bytes(properties[1:LZMA_PROPERTIES], "little"))
        case b"\x21" if properties:  # LZMA2
            opener = raw.lzma2(properties[0])
        case b"\3":  # Delta
            opener = raw.delta(properties[0] + 1 if properties else 1)
        case _ if method in BRANCHES:
            opener = raw.branches(BRANCHES[method])
    if opener is None or coder.inputs != 1:
        raise _Unread(UNREAD.get(method, f"method {method.hex()}"))
    return opener
