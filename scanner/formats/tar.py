"""tar archives: PyTorch's oldest checkpoints, ``.nemo``, WebDataset shards.

Like ``tarfile``, reading stops at the first zero block; unlike it, what stands behind the end or
behind a broken header comes out as well.
"""

from collections.abc import Iterator

from msgspec import Struct, field

from scanner.blob import Blob, SubWindow, Window
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.formats._names import leaves_folder, text
from scanner.formats._tarheaders import (
    BLOCK,
    Header,
    SparseWindow,
    decimal,
    gnu_map,
    header,
    number,
    pax_map,
    records,
)
from scanner.formats._torchtar import STORAGES, TENSORS, stacked
from scanner.limits import Budget

NAME = "tar"
SIGN = rb".{148}(?:[\x80\xff]|[\s0-7]{2}|[1-7]\0)"  # a checksum
META = 1 << 20  # bytes of a long name or a pax header that are read
LINKS, DEVICES = (b"1", b"2"), (b"3", b"4", b"6")
FOLDER = b"5"
ABOUT_NEXT = (b"L", b"K", b"x", b"X", b"g")  # long name, long link, pax for one or for all
NO_DATA = (*LINKS, *DEVICES, FOLDER)


def matches(_blob: Blob, head: bytes) -> bool:
    """A header block whose checksum is right. Zeros have none."""
    if (number(head[148:156]) or 0) <= 0:
        return False
    first = header(head[:BLOCK])
    return first is not None and first.name != b""


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Every member's content, links that lead outside, and what follows the end."""
    position = 0
    pending = _Pending()
    while True:
        block = blob.read_at(position, BLOCK)
        if not block.strip(b"\0"):
            break
        entry = header(block)
        if entry is None:
            yield blob.inner(
                "(after a broken header)", SubWindow(blob.window, position, blob.size - position)
            )
            raise Malformed(f"the header at {position:,} is broken")
        position += BLOCK
        if entry.kind in NO_DATA or entry.kind in ABOUT_NEXT:  # whoever looks at the others counts them
            budget.spend("parts")
        if pending.take(blob, entry, position):
            position += _padded(entry.size)
            continue
        stored, window, position = _content(blob, entry, position, pending)
        budget.spend("unpacked", max(window.size - stored, 0))  # the holes of a sparse member
        yield from _member(blob, entry, pending.name(entry), window, budget)
        if position + stored > blob.size:
            raise Malformed(f"the archive ends inside {text(pending.name(entry))}")
        yield from _padding(blob, text(pending.name(entry)), position + stored)
        position += _padded(stored)
        pending = _Pending(shared=pending.shared)
    if len(block) < BLOCK and position < blob.size:
        raise Malformed("the archive ends inside a header")
    yield from trailing(blob, min(position, blob.size), NAME)


class _Pending(Struct):
    """What the headers in front of a member say about it."""

    shared: dict[bytes, bytes] = field(default_factory=dict)  # pax, for all members that follow
    pax: dict[bytes, bytes] = field(default_factory=dict)
    long_name: bytes | None = None

    def take(self, blob: Blob, entry: Header, position: int) -> bool:
        """Whether ``entry`` is a header about the next member; it is remembered."""
        if entry.kind not in ABOUT_NEXT:
            return False
        data = blob.read_at(position, min(entry.size, META))
        match entry.kind:
            case b"L":
                self.long_name = data.split(b"\0", 1)[0]
            case b"g":
                self.shared.update(records(data))
            case b"x" | b"X":
                self.pax.update(records(data))
        return True

    def value(self, key: bytes) -> bytes | None:
        return self.pax.get(key, self.shared.get(key))

    def name(self, entry: Header) -> bytes:
        """The name that a reader would use."""
        return self.value(b"GNU.sparse.name") or self.value(b"path") or self.long_name or entry.name


def _content(blob: Blob, entry: Header, position: int, pending: _Pending) -> tuple[int, Window, int]:
    """Length of the stored data, the member as a reader sees it, and where the data start. Links,
    devices and folders have no data, whatever size they claim."""
    stored = decimal(pending.value(b"size"), entry.size) if entry.kind not in NO_DATA else 0
    if entry.sparse:
        pairs, real, position = gnu_map(blob.window, position, entry.block)
        data = SubWindow(blob.window, position, _room(blob, position, stored))
        return stored, _sparse(data, pairs, 0, real), position
    data = SubWindow(blob.window, position, _room(blob, position, stored))
    mapped = pax_map(data, {**pending.shared, **pending.pax})
    if mapped is None:
        return stored, data, position
    pairs, start = mapped
    claim = pending.value(b"GNU.sparse.realsize") or pending.value(b"GNU.sparse.size")
    return stored, _sparse(data, pairs, start, decimal(claim, 0)), position


def _sparse(data: Window, pairs: list[tuple[int, int]], start: int, size: int) -> SparseWindow:
    stretches = []
    for offset, length in pairs:
        stretches.append((offset, start, length))
        start += length
    size = size or max((offset + length for offset, length in pairs), default=0)
    return SparseWindow(data, tuple(stretches), max(size, 0))


def _member(
    blob: Blob, entry: Header, name: bytes, window: Window, budget: Budget
) -> Iterator[Blob | Anomaly]:
    shown = text(name)
    if leaves_folder(shown):
        message = f"the member name {shown} leaves the folder it is unpacked to"
        yield Anomaly("malformed", message, blob.site)
    if entry.kind in LINKS and leaves_folder(text(entry.link)):
        message = f"{shown} is a link to {text(entry.link)}, outside the folder it is unpacked to"
        yield Anomaly("malformed", message, blob.site)
    if entry.kind in DEVICES:
        yield Anomaly("malformed", f"{shown} is a device or a pipe", blob.site)
    if entry.kind not in NO_DATA:
        content = blob.inner(shown, window)
        yield from stacked(content, name, budget) if name in (STORAGES, TENSORS) else (content,)


def _padding(blob: Blob, name: str, start: int) -> Iterator[Blob]:
    """What stands between the end of a member and the next block, where writers put zeros."""
    room = -start % BLOCK
    if room and blob.read_at(start, room).strip(b"\0"):
        yield blob.part(f"(padding of {name})", start, room)


def _room(blob: Blob, position: int, stored: int) -> int:
    return min(stored, max(blob.size - position, 0))


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
