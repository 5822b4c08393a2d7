"""The records of a ZIP archive, each read as leniently as the most lenient loader reads it.

Source: PKWARE APPNOTE.TXT 6.3.10, CPython's ``zipfile`` and miniz, which PyTorch uses. All numbers
are little-endian; offsets are bytes from the start of the window.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from scanner.blob import Window

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR64, DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
_LOCAL = struct.Struct("<4s2xHHxxxxIIIHH")  # flags method crc packed size name extra
CENTRAL_RECORD = struct.Struct("<4s4xHHxxxxIIIHHH8xI")  # the same, comment, header
_END = struct.Struct("<4s6xHIIH")  # entries size offset comment
_END64 = struct.Struct("<4s28xQQQ")  # entries size offset
_LOCATOR64 = struct.Struct("<4s4xQ4x")
ENOUGH = 1 << 10  # bytes of an entry with its texts
AHEAD = 1 << 16  # bytes of a directory that are fetched at once
USUAL = 256  # bytes of a local header with its texts
COMMENT = 0xFFFF  # the longest comment
END_RECORD = _END.size  # bytes, without the comment
TAIL = END_RECORD + COMMENT
ATTEMPTS = 64  # end records that are tried; an honest archive has one
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF  # what a field says whose value is in a 64-bit record
ZIP64 = 1  # id of the extra field
STREAMED = 0x08  # flag: sizes and checksum follow the data


class Directory(Struct, frozen=True):
    """One central directory: where it starts, where it must have stopped, how many entries it promises,
    by how much the offsets of its entries have to be shifted, and where its end records lie."""

    start: int
    stop: int
    count: int
    shift: int
    records: tuple[tuple[int, int], ...]


class Entry(NamedTuple):
    """One member as one of its headers describes it. ``header`` is the offset of the local header
    (before any shift), ``data`` the one behind the header: of the content, if the header is local.

    A tuple, because headers are compared by runs of their fields."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    header: int
    data: int
    extra: bytes = b""
    comment: bytes = b""

    @property
    def identity(self) -> tuple[object, ...]:
        """Everything but what stands beside the content."""
        return self[:8]

    def agrees(self, central: "Entry") -> bool:
        """Whether a local header says what the directory says, or leaves that open as streaming does."""
        sizes = self[3:6]
        same = sizes == central[3:6] or (self.flags & STREAMED != 0 and not any(sizes))
        return same and self[:3] == central[:3]


def directories(window: Window, tail: int = TAIL) -> list[Directory]:
    """The central directories that loaders might pick, in the order of the file: those of the last
    end record in the last ``tail`` bytes that leads to one. Its offset is taken both ways, from the
    start of the file (miniz) and back from the end record (zipfile)."""
    for reach in dict.fromkeys((END_RECORD, tail)):  # as a rule nothing follows the record: 22 bytes will do
        if found := _last(window, max(window.size - reach, 0), reach):
            return found
    return []


def _last(window: Window, base: int, reach: int) -> list[Directory]:
    """Those of the last end record in ``reach`` bytes that leads to one."""
    data = window.read_at(base, reach)
    position = len(data)
    for _ in range(ATTEMPTS):
        position = data.rfind(END, 0, position)
        if position < 0:
            break
        record = data[position : position + _END.size]
        found = {
            (d.start, d.shift): d for d in reversed(list(_at_end_record(window, base + position, record)))
        }
        if found:
            return [found[key] for key in sorted(found)]
    return []


def _at_end_record(window: Window, position: int, record: bytes) -> Iterator[Directory]:
    if len(record) < _END.size:
        return
    _, count, size, offset, comment = _END.unpack(record)
    records = [(position, min(position + _END.size + comment, window.size))]
    claims = []  # the 64-bit record first, because it knows the real numbers
    locator = window.read_at(max(position - _LOCATOR64.size, 0), _LOCATOR64.size)
    if len(locator) == _LOCATOR64.size and locator.startswith(LOCATOR64):
        records.append((position - _LOCATOR64.size, position))
        near = position - _LOCATOR64.size - _END64.size
        for place in dict.fromkeys((_LOCATOR64.unpack(locator)[1], near)):
            large = window.read_at(max(place, 0), _END64.size)
            if len(large) == _END64.size and large.startswith(END64):
                records.append((place, place + _END64.size))
                claims.append((place, *_END64.unpack(large)[1:]))
    # zipfile counts back from the 64-bit record when there is one, and from this one otherwise.
    claims.append((offset + size if claims else position, count, size, offset))
    for at, entries, length, first in claims:
        for start in dict.fromkeys((first, at - length)):
            if not 0 <= start <= at:
                continue
            if window.read_at(start, 4) == CENTRAL or (entries == length == 0 and start == at):
                yield Directory(start, position, entries, start - first, tuple(records))


