"""Reading a ZIP archive as all of its loaders do at once.

PyTorch (miniz) goes by the central directory and believes neither flags, checksums nor local names;
Python's ``zipfile`` goes by the central directory and refuses what does not agree; streaming readers
go by the local headers. A member that any of them would see comes out, and where they would disagree
there is an anomaly. Members are windows on the archive: stored data is not even read.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from scanner.blob import Blob, NearWindow, Numbers, SubWindow
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import CHUNK, DecodedWindow, cheap_end, is_zero, raw_deflate
from scanner.formats._names import text
from scanner.formats._zipcontent import DEFLATED
from scanner.formats._zipmembers import Members
from scanner.formats._ziprecords import (
    CENTRAL,
    DESCRIPTOR,
    END,
    END_RECORD,
    LOCAL,
    STREAMED,
    TAIL,
    Entry,
    descriptor,
    directories,
    local,
)
from scanner.limits import Budget

SIGNS = (b"/data.pkl", b"constants.pkl", b"/.data/serialization_id", b"code/__torch__")
PROBE = 1 << 20  # bytes of a directory that are searched for these
TAR = b"ustar"  # at offset 257
TFLITE = b"TFL3"  # at offset 4


def is_zip(blob: Blob, head: bytes) -> bool:
    """A local header at the start, or an end record near the end that leads to a directory.

    The end is searched as far as ``zipfile`` does for a top-level file and for a constant, and for
    its last 22 bytes when the blob is a part of something: a checkpoint has thousands of parts. A
    tar archive may well end with a ZIP archive as its last member, and a graph of TFLite with one of
    labels, which come out of them anyway.
    """
    if head.startswith((LOCAL, END, DESCRIPTOR + LOCAL)):
        return True
    if head[257:262] == TAR or head[4:8] == TFLITE:
        return False
    tail = TAIL if len(blob.trail) == 1 or blob.steps else END_RECORD
    return cheap_end(blob.window) and bool(directories(blob.window, tail))


def is_pytorch(blob: Blob, head: bytes) -> bool:
    """Whether the members have PyTorch's names. This chooses a label, nothing else."""
    if any(sign in head for sign in SIGNS):
        return True
    if not cheap_end(blob.window):
        return False
    for found in directories(blob.window):
        names = blob.read_at(found.start, min(found.stop - found.start, PROBE))
        if any(sign in names for sign in SIGNS):
            return True
    return False


def unwrap_zip(blob: Blob, budget: Budget, *, pickles: bool = False) -> Iterator[Blob | Numbers | Anomaly]:
    """Every member, in the order of the directory, then whatever no directory mentions. With
    ``pickles``, members called ``*.pkl`` must be pickles."""
    # The end of a member, the header of the next one and its start are wanted one after the other.
    blob = replace(blob, window=NearWindow(blob.window))
    members = Members(blob, budget, pickles)
    found = directories(blob.window)
    if len(found) > 1:
        message = "the end record leads to two central directories, and readers pick different ones"
        yield Anomaly("mismatch", message, blob.site)
    for directory in found:
        yield from members.directory(directory)
    cursor, overlap = 0, False
    for start, end in [*sorted(set(members.spans)), (blob.size, blob.size)]:
        overlap = overlap or start < cursor
        if start > cursor:
            yield from _gap(members, cursor, start)
        cursor = max(cursor, end)
    if not found:
        raise Malformed("there is no central directory; members were found by their local headers")
    if overlap:
        raise Malformed("members overlap each other or the end of the archive")


def _gap(members: Members, start: int, end: int) -> Iterator[Blob | Anomaly]:
    """Members that no directory mentions, and foreign bytes."""
    while start < end:
        place = _find_header(members, start, end)
        yield from _foreign(members, start, place)
        header = local(members.window, place) if place < end else None
        if header is None:
            return
        header = _measured(members, header, end)
        # Without a directory, that is one fact and not one for each member.
        message = f"the central directory does not mention the member {text(header.name)}"
        if members.spans:
            yield members.note("mismatch", message, place)
        yield from members.content(header)
        start = header.data + header.packed
        start += descriptor(members.window, header, start)


def _foreign(members: Members, start: int, end: int) -> Iterator[Blob | Anomaly]:
    """Bytes that belong to no member. Those at the very start need no blob of their own: every
    format has looked at them already."""
    blob = members.blob
    rest = SubWindow(blob.window, start, end - start)
    if end <= start or is_zero(rest):
        return
    if blob.read_at(start, 4) != CENTRAL:
        where = "in front of" if start == 0 else "inside or behind"
        yield members.note(
            "polyglot", f"{end - start:,} bytes {where} the archive belong to no member", start
        )
    if start:
        yield blob.inner("(unlisted data)", rest)


def _find_header(members: Members, start: int, end: int) -> int:
    """Offset of the next local header, or ``end``."""
    while start < end:
        data = members.window.read_at(start, min(CHUNK, end - start))
        index = data.find(LOCAL)
        if index >= 0 and local(members.window, start + index):
            return start + index
        start += index + 1 if index >= 0 else max(len(data) - len(LOCAL) + 1, 1)
    return end


def _measured(members: Members, header: Entry, end: int) -> Entry:
    """``header`` with its sizes, if they are only known from the data: a stored member reaches to
    the next signature."""
    if header.packed or not header.flags & STREAMED:
        return header
    room = max(end - header.data, 0)
    rest = SubWindow(members.window, header.data, room)
    if header.method == DEFLATED:
        decoded = DecodedWindow(rest, raw_deflate, members.budget)
        return header._replace(size=decoded.finish(), packed=decoded.end)
    for offset in range(0, room, CHUNK):
        data = rest.read_at(offset, CHUNK + 3)
        found = [i for i in (data.find(s) for s in (DESCRIPTOR, LOCAL, CENTRAL)) if i >= 0]
        if found:
            room = offset + min(found)
            break
    return header._replace(size=room, packed=room)
