"""The members of a ZIP archive and the lies about them."""

import re
import zlib
from collections.abc import Iterator

from msgspec import Struct, field

from scanner.blob import Blob, BytesWindow, Numbers, Window
from scanner.facts import Anomaly
from scanner.formats._decode import CHUNK, cheap_end
from scanner.formats._names import leaves_folder, text
from scanner.formats._zipcontent import UNREAD
from scanner.formats._zipcontent import content as open_content
from scanner.formats._ziprecords import (
    END_RECORD,
    FULL16,
    STREAMED,
    Cursor,
    Directory,
    Entry,
    descriptor,
    extras,
    local,
)
from scanner.formats._zipsweep import Sweep
from scanner.limits import Budget

STORAGE = re.compile(rb"(?:^|/)(?:data|constants|weights)/\w+$")  # of a tensor, as PyTorch names them
ENCRYPTED = 0x01 | 0x20 | 0x40 | 0x2000  # encrypted, patched, strongly encrypted, masked headers
# Bytes of extra fields that mean something: 64-bit sizes, NTFS and Unix times and owners, AES.
LENGTHS = {0x0001: 28, 0x000A: 36, 0x5455: 13, 0x5855: 12, 0x7855: 4, 0x7875: 15, 0x9901: 7}
CHECKED = 1 << 16  # bytes of an archive that are read only to check checksums