class Cursor(Struct):
    """The entries that stand one after the other from the start of a directory."""

    window: Window
    position: int  # of the next one
    stop: int
    start: int = 0
    data: bytes = b""  # what has been fetched, from ``start``

    def ahead(self) -> tuple[bytes, int]:
        """Some bytes and where among them the next entry begins, whole but for very long texts."""
        at = self.position - self.start
        if len(self.data) - at < ENOUGH and self.start + len(self.data) < self.stop:
            room = max(min(self.stop - self.position, AHEAD), CENTRAL_RECORD.size)
            self.start, self.data, at = self.position, self.window.read_at(self.position, room), 0
        return self.data, at

    def skip(self, length: int) -> None:
        """Pass by the next entry, which has ``length`` bytes of texts."""
        self.position += CENTRAL_RECORD.size + length

    def next(self) -> Entry | None:
        """The next entry; None where there is none."""
        data, at = self.ahead()
        if self.position >= self.stop or len(data) - at < CENTRAL_RECORD.size:
            return None
        sign, flags, method, crc, packed, size, name, extra, comment, header = CENTRAL_RECORD.unpack_from(
            data, at
        )
        if sign != CENTRAL:
            return None
        at += CENTRAL_RECORD.size
        self.skip(name + extra + comment)
        text = data[at : at + name + extra + comment]
        if len(text) < name + extra + comment:
            text = self.window.read_at(self.start + at, name + extra + comment)
        more, remark = text[name : name + extra], text[name + extra :]
        return _enlarge(
            Entry(text[:name], flags, method, crc, packed, size, header, self.position, more, remark)
        )


def entries(window: Window, directory: Directory) -> Iterator[Entry]:
    """All that a :class:`Cursor` comes by."""
    cursor = Cursor(window, directory.start, directory.stop)
    while entry := cursor.next():
        yield entry


def local(window: Window, header: int) -> Entry | None:
    """The local header at an offset, if there is one."""
    record = window.read_at(header, USUAL) if header >= 0 else b""
    if len(record) < _LOCAL.size or not record.startswith(LOCAL):
        return None
    _, flags, method, crc, packed, size, name, extra = _LOCAL.unpack_from(record)
    middle, end = _LOCAL.size + name, _LOCAL.size + name + extra
    if end > len(record):
        record = window.read_at(header, end)
    texts = record[_LOCAL.size : middle], record[middle:end]
    return _enlarge(Entry(texts[0], flags, method, crc, packed, size, header, header + end, texts[1]))


def extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of an extra field, as their ids and data; what is left over has the id -1."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        yield kind, extra[position + 4 : position + 4 + length]
        position += 4 + length
    if position < len(extra):
        yield -1, extra[position:]


def _enlarge(entry: Entry) -> Entry:
    """Replace the fields that are full by their 64-bit values from the extra field."""
    if not entry.extra or FULL32 not in (entry.packed, entry.size, entry.header):
        return entry
    for kind, data in extras(entry.extra):
        if kind == ZIP64:
            values = iter(struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8]))
            size = next(values, entry.size) if entry.size == FULL32 else entry.size
            packed = next(values, entry.packed) if entry.packed == FULL32 else entry.packed
            header = next(values, entry.header) if entry.header == FULL32 else entry.header
            return entry._replace(size=size, packed=packed, header=header)
    return entry


def descriptor(window: Window, entry: Entry, position: int) -> int:
    """Length in bytes of the data descriptor of ``entry`` at ``position``; 0 when there is none."""
    if not entry.flags & STREAMED:
        return 0
    data = window.read_at(position, 24)
    marker = 4 if data.startswith(DESCRIPTOR) else 0
    if not marker and data[:4] != struct.pack("<I", entry.crc):
        return 0
    rest = data[marker + 4 :]
    return marker + 4 + (16 if rest.startswith(struct.pack("<QQ", entry.packed, entry.size)) else 8)
