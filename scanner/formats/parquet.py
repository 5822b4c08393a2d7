"""Parquet: columns in pages, and a footer that says where they lie, in this file or in another.

Source: ``parquet.thrift`` and the encryption page of the format's repository. Pages are stepped over. The
schema of Arrow that pyarrow adds to the footer can carry a pickle (CVE-2023-47248).
"""

import binascii
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from scanner.blob import Blob, BytesWindow
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats._beside import beside
from scanner.formats._thrift import BINARY, I32, I64, LIST, STRUCT, Compact
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "parquet"
COMPLETE = True
MAGIC, ENCRYPTED = b"PAR1", b"PARE"
SIGN = b"PAR"
END = 8  # bytes of the end: the length of the footer, and the magic number
VERSION_FIRST = b"\x15"  # how every footer begins: its first field is a number
SHORTEST = 64  # bytes that could be code
LONGEST = 4096  # bytes of a path
ARROW = b"ARROW:schema"


class _Footer(Struct):
    """What the footer says: ``spans`` are the bytes that it accounts for, ``files`` other files by offset."""

    blob: Blob
    reader: Compact
    limit: int
    spans: list[tuple[int, int]] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)

    def read(self) -> Iterator[Blob]:
        for number, kind in self.reader.fields():
            match number, kind:
                case 4, kind if kind == LIST:
                    for group in self.reader.items():
                        yield from self._group(group)
                case 5, kind if kind == LIST:
                    yield from self._pairs()
                case _:
                    self.reader.skip(kind)

    def _group(self, kind: int) -> Iterator[Blob]:
        _is_struct(kind)
        for number, inner in self.reader.fields():
            if (number, inner) == (1, LIST):
                for chunk in self.reader.items():
                    yield from self._chunk(chunk)
            else:
                self.reader.skip(inner)

    def _chunk(self, kind: int) -> Iterator[Blob]:
        """One column of a group of rows: its pages, its two indexes and its filter."""
        _is_struct(kind)
        indexes: dict[int, int] = {}
        pages: dict[int, int] = {}
        elsewhere = False
        for number, inner in self.reader.fields():
            if (number, inner) == (1, BINARY):
                at = self.reader.position
                self.files.setdefault(self.reader.binary(LONGEST).decode("utf-8", "backslashreplace"), at)
                elsewhere = True
            elif (number, inner) == (3, STRUCT):
                pages = yield from self._column()
            elif inner in (I32, I64):
                indexes[number] = self.reader.number()
            else:
                self.reader.skip(inner)
        if not elsewhere:
            starts = [at for at in (pages.get(9, 0), pages.get(11, 0)) if at > 0]
            self._accounts(min(starts, default=0), pages.get(7, 0))
            self._accounts(pages.get(14, 0), pages.get(15, 0))
            self._accounts(indexes.get(4, 0), indexes.get(5, 0))
            self._accounts(indexes.get(6, 0), indexes.get(7, 0))

    def _column(self) -> Generator[Blob, None, dict[int, int]]:
        """The metadata of a column; handed back are its numbers: where its pages and its filter lie."""
        numbers: dict[int, int] = {}
        for number, inner in self.reader.fields():
            if (number, inner) == (8, LIST):
                yield from self._pairs()
            elif inner in (I32, I64):
                numbers[number] = self.reader.number()
            else:
                self.reader.skip(inner)
        return numbers

    def _pairs(self) -> Iterator[Blob]:
        for kind in self.reader.items():
            _is_struct(kind)
            at, pair = self.reader.position, {1: b"", 2: b""}
            for number, inner in self.reader.fields():
                if inner == BINARY and number in pair:
                    pair[number] = self.reader.binary(self.limit)
                else:
                    self.reader.skip(inner)
            value = _decoded(pair[2]) if pair[1] == ARROW else pair[2]
            if len(value) > SHORTEST:
                name = f"{pair[1].decode('utf-8', 'backslashreplace')} @ {at}"
                yield self.blob.inner(name, BytesWindow(value))

    def _accounts(self, start: int, size: int) -> None:
        if start > 0 and size > 0:
            self.spans.append((start, start + size))


def matches(blob: Blob, head: bytes) -> bool:
    """The magic number at the start, or a footer at the end, which is where readers begin."""
    if head.startswith(MAGIC):
        return True
    if head.startswith(ENCRYPTED):
        return blob.read_at(blob.size - len(ENCRYPTED), len(ENCRYPTED)) == ENCRYPTED
    return len(blob.trail) == 1 and blob.size > END and _footer(blob) is not None


def _footer(blob: Blob) -> tuple[int, int] | None:
    """Where the footer starts and ends; nothing if there is none that is not encrypted."""
    end = blob.size - END
    tail = blob.read_at(max(end, 0), END)
    start = end - int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or not 0 <= start < end or blob.read_at(start, 1) != VERSION_FIRST:
        return None
    return start, end


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Anomaly | Program"]:
    """The metadata of the file and of its columns, whatever the footer does not account for, other files."""
    if blob.read_at(max(blob.size - 4, 0), 4) == ENCRYPTED:
        yield Anomaly("unsupported", "Parquet: its footer is encrypted", blob.site)
        return
    found = _footer(blob)
    if found is None:
        raise Malformed("the file has no footer")
    start, end = found
    footer = _Footer(blob, Compact(blob, budget, start, end), budget.limits.constant)
    try:
        yield from footer.read()
    except (Malformed, OverBudget):
        yield from _told(footer, budget)
        raise
    yield from _told(footer, budget)
    marked = blob.read_at(0, len(MAGIC)) == MAGIC
    if not marked:
        yield Anomaly("polyglot", "this ends as a Parquet file and starts as something else", blob.site)
    # What lies between the pages, or in their place, and is none of them.
    spans = [*footer.spans, (start, footer.reader.position)]
    yield from beside(blob, spans, len(MAGIC) if marked else 0, end)


def _told(footer: _Footer, budget: Budget) -> Iterator["Program"]:
    if not footer.files:
        return
    from scanner.irbuilder import Builder  # noqa: PLC0415 - few files name others

    build = Builder(budget)
    for path, build.at in footer.files.items():
        build.call(build.name(NAME, "column_file"), [build.const(path)])
    yield build.program(NAME, footer.blob, "its columns lie in other files")


def _is_struct(kind: int) -> None:
    if kind != STRUCT:
        raise Malformed(f"a list in the footer has items of type {kind}")


def _decoded(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text)
    except ValueError:
        return text