class Members(Struct):
    """The members of one archive, as far as they have been seen."""

    blob: Blob
    budget: Budget
    pickles: bool
    spans: list[tuple[int, int]] = field(default_factory=list)  # of the file, accounted for
    seen: set[tuple[object, ...]] = field(default_factory=set)
    checked: int = 0

    @property
    def window(self) -> Window:
        return self.blob.window

    def note(self, kind: str, message: str, offset: int | None = None) -> Anomaly:
        return Anomaly(kind, message, self.blob.site.at(offset=offset))

    @property
    def sweeping(self) -> bool:
        """Whether numbers may be looked at together: not where code made the archive, whose parts may be
        anything, nor where their ends have to be decoded."""
        return self.pickles and not self.blob.steps and cheap_end(self.window)

    def directory(self, directory: Directory) -> Iterator[Blob | Numbers | Anomaly]:
        """The members of one central directory."""
        names: set[bytes] = set()
        count, cursor = 0, Cursor(self.window, directory.start, directory.stop)
        sweep = Sweep(self.blob, directory.shift, names, self.spans)
        while True:
            if self.sweeping:
                for numbers in sweep.numbers(cursor, CHECKED - self.checked):
                    count += len(numbers.runs)
                    yield numbers
            if (entry := cursor.next()) is None:
                break
            count += 1
            if entry.name in names:
                yield self.note("mismatch", f"two members are called {text(entry.name)}", entry.header)
            names.add(entry.name)
            yield from self._member(entry, directory.shift)
        self.spans += [(directory.start, cursor.position), *directory.records]
        start, stop = directory.records[0]
        if stop - start > END_RECORD:
            yield self.blob.part("(comment)", start + END_RECORD, stop - start - END_RECORD)
        if (count - directory.count) & FULL16:  # the 16-bit field of a large archive has wrapped
            message = f"the directory has {count:,} entries and promises {directory.count:,}"
            yield self.note("mismatch", message, directory.start)

    def _member(self, entry: Entry, shift: int) -> Iterator[Blob | Anomaly]:
        """One entry of the directory, as the directory and as its local header describe it."""
        place = entry.header + shift
        header = local(self.window, place)
        if header is None:
            self.budget.spend("parts")
            message = f"{text(entry.name)} has no local header where the directory says"
            yield self.note("malformed", message, entry.header)
            return
        same = header[:6] == entry[:6]
        member = header if same else Entry(*entry[:6], place, header.data)
        agreed = same or header.agrees(entry)
        if not agreed or leaves_folder(text(entry.name)):
            yield from self._differences(member, header)
        yield from self.content(member)
        if not agreed:
            yield from self._otherwise(member, header)
        end = member.data + member.packed
        self.spans.append((place, end + descriptor(self.window, member, end)))
        if entry.comment or entry.extra or header.extra:
            yield from self._asides(entry, header)

    def _otherwise(self, entry: Entry, header: Entry) -> Iterator[Blob | Anomaly]:
        """The content as the local header has it, where that is another."""
        if header.flags & STREAMED and not header.packed:
            header = header._replace(packed=entry.packed, size=entry.size)
        if (header.method, header.packed, header.size) != (entry.method, entry.packed, entry.size):
            yield from self.content(header)

    def _asides(self, entry: Entry, header: Entry) -> Iterator[Blob]:
        """Comments and extra fields that hold more than their purpose needs."""
        name = text(entry.name)
        if entry.comment:
            yield self.blob.inner(f"(comment of {name})", BytesWindow(entry.comment))
        for data in dict.fromkeys((*odd_extras(entry.extra), *odd_extras(header.extra))):
            yield self.blob.inner(f"(extra field of {name})", BytesWindow(data))

    def _differences(self, entry: Entry, header: Entry) -> Iterator[Anomaly]:
        """Where the two headers of a member disagree, and names that no honest writer uses."""
        pairs = [("name", entry.name, header.name), ("method", entry.method, header.method)]
        if not header.flags & STREAMED:
            pairs += [("size", entry.size, header.size), ("compressed size", entry.packed, header.packed)]
            pairs += [("checksum", entry.crc, header.crc)]
        different = [what for what, central, inner in pairs if central != inner]
        name = text(entry.name)
        if different:
            message = f"the two headers of {name} differ in {' and '.join(different)}"
            yield self.note("mismatch", message, entry.header)
        for own in dict.fromkeys((name, text(header.name))):
            if leaves_folder(own):
                message = f"the member name {own} leaves the folder it is unpacked to"
                yield self.note("malformed", message, entry.header)

    def content(self, entry: Entry) -> Iterator[Blob | Anomaly]:
        """The content of a member whose ``data`` offset is known, once. What comes out is counted by
        whoever looks at it, what does not is counted here."""
        if entry.identity in self.seen or (entry.name.endswith(b"/") and not entry.packed):
            self.budget.spend("parts")
            return
        self.seen.add(entry.identity)
        name = text(entry.name)
        if entry.data + entry.packed > self.blob.size:
            yield self.note("malformed", f"{name} runs past the end of the archive", entry.header)
        window = open_content(self.window, entry, self.budget)
        if window is None:
            method = UNREAD.get(entry.method, f"method {entry.method}")
            message = f"{name} is compressed with {method}, its content was not read"
            self.budget.spend("parts")
            yield self.note("unsupported", message, entry.header)
            return
        expected = "pickle" if self.pickles and entry.name.endswith(b".pkl") else None
        raw = self.pickles and STORAGE.search(entry.name) is not None
        yield self.blob.inner(name, window, expected=expected, raw=raw)
        if entry.flags & ENCRYPTED or self.checked + max(entry.size, entry.packed) <= CHECKED:
            yield from self._truth(entry, window)

    def _truth(self, entry: Entry, window: Window) -> Iterator[Anomaly]:
        """Whether the content is what the header says, as far as that is cheap to find out."""
        name = text(entry.name)
        cost = max(entry.size, entry.packed)
        sound = None
        if self.checked + cost <= CHECKED:
            self.checked += cost
            sound = _checksum(window) == (entry.crc, entry.size)
        if entry.flags & ENCRYPTED and sound:
            message = f"{name} is marked as encrypted and is not; some loaders ignore the mark"
            yield self.note("mismatch", message, entry.header)
        elif entry.flags & ENCRYPTED:
            yield self.note("unsupported", f"{name} is encrypted, its content was not read", entry.header)
        elif sound is False:
            message = f"the content of {name} does not have the size and checksum of its header"
            yield self.note("mismatch", message, entry.header)


def odd_extras(extra: bytes) -> Iterator[bytes]:
    """The data of extra fields that are longer than their kind can be, but for padding."""
    for kind, data in extras(extra):
        if len(data) > LENGTHS.get(kind, 0) and len(set(data)) > 1:
            yield data


def _checksum(window: Window) -> tuple[int, int]:
    """CRC-32 and length in bytes of what can be read."""
    crc = position = 0
    while data := window.read_at(position, CHUNK):
        crc = zlib.crc32(data, crc)
        position += len(data)
    return crc, position
