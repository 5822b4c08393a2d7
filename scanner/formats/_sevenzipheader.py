"""The header of a 7-Zip archive: which streams are packed how, and which files are made of them.

Source: ``DOC/7zFormat.txt`` of 7-Zip and the LZMA SDK. A *folder* is one run of coders over packed
streams; its output is the files of it, one after the other. All offsets and sizes are bytes.
"""

from collections.abc import Iterator

from msgspec import Struct, field

from scanner.errors import Malformed, OverBudget

END, HEADER, STREAMS, FILES, PACK, UNPACK, SUBSTREAMS, SIZES, CRC = 0, 1, 4, 5, 6, 7, 8, 9, 10
FOLDER, UNPACK_SIZES, STREAM_COUNTS, EMPTY_STREAM, NAMES, ENCODED = 11, 12, 13, 14, 17, 23
ADDITIONAL, PROPERTIES = 3, 2
MOST = 1 << 20  # of anything that the header counts
CODERS = 32  # of one folder, as 7-Zip allows
ID_LENGTH, COMPLEX, HAS_PROPERTIES = 0x0F, 0x10, 0x20


class Coder(Struct, frozen=True):
    """One step of unpacking. ``method`` is the number of it, ``inputs`` how many streams it joins."""

    method: bytes
    inputs: int
    properties: bytes


class Folder(Struct, frozen=True):
    """``bound`` leads from an input to the coder that makes it, ``packed`` lists the inputs that are
    read from the archive; inputs are numbered through all coders."""

    coders: tuple[Coder, ...]
    bound: dict[int, int]
    packed: tuple[int, ...]
    sizes: tuple[int, ...] = ()  # what each coder makes

    @property
    def last(self) -> int:
        """The coder whose output is the content: the one that feeds no other."""
        fed = set(self.bound.values())
        return next((i for i in range(len(self.coders)) if i not in fed), 0)


class Streams(Struct):
    """The packed streams, the folders, and the sizes of the files in each folder."""

    start: int = 0  # of the first packed stream, behind the signature header
    packed: list[int] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    files: list[list[int]] = field(default_factory=list)


class Contents(Struct):
    """What a plain header says: names in the order of the files, and which of them have no data."""

    streams: Streams = field(default_factory=Streams)
    names: list[str] = field(default_factory=list)
    empty: list[bool] = field(default_factory=list)


