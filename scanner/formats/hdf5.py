"""HDF5: Keras checkpoints before version 3, and whatever else is an array with a name.

The configuration of a Keras checkpoint is an attribute of the root group, and PyTables keeps pickles in
attributes and in rows of variable length, so every string in an attribute and every such row comes out and is
looked at by content. Other arrays are not read.
A link to another file and a dataset whose values lie in one make the reader open that file.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob, BytesWindow
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import cheap_end, trailing
from scanner.formats._hdf5file import MAGIC, File, superblock
from scanner.formats._hdf5objects import attributes, external_files, links
from scanner.formats._hdf5rows import pickled, rows
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "hdf5"
FIRST = 512  # the superblock stands at 0 or, behind a user block, at 512, 1024, 2048 and so on
SIGN = rb"(?:.{512}|.{1024}|.{2048})?\x89HDF"
SHORTEST = 16  # bytes of an attribute that could be code or a configuration


def matches(blob: Blob, head: bytes) -> bool:
    """The magic number at any of the places where the library looks for it."""
    return _start(blob, head) is not None


def _start(blob: Blob, head: bytes) -> int | None:
    if head.startswith(MAGIC):
        return 0
    reach = blob.size if len(blob.trail) == 1 and cheap_end(blob.window) else len(head)
    offset = FIRST
    while offset < reach:
        data = head[offset : offset + len(MAGIC)] or blob.read_at(offset, len(MAGIC))
        if data == MAGIC:
            return offset
        offset *= 2
    return None


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Program | Anomaly"]:
    """The strings of all attributes, and the program that opens the other files that this one names."""
    start = _start(blob, blob.read_at(0, FIRST)) or 0
    if start:
        yield blob.part("(user block)", 0, start)
    file = superblock(blob, start, budget)
    outside: dict[str, int] = {}
    faults: list[Malformed] = []
    yield from _walk(file, outside, faults)
    if outside:
        yield _opens(blob, outside, budget)
    yield from trailing(blob, file.end, NAME)
    if faults:
        raise faults[0]


def _walk(file: File, outside: dict[str, int], faults: list[Malformed]) -> Iterator[Blob]:
    """Every object once, from the root down; hard links may go in circles.

    The library reads an object when it is asked for, so one that is broken says nothing about others.
    """
    waiting, seen = [("", file.root)], {file.root}
    while waiting:
        path, address = waiting.pop()
        file.budget.spend("parts")
        try:
            messages = list(file.messages(address))
            held = list(attributes(file, messages))
            for attribute in held:
                text = b"".join(attribute.texts)
                if len(text) >= SHORTEST:
                    yield file.blob.inner(f"{path or '/'}@{attribute.name}", BytesWindow(text))
            for number, (start, size) in enumerate(rows(file, messages) if pickled(held) else ()):
                yield file.blob.part(f"{path}[{number}]", start, size, expected="pickle")
            for name in external_files(file, messages):
                outside.setdefault(name, address)
            for link in links(file, messages):
                if link.file is not None:
                    outside.setdefault(link.file, address)
                elif link.header is not None and link.header not in seen:
                    seen.add(link.header)
                    waiting.append((f"{path}/{link.name}", link.header))
        except Malformed as error:
            faults.append(error)


def _opens(blob: Blob, outside: dict[str, int], budget: Budget) -> "Program":
    from scanner.irbuilder import Builder  # noqa: PLC0415 - few files name others

    build = Builder(budget)
    opener = build.name("hdf5", "external_file")
    for place, (name, address) in enumerate(outside.items()):  # one object may name several
        build.at = address + place
        build.call(opener, [build.const(name)])
    return build.program("hdf5", blob, "opening the file resolves its links")
