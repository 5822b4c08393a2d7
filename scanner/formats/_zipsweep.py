"""Thousands of members that are nothing but numbers, in one sweep over a checkpoint's directory.

Taken are members that every loader reads alike: named as PyTorch names storages, stored, their two headers
of one opinion (or its sizes left open, as streaming does), nothing beside them but padding. Whatever else
stands in a directory is left to :mod:`scanner.formats._zipmembers`, which would make the same of these, one
by one: a sweep decides how long it takes, not what is found.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct, field

from scanner.blob import Blob, Numbers, Run
from scanner.formats import CLOSING, NUMBERS
from scanner.formats._names import leaves_folder, text
from scanner.formats._ziprecords import (
    CENTRAL,
    CENTRAL_RECORD,
    DESCRIPTOR,
    FULL32,
    LOCAL,
    STREAMED,
    Cursor,
    Entry,
    descriptor,
)

_FLAGS = frozenset({0, STREAMED, 0x0800, 0x0800 | STREAMED})  # the names are UTF-8
_OPEN = bytes(12)  # the checksum and the sizes, where streaming leaves them to a descriptor
_PADDING = 128  # bytes of an extra field: PyTorch aligns storages to 64
_FOLDERS = ("data", "constants", "weights")
_AT_ONCE = 256  # members of one answer
_CENTRAL_SIZE, _LOCAL_SIZE = CENTRAL_RECORD.size, 30


class _Found(NamedTuple):
    """A member: where its header and its content begin, what stands behind it, and the end of what stands in
    front of it."""

    name: bytes
    place: int
    start: int
    size: int
    head: bytes
    behind: bytes
    before: bytes

    @property
    def end(self) -> int:
        return self.start + self.size

    @property
    def entry(self) -> Entry:
        """As far as a descriptor goes."""
        flags, crc = STREAMED if self.behind else 0, int.from_bytes(self.behind[4:8], "little")
        return Entry(self.name, flags, 0, crc, self.size, self.size, self.place, self.start)

    def run(self, tail: bytes) -> Run:
        return Run(self.name.decode(), self.start, self.size, self.head, tail)


class Sweep(Struct):
    """The sweep over one directory, whose offsets have to be shifted by ``shift``. ``names`` are those of all
    members so far, and ``spans`` the bytes that they take; both grow."""

    blob: Blob
    shift: int
    names: set[bytes]
    spans: list[tuple[int, int]]
    folders: dict[bytes, bool] = field(default_factory=dict)

    def numbers(self, cursor: Cursor, small: int) -> Iterator[Numbers]:
        """The members from ``cursor`` on, which then has passed them, down to the first that is not taken.
        None of up to ``small`` bytes is: their checksums are wanted."""
        while runs := self._runs(cursor, max(small, CLOSING)):
            yield Numbers(self.blob, runs)

    def _runs(self, cursor: Cursor, small: int) -> list[Run]:
        """Members that lie right behind each other: a read shows the end of one and the start of the next."""
        runs: list[Run] = []
        window, first = self.blob.window, 0
        last: _Found | None = None
        while len(runs) < _AT_ONCE and (found := self._next(cursor, small, last)):
            if last:
                runs.append(last.run(found.before))
            else:
                first = found.place
            last = found
            self.names.add(found.name)
            cursor.skip(len(found.name))
        if last:
            runs.append(last.run(window.read_at(last.end - CLOSING, CLOSING)))
            self.spans.append((first, last.end + descriptor(window, last.entry, last.end)))
        return runs

    def _next(self, cursor: Cursor, small: int, last: _Found | None) -> _Found | None:
        """The next member, if it can be taken and lies right behind the last one."""
        data, at = cursor.ahead()
        if len(data) - at < _CENTRAL_SIZE:
            return None
        sign, flags, method, _, packed, size, length, extra, comment, header = CENTRAL_RECORD.unpack_from(
            data, at
        )
        name = data[at + _CENTRAL_SIZE : at + _CENTRAL_SIZE + length]
        folder, _, number = name.rpartition(b"/")
        unusual = sign != CENTRAL or method or packed != size or extra or comment or flags not in _FLAGS
        if unusual or not small < size < FULL32 or header == FULL32 or not number.isdigit():
            return None
        if len(name) < length or name in self.names or not self._of_storages(folder):
            return None
        place = header + self.shift
        seen = last.end - CLOSING if last else place
        skip = place - seen
        if last and skip != CLOSING + len(last.behind):
            return None
        near = self.blob.window.read_at(seen, skip + _LOCAL_SIZE + length + _PADDING + NUMBERS)
        agreed = data[at + 8 : at + 30]
        start = _content(near, skip, name, agreed, flags)
        if not start or seen + start + size > self.blob.size or (last and near[CLOSING:skip] != last.behind):
            return None
        behind = DESCRIPTOR + agreed[8:20] if flags & STREAMED else b""
        head = near[start : start + min(NUMBERS, size)]
        return _Found(name, place, seen + start, size, head, behind, near[:CLOSING])

    def _of_storages(self, folder: bytes) -> bool:
        """Whether PyTorch keeps storages in such a folder."""
        if folder not in self.folders:
            name = text(folder)
            kept = name.rpartition("/")[2] in _FOLDERS and name.encode() == folder
            self.folders[folder] = kept and not leaves_folder(name)
        return self.folders[folder]


def _content(near: bytes, at: int, name: bytes, agreed: bytes, flags: int) -> int:
    """Where in ``near`` the content of a member begins whose own header is at ``at``; 0 when that is not as
    the directory has it. Both have to say what is ``agreed``: flags, method, time, checksum, sizes and the
    length of the name."""
    own, opened = near[at + 6 : at + 28], at + _LOCAL_SIZE + len(name)
    if own != agreed and not (flags & STREAMED and own == agreed[:8] + _OPEN + agreed[20:]):
        return 0
    start = opened + int.from_bytes(near[at + 28 : at + 30], "little")
    padding = near[opened + 4 : start]
    if near[at : at + 4] != LOCAL or near[at + _LOCAL_SIZE : opened] != name or start - opened > _PADDING:
        return 0
    return 0 if padding.strip(padding[:1]) else start
