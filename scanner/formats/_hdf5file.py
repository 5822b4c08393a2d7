"""HDF5, the first layer: the superblock, and the messages of an object header.

Source: the HDF5 File Format Specification, version 3.0, sections II to IV. An HDF5 file is a tree of
objects; each has a header, a list of messages that say what it is, what it contains and what is attached
to it. Everything is found by following addresses, so the arrays themselves are never touched.
"""

from collections.abc import Iterator

from msgspec import Struct, field

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.limits import Budget

MAGIC = b"\x89HDF\r\n\x1a\n"
NIL, CONTINUATION = 0x00, 0x10
SHARED = 0x02  # a flag of a message: its data says where the message really is
PAGE, PAGES = 512, 8192  # bytes that are fetched at once, and how many times that is kept
CHUNK = 1 << 20  # bytes of one block of messages; the library writes kilobytes


class Message(Struct, frozen=True):
    """One message of an object header: its type, its flags and its ``data``."""

    kind: int
    flags: int
    data: bytes


class File(Struct):
    """An HDF5 file: reads integers of the widths that its superblock declares, at its addresses.

    ``base`` is where address 0 lies in the blob, ``root`` the address of the root group's header, ``end`` the
    place in the blob where the file has its end.
    """

    blob: Blob
    budget: Budget
    base: int
    offsets: int = 8  # bytes of an address
    lengths: int = 8  # bytes of a length
    root: int = 0
    end: int = 0
    _pages: dict[int, bytes] = field(default_factory=dict)  # structures are small and read piecemeal

    @property
    def undefined(self) -> int:
        """The address that stands for none."""
        return (1 << 8 * self.offsets) - 1

    def at(self, address: int, count: int) -> bytes:
        """Exactly ``count`` bytes at ``address``."""
        if address == self.undefined:
            raise Malformed("an address that is not set is used")
        self.budget.spend("steps")
        start = self.base + address
        if count > PAGE:
            data = self.blob.read_at(start, count)
        else:
            first = start // PAGE
            data = self._page(first)[start % PAGE :][:count]
            if len(data) < count:
                data += self._page(first + 1)[: count - len(data)]
        if len(data) < count:
            raise Malformed(f"address {address} lies outside the file")
        return data

    def _page(self, number: int) -> bytes:
        if number not in self._pages:
            if len(self._pages) >= PAGES:
                self._pages.clear()
            self._pages[number] = self.blob.read_at(number * PAGE, PAGE)
        return self._pages[number]

    def block(self, address: int, count: int, signature: bytes) -> "Cursor":
        """``count`` bytes at ``address``, after the signature that they start with."""
        data = self.at(address, count)
        if not data.startswith(signature):
            raise Malformed(f"no {signature.decode()} block at address {address}")
        return Cursor(self, data, len(signature))

    def messages(self, address: int) -> Iterator[Message]:
        """The messages of the object header at ``address``, in either of its two versions."""
        start = self.at(address, 6)
        if start.startswith(b"OHDR"):
            yield from self._second(address, start[5])
        elif start[0] == 1:
            yield from self._first(address)
        else:
            raise Malformed(f"no object header at address {address}")

    def _first(self, address: int) -> Iterator[Message]:
        size = int.from_bytes(self.at(address, 12)[8:12], "little")
        waiting, seen = [(address + 16, size)], set[int]()
        while waiting:
            place, size = waiting.pop(0)
            if place in seen or size > CHUNK:
                raise Malformed("the blocks of an object header go in circles or are too large")
            seen.add(place)
            block = Cursor(self, self.at(place, size))
            while block.left >= 8:
                kind, length, flags = block.number(2), block.number(2), block.number(1)
                block.skip(3)
                data = block.take(length)
                if kind == CONTINUATION:
                    inner = Cursor(self, data)
                    waiting.append((inner.address(), inner.length()))
                elif kind != NIL:
                    yield Message(kind, flags, data)

    def _second(self, address: int, flags: int) -> Iterator[Message]:
        extra = (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        size = int.from_bytes(self.at(address + 6 + extra, width), "little")
        waiting, seen = [(address + 6 + extra + width, size, b"")], set[int]()
        while waiting:
            place, size, signature = waiting.pop(0)
            if place in seen or size > CHUNK:
                raise Malformed("the blocks of an object header go in circles or are too large")
            seen.add(place)
            block = self.block(place, size, signature)
            while block.left >= 4 + (2 if flags & 4 else 0):
                kind, length, mark = block.number(1), block.number(2), block.number(1)
                block.skip(2 if flags & 4 else 0)
                data = block.take(length)
                if kind == CONTINUATION:
                    inner = Cursor(self, data)
                    place, size = inner.address(), inner.length()
                    waiting.append((place, size - 4, b"OCHK"))  # the last four are a checksum
                elif kind != NIL:
                    yield Message(kind, mark, data)


class Cursor(Struct):
    """Reads one value after the other from ``data``; running over its end is :class:`Malformed`."""

    file: File
    data: bytes
    position: int = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.position

    def take(self, count: int) -> bytes:
        if not 0 <= count <= self.left:
            raise Malformed("a structure ends before its last value")
        self.position += count
        return self.data[self.position - count : self.position]

    def skip(self, count: int) -> None:
        self.take(count)

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def address(self) -> int:
        return self.number(self.file.offsets)

    def length(self) -> int:
        return self.number(self.file.lengths)

    def padded(self, count: int, *, to: int = 8) -> bytes:
        """``count`` bytes, and then on to the next multiple of ``to``."""
        data = self.take(count)
        self.skip(min(-count % to, self.left))
        return data

    def text(self) -> bytes:
        """Up to the next NUL, which is passed over."""
        end = self.data.find(b"\0", self.position)
        data = self.take((end if end >= 0 else len(self.data)) - self.position)
        self.skip(min(1, self.left))
        return data


def superblock(blob: Blob, start: int, budget: Budget) -> File:
    """The file whose superblock stands at ``start``; all four versions of it."""
    file = File(blob, budget, 0)
    head = Cursor(file, blob.read_at(start, 128), len(MAGIC))
    version = head.number(1)
    if version > 3:
        raise Malformed(f"superblock version {version}")
    if version < 2:
        head.skip(4)
    file.offsets, file.lengths = head.number(1), head.number(1)
    if file.offsets not in (2, 4, 8) or file.lengths not in (2, 4, 8):
        raise Malformed("addresses or lengths of an impossible width")
    head.skip({0: 1 + 8, 1: 1 + 8 + 4}.get(version, 1))
    file.base = head.address()
    if file.base == 0 and start:
        file.base = start  # written behind a user block that was put in front later
    head.skip(file.offsets)  # free space, or the extension
    end = head.address()
    file.end = file.base + end if file.base + end <= blob.size else end
    if version < 2:
        head.skip(2 * file.offsets)  # driver, name of the root
    file.root = head.address()
    return file
