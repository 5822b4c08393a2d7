"""HDF5, the third layer: what hangs on an object, and what is below it.

Source: the HDF5 File Format Specification, version 3.0, section IV.A.2 (data object header messages).
"""

from collections.abc import Iterator

from msgspec import Struct

from scanner.errors import Malformed
from scanner.formats._hdf5file import SHARED, Cursor, File, Message
from scanner.formats._hdf5heaps import FractalHeap, global_object, local_heap, records, symbols

DATASPACE, LINK_INFO, DATATYPE, LINK, EXTERNAL_FILES, LAYOUT = 0x01, 0x02, 0x03, 0x06, 0x07, 0x08
ATTRIBUTE, SYMBOL_TABLE, ATTRIBUTE_INFO = 0x0C, 0x11, 0x15
FIXED, COMPOUND, VARIABLE = 3, 6, 9  # classes of datatypes: a string, a record, a length and a place
SOFT, EXTERNAL = 1, 64  # types of links
VIRTUAL = 3  # a class of layouts
VALUES = 1 << 16  # strings of one attribute


class Link(Struct, frozen=True):
    """An entry of a group: ``header`` is the address of an object, ``file`` the other file that it is in."""

    name: str
    header: int | None = None
    file: str | None = None


class Attribute(Struct, frozen=True):
    """A named value; ``texts`` are the strings that it consists of, none when it holds numbers."""

    name: str
    texts: tuple[bytes, ...]


class Datatype(Struct, frozen=True):
    """``size`` is the bytes of one value."""

    kind: int
    size: int
    base: int  # class of what a value of variable length is made of


def attributes(file: File, messages: list[Message]) -> Iterator[Attribute]:
    """The attributes of the object with these messages, wherever they are kept."""
    for message in messages:
        if message.kind == ATTRIBUTE:
            yield _attribute(file, content(file, message))
        elif message.kind == ATTRIBUTE_INFO:
            info = Cursor(file, message.data, 1)
            info.skip(2 if info.number(1) & 1 else 0)
            heap, index = info.address(), info.address()
            if heap != file.undefined:
                store = FractalHeap(file, heap)
                for record in records(file, index):
                    if record[8] & SHARED:
                        raise Malformed("an attribute that objects share")
                    yield _attribute(file, store.get(record[:8]))


def links(file: File, messages: list[Message]) -> Iterator[Link]:
    """What is below the group with these messages; a soft link names another path of this file."""
    for message in messages:
        body = Cursor(file, message.data)
        if message.kind == SYMBOL_TABLE:
            for name, header, target in symbols(file, body.address(), body.address()):
                yield Link(_text(name), None if target is not None else header)
        elif message.kind == LINK:
            yield _link(body)
        elif message.kind == LINK_INFO:
            body.skip(1)
            body.skip(8 if body.number(1) & 1 else 0)
            heap, index = body.address(), body.address()
            if heap != file.undefined:
                store = FractalHeap(file, heap)
                for record in records(file, index):
                    yield _link(Cursor(file, store.get(record[4:])))


def external_files(file: File, messages: list[Message]) -> Iterator[str]:
    """The other files that the dataset with these messages takes its values from."""
    for message in messages:
        body = Cursor(file, message.data)
        if message.kind == EXTERNAL_FILES:
            body.skip(6)
            used = body.number(2)
            names = local_heap(file, body.address())
            for _ in range(used):
                at = body.length()
                body.skip(2 * file.lengths)
                yield _text(Cursor(file, names, min(at, len(names))).text())
        elif message.kind == LAYOUT and body.number(1) >= 3 and body.number(1) == VIRTUAL:
            yield from _virtual(file, body.address(), body.number(4))


def _virtual(file: File, heap: int, index: int) -> Iterator[str]:
    """The source files of a virtual dataset; ``.`` is this one."""
    if heap == file.undefined:
        return
    body = Cursor(file, global_object(file, heap, index))
    if body.number(1) != 0:
        raise Malformed("a virtual dataset in a form that is not known")
    if body.length():
        yield _text(body.text())  # what follows is its selection, whose length only the library knows


def content(file: File, message: Message) -> bytes:
    """The message itself; a shared one lies in the header of another object."""
    if not message.flags & SHARED:
        return message.data
    body = Cursor(file, message.data)
    version, where = body.number(1), body.number(1)
    body.skip(6 if version == 1 else 0)
    if version == 3 and where != 2:
        raise Malformed("a message in the table of shared messages")
    address = body.address()
    found = [m for m in file.messages(address) if m.kind == message.kind and not m.flags & SHARED]
    if not found:
        raise Malformed("a shared message is not where it should be")
    return found[0].data


def _attribute(file: File, data: bytes) -> Attribute:
    body = Cursor(file, data)
    version, flags = body.number(1), body.number(1)
    sizes = body.number(2), body.number(2), body.number(2)
    if version not in (1, 2, 3):
        raise Malformed(f"attribute version {version}")
    body.skip(1 if version == 3 else 0)
    take = body.padded if version == 1 else body.take
    name, kind, space = (take(size) for size in sizes)
    marks = flags if version > 1 else 0
    kind = content(file, Message(DATATYPE, SHARED if marks & 1 else 0, kind))
    space = content(file, Message(DATASPACE, SHARED if marks & 2 else 0, space))
    number = elements(Cursor(file, space))
    texts = tuple(_texts(body, datatype(Cursor(file, kind)), number))
    return Attribute(_text(name.partition(b"\0")[0]), texts)


def datatype(body: Cursor) -> Datatype:
    """The type of the values of a dataset or an attribute."""
    kind = body.number(1) & 15
    body.skip(3)
    size = body.number(4)
    return Datatype(kind, size, body.number(1) & 15 if kind == VARIABLE else kind)


def elements(body: Cursor) -> int:
    """How many values there are."""
    version, rank, flags = body.number(1), body.number(1), body.number(1)
    if version == 1:
        body.skip(5)
    elif body.number(1) == 2:
        return 0
    number = 1
    for _ in range(rank):
        number *= body.length()
    return number if flags >= 0 else 0


def _texts(body: Cursor, kind: Datatype, number: int) -> Iterator[bytes]:
    """The values as bytes: strings, and whatever else is not a plain number."""
    if kind.kind in (FIXED, COMPOUND, 5):  # opaque data is what PyTables keeps its pickles in
        for _ in range(min(number, VALUES)):
            yield body.take(kind.size)
    elif kind.kind == VARIABLE:
        for _ in range(min(number, VALUES)):
            size, heap, index = body.number(4), body.address(), body.number(4)
            if size and heap not in (0, body.file.undefined):
                yield global_object(body.file, heap, index)[: size if kind.base == FIXED else None]


def _link(body: Cursor) -> Link:
    version, flags = body.number(1), body.number(1)
    if version != 1:
        raise Malformed(f"link version {version}")
    kind = body.number(1) if flags & 8 else 0
    body.skip(8 if flags & 4 else 0)
    body.skip(1 if flags & 16 else 0)
    name = _text(body.take(body.number(1 << (flags & 3))))
    if kind == 0:
        return Link(name, body.address())
    target = Cursor(body.file, body.take(body.number(2)))
    if kind == EXTERNAL:
        target.skip(1)
        return Link(name, None, _text(target.text()))
    return Link(name)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
