"""Pickles inside bytes that no reader takes apart: behind an image, between the parts of an archive.

A loader that seeks there, or a first stage that cuts the file in two, reads them. So whatever nothing
was unwrapped from is searched: where a stream might start, it is walked, and it comes out if it calls
something that is not vouched for. Honest pickles in a database stay where they are.

Where a loader reads numbers, only the beginning is searched, as no more of a safetensors file is: what is
further in reaches no unpickler but by a program that seeks there, and that program is what we judge.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob, BytesWindow, SubWindow
from scanner.formats._decode import decoded
from scanner.formats._opstate import Tape, Walk
from scanner.formats._opsteps import FIRST
from scanner.formats._stream import Stream
from scanner.limits import Budget

REACH = 32 << 20  # bytes from the start that are searched, and an eighth of that from the end
PIECE = 1 << 20
OVERLAP = 1024  # bytes of a piece that the next one shows again, so that no start is cut in two
AHEAD = 2048  # bytes that are at hand for a walk without asking for more
IDLE = 256  # operations without a lookup, after which none is expected
GUESSES = 8  # places in front of a name where its opcode may stand
BACK = 4096  # bytes between the first argument of INST and its opcode

PROTOCOL = re.compile(rb"\x80[\x02-\x05](?:[%s]|\Z)" % re.escape(FIRST.replace(b"\x80", b"")))
TEXTS = re.compile(rb"\x8c[\x01-\xff][A-Za-z_][\w.]*\x94?\x8c[\x01-\xff][A-Za-z_][\w.]*\x94?\x93")
# Older streams have no mark: the second name of GLOBAL or INST, and what may stand behind it there
# and rarely does in a list of words.
NAME = re.compile(
    rb"""\n[A-Za-z_][\w.]{0,200}\n(?=[()\]}\x00-\x1f\x7f-\xff.otV]|p\d|S['"]|[02][^\d.]"""
    rb"""|[FIL][-+\d]|N(?![a-z])|[BCJKMTUXhjqr][^a-z])"""
)
MODULE = re.compile(rb"[ci][A-Za-z_][\w.]*\Z")
LOOKUPS = b"ci"


def may_hide(head: bytes) -> bool:
    """Whether a pickle might start behind the first byte of ``head``."""
    return bool(PROTOCOL.search(head, 1) or TEXTS.search(head, 1) or NAME.search(head, 1))


def buried(blob: Blob, head: bytes, budget: Budget) -> Iterator[Blob]:
    """The pickles in ``blob`` as far as the search reaches; ``head`` is its start, read already."""
    resume = 1  # what starts at the very start is no secret
    for start, data in _pieces(blob, head):
        for at in _starts(data):
            if start + at < resume:
                continue
            stream = Stream(Walk(Tape(_rest(blob, start, at, data), chunk=data[at : at + AHEAD])))
            stream.follow(IDLE)
            budget.spend("steps", stream.walk.operations)
            if not stream.convincing:
                continue
            place, length = start + at, stream.walk.tape.position
            resume = place + max(length, 1)
            if stream.live:
                length = length if stream.walk.stopped else blob.size - place
                yield blob.part(f"(pickle at {place})", place, length)


def _pieces(blob: Blob, head: bytes) -> Iterator[tuple[int, bytes]]:
    """What is searched, with the offset of each piece. Decoded streams are read forwards, once."""
    if blob.raw:
        yield 0, head
    elif decoded(blob.window):
        yield 0, blob.read_at(0, PIECE)
    else:
        yield from _run(blob, 0, min(REACH, blob.size))
        yield from _run(blob, max(blob.size - REACH // 8, REACH), blob.size)


def _run(blob: Blob, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    while start < stop:
        data = blob.read_at(start, min(PIECE, stop - start))
        yield start, data
        start += max(len(data) - OVERLAP, 1) if start + len(data) < stop and data else stop


def _rest(blob: Blob, start: int, at: int, data: bytes) -> BytesWindow | SubWindow:
    if decoded(blob.window):
        return BytesWindow(data[at:])
    return SubWindow(blob.window, start + at, blob.size - start - at)


def _starts(data: bytes) -> list[int]:
    """Where a stream may start, in order."""
    found = {match.start() for pattern in (PROTOCOL, TEXTS) for match in pattern.finditer(data)}
    for match in NAME.finditer(data):
        end = match.start()
        line = max(data.rfind(b"\n", 0, end) + 1, end - 255)
        guesses = [i for i in range(line, end) if data[i] in LOOKUPS and MODULE.match(data, i, end)]
        for place in guesses[-GUESSES:]:
            opened = data.rfind(b"(", max(place - BACK, 0), place)
            if data[place] == ord("c"):
                found.add(place)
            if opened >= 0 and (data[place] == ord("i") or opened == place - 1):
                found.add(opened)
    return sorted(found)
