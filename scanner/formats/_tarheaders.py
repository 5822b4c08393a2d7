"""The 512-byte blocks of tar archives: ustar, GNU and pax.

Source: POSIX.1-2017 ``pax``, the GNU tar manual ("Basic Tar Format", "Storing Sparse Files") and
CPython's ``tarfile``. Sizes and offsets are bytes.
"""

from collections.abc import Iterator

from msgspec import Struct

from scanner.blob import Window

BLOCK = 512
SPARSE_MAP = 100_000  # stretches of one sparse member
_ASCII = bytes(range(128))
_HEADER_STRETCHES, _MORE_STRETCHES = 4, 21


class Header(Struct, frozen=True):
    """One header block. ``size`` is the length of the data that follows in the archive."""

    name: bytes
    kind: bytes
    size: int
    link: bytes
    block: bytes

    @property
    def sparse(self) -> bool:
        return self.kind == b"S"


def header(block: bytes) -> Header | None:
    """The header in a block, or nothing when the checksum is wrong. Both ways of summing that exist
    in the wild, of unsigned and of signed bytes, are accepted."""
    if len(block) < BLOCK:
        return None
    claimed = number(block[148:156])
    rest = block[:148] + b" " * 8 + block[156:]
    unsigned = sum(rest)
    if claimed != unsigned and claimed != unsigned - 256 * len(rest.translate(None, _ASCII)):
        return None
    size = number(block[124:136])
    if size is None or size < 0:
        return None
    name = cut(block[:100])
    if block[257:263] == b"ustar\0" and (prefix := cut(block[345:500])):
        name = prefix + b"/" + name
    return Header(name, block[156:157], size, cut(block[157:257]), block)


def number(data: bytes) -> int | None:
    """An octal number, or a binary one when the top bit is set."""
    if data[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(data[1:], "big") - (256 ** (len(data) - 1) if data[0] == 0xFF else 0)
    digits = cut(data).strip()
    if digits.strip(b"01234567"):
        return None
    return int(digits or b"0", 8)


def decimal(digits: bytes | None, default: int) -> int:
    """A decimal number of a pax header, or ``default`` if it is not one."""
    return int(digits) if digits and digits.isdigit() and len(digits) < 20 else default


def cut(data: bytes) -> bytes:
    """Up to the first NUL."""
    return data.split(b"\0", 1)[0]


def records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The ``length key=value`` records of a pax header, up to the first that is broken."""
    while data:
        length, found, _ = data[:20].partition(b" ")
        if not found or not length.isdigit() or not len(length) < int(length) <= len(data):
            return
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        yield key, value
        data = data[int(length) :]


class SparseWindow(Struct, frozen=True):
    """A file with holes. ``stretches`` are (offset in the file, offset in ``data``, length)."""

    data: Window
    stretches: tuple[tuple[int, int, int], ...]
    size: int

    def read_at(self, offset: int, count: int) -> bytes:
        count = min(count, self.size - offset)
        if count <= 0:
            return b""
        out = bytearray(count)
        for start, source, length in self.stretches:
            low, high = max(start, offset), min(start + length, offset + count)
            if low < high:
                part = self.data.read_at(source + low - start, high - low)
                out[low - offset : low - offset + len(part)] = part
        return bytes(out)


def gnu_map(window: Window, position: int, block: bytes) -> tuple[list[tuple[int, int]], int, int]:
    """The old GNU map of a sparse member: (offset, length) pairs, the real size, and where the data
    start. ``position`` is behind the header, where more of the map may follow."""
    pairs = _pairs(block[386:482], _HEADER_STRETCHES)
    real = number(block[483:495]) or 0
    more = block[482:483] not in (b"\0", b"")
    while more and len(pairs) < SPARSE_MAP:
        block = window.read_at(position, BLOCK)
        pairs += _pairs(block, _MORE_STRETCHES)
        more = len(block) == BLOCK and block[504] != 0
        position += BLOCK
    return pairs, real, position


def _pairs(data: bytes, count: int) -> list[tuple[int, int]]:
    found = []
    for start in range(0, count * 24, 24):
        offset, length = number(data[start : start + 12]), number(data[start + 12 : start + 24])
        if offset is not None and length:
            found.append((offset, length))
    return found


def pax_map(window: Window, pax: dict[bytes, bytes]) -> tuple[list[tuple[int, int]], int] | None:
    """The pax map of a sparse member, in the header (0.1) or before the data (1.0), and where the
    data start in ``window``. Nothing when there is none or when it is broken."""
    if b"GNU.sparse.map" in pax:
        numbers, start = pax[b"GNU.sparse.map"].split(b","), 0
    elif pax.get(b"GNU.sparse.major") == b"1":
        lines = window.read_at(0, 1 << 20).split(b"\n")
        count = decimal(lines[0], 0)
        numbers = lines[1 : 1 + 2 * min(count, SPARSE_MAP)]
        used = len(lines[0]) + 1 + sum(len(line) + 1 for line in numbers)
        start = -(-used // BLOCK) * BLOCK
    else:
        return None
    if len(numbers) % 2 or len(numbers) > 2 * SPARSE_MAP or not all(map(bytes.isdigit, numbers)):
        return None
    values = [decimal(n, 0) for n in numbers]
    return list(zip(values[::2], values[1::2], strict=True)), start