class Reader:
    """The header's bytes, read forwards."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        data = self._data[self.at : self.at + count]
        if len(data) < count:
            raise Malformed("the archive header ends too early")
        self.at += count
        return data

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """The leading ones of the first byte say how many bytes follow; its rest is on top of them."""
        first = self.byte()
        extra = next((n for n in range(8) if not first & (0x80 >> n)), 8)
        low = int.from_bytes(self.take(extra), "little")
        return low | (first & (0x7F >> extra)) << (8 * extra)

    def count(self) -> int:
        count = self.number()
        if count > MOST:
            raise OverBudget(f"an archive header that counts {count:,} things")
        return count

    def bits(self, count: int) -> list[bool]:
        data = self.take(-(-count // 8))
        return [bool(data[i // 8] & 0x80 >> i % 8) for i in range(count)]

    def expect(self, kind: int) -> None:
        if (found := self.number()) != kind:
            raise Malformed(f"the archive header has a record {found} where {kind} belongs")

    def inline(self) -> None:
        if self.byte():
            raise Malformed("a part of the archive header is said to be in another stream")

    def skip_checksums(self, count: int) -> None:
        known = count if self.byte() else sum(self.bits(count))
        self.take(4 * known)


def streams(reader: Reader) -> Streams:
    """The record about streams, up to its end."""
    found = Streams()
    digests: set[int] = set()
    while (kind := reader.number()) != END:
        match kind:
            case 6:  # PACK
                _pack(reader, found)
            case 7:  # UNPACK
                digests = _unpack(reader, found)
            case 8:  # SUBSTREAMS
                _substreams(reader, found, digests)
            case _:
                raise Malformed(f"the archive header has an unknown record {kind}")
    if not found.files:
        found.files = [[_content_size(folder)] for folder in found.folders]
    return found


def _content_size(folder: Folder) -> int:
    return folder.sizes[folder.last]


def _pack(reader: Reader, found: Streams) -> None:
    found.start = reader.number()
    count = reader.count()
    while (kind := reader.number()) != END:
        match kind:
            case 9:  # SIZES
                found.packed = [reader.number() for _ in range(count)]
            case 10:  # CRC
                reader.skip_checksums(count)
            case _:
                raise Malformed(f"the archive header has an unknown record {kind}")


def _unpack(reader: Reader, found: Streams) -> set[int]:
    """The folders; returns those whose content has a checksum of its own."""
    reader.expect(FOLDER)
    count = reader.count()
    reader.inline()
    plain = [_folder(reader) for _ in range(count)]
    reader.expect(UNPACK_SIZES)
    for folder in plain:
        sizes = tuple(reader.number() for _ in folder.coders)
        found.folders.append(Folder(folder.coders, folder.bound, folder.packed, sizes))
    known: set[int] = set()
    while (kind := reader.number()) != END:
        if kind != CRC:
            raise Malformed(f"the archive header has an unknown record {kind}")
        defined = [True] * count if reader.byte() else reader.bits(count)
        known = {index for index, is_known in enumerate(defined) if is_known}
        reader.take(4 * len(known))
    return known


def _folder(reader: Reader) -> Folder:
    coders = []
    total = reader.number()
    if not 0 < total <= CODERS:
        raise Malformed(f"a folder of {total:,} coders")
    for _ in range(total):
        flags = reader.byte()
        method = reader.take(flags & ID_LENGTH)
        inputs, outputs = (reader.number(), reader.number()) if flags & COMPLEX else (1, 1)
        if outputs != 1 or not 0 < inputs <= CODERS:
            raise Malformed("a coder with several outputs")
        properties = reader.take(reader.count()) if flags & HAS_PROPERTIES else b""
        coders.append(Coder(method, inputs, properties))
    bound = {}
    for _ in range(total - 1):
        into, source = reader.number(), reader.number()
        if source >= total:
            raise Malformed("a coder that does not exist is bound")
        bound[into] = source
    inputs = sum(coder.inputs for coder in coders)
    free = [i for i in range(inputs) if i not in bound]
    packed = free if len(free) == 1 else [reader.number() for _ in free]
    return Folder(tuple(coders), bound, tuple(packed))


def _substreams(reader: Reader, found: Streams, digests: set[int]) -> None:
    counts = [1] * len(found.folders)
    kind = reader.number()
    if kind == STREAM_COUNTS:
        counts = [reader.count() for _ in found.folders]
        if sum(counts) > MOST:
            raise OverBudget(f"an archive header that counts {sum(counts):,} files")
        kind = reader.number()
    sized = kind == SIZES
    for folder, count in zip(found.folders, counts, strict=True):
        sizes = [reader.number() if sized else 0 for _ in range(count - 1)]
        if count:
            sizes.append(max(_content_size(folder) - sum(sizes), 0))
        found.files.append(sizes)
    if sized:
        kind = reader.number()
    unknown = sum(n for i, n in enumerate(counts) if n != 1 or i not in digests)
    while kind != END:
        if kind != CRC:
            raise Malformed(f"the archive header has an unknown record {kind}")
        reader.skip_checksums(unknown)
        kind = reader.number()


def contents(reader: Reader) -> Contents:
    """A plain header, behind its first byte."""
    found = Contents()
    while (kind := reader.number()) != END:
        match kind:
            case 2:  # PROPERTIES
                while reader.number() != END:
                    reader.take(reader.count())
            case 3:  # ADDITIONAL: streams that other records may refer to, which inline() refuses
                streams(reader)
            case 4:  # STREAMS
                found.streams = streams(reader)
            case 5:  # FILES
                _files(reader, found)
            case _:
                raise Malformed(f"the archive header has an unknown record {kind}")
    return found


def _files(reader: Reader, found: Contents) -> None:
    count = reader.count()
    found.empty = [False] * count
    while (kind := reader.number()) != END:
        inner = Reader(reader.take(reader.count()))
        match kind:
            case 14:  # EMPTY_STREAM
                found.empty = inner.bits(count)
            case 17:  # NAMES
                inner.inline()
                found.names = list(_names(inner, count))
            case _:
                pass  # times, attributes, padding


def _names(reader: Reader, count: int) -> Iterator[str]:
    for _ in range(count):
        units = bytearray()
        while (unit := reader.take(2)) != b"\0\0":
            units += unit
        yield units.decode("utf-16-le", "backslashreplace")
