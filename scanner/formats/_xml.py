"""XML without its dangers: ``expat`` reads it, nothing is fetched, and no entity that a document declares is
expanded in its text.

Sources: XML 1.0 and the documentation of ``xml.parsers.expat``. A loader that does expand them opens what an
external entity or a document type names (XXE), and grows by what internal ones multiply; so each declaration
is told. Attributes are under expat's own protection against growth.
"""

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

# How a document starts in UTF-8, UTF-16, and encodings in which ASCII is what it is.
STARTS = b" \t\r\n<\x00\xef\xff\xfe"
OPENING = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*<[?!A-Za-z_:]|\xff\xfe<\x00|\xfe\xff\x00<|<\x00|\x00<")
PIECE = 1 << 16  # bytes that are parsed at once
FAR = 1 << 20  # bytes in which the first element is looked for
DECLARED = re.compile(rb"""<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
WIDE = frozenset({
    "big5", "cp932", "cp949", "cp950", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "iso2022_jp",
    "shift_jis", "utf-7",
})  # fmt: skip
ELEMENT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
HREF = re.compile(r"""\bhref\s*=\s*["']([^"']*)["']""")


class Start(Struct, frozen=True):
    """An element begins. Its name and those of its attributes have no prefix."""

    name: str
    attributes: dict[str, str]
    at: int


class End(Struct, frozen=True):
    """An element ends."""

    name: str


class Text(Struct, frozen=True):
    """Characters between two tags, or a part of them."""

    text: str
    at: int


class Reference(Struct, frozen=True):
    """A declaration that makes loaders open something: ``kind`` is the name of a row of the tables."""

    kind: str
    place: str
    at: int


class Entity(Struct, frozen=True):
    """An internal entity is declared."""

    name: str


Event: TypeAlias = Start | End | Text | Reference | Entity


class _Parser:
    """What expat calls; ``events`` are those since they were last taken."""

    def __init__(self, head: bytes) -> None:
        from xml.parsers import expat  # noqa: PLC0415 - slow, and few files are XML

        self.error = expat.ExpatError
        self.events: list[Event] = []
        self._decoder = _decoder(head)
        self._expat = expat.ParserCreate("utf-8" if self._decoder else None)
        self._expat.buffer_text = True
        self._expat.buffer_size = FAR
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = lambda name: self.events.append(End(_plain(name)))
        self._expat.CharacterDataHandler = lambda text: self.events.append(Text(text, self._at()))
        self._expat.EntityDeclHandler = self._entity
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.ProcessingInstructionHandler = self._instruction
        self._expat.DefaultHandler = lambda _data: None  # without it, internal entities are expanded

    def feed(self, data: bytes, *, last: bool) -> None:
        if self._decoder is not None:
            data = self._decoder.decode(data, last).encode("utf-8", "surrogatepass")
        self._expat.Parse(data, last)

    def _at(self) -> int:
        return max(self._expat.CurrentByteIndex, 0)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        plain = {_plain(key): value for key, value in attributes.items()}
        self.events.append(Start(_plain(name), plain, self._at()))
        if _plain(name) == "include" and "href" in plain:
            self.events.append(Reference("include", plain["href"], self._at()))

    def _entity(
        self,
        name: str,
        _parameter: bool,
        value: str | None,
        _base: str | None,
        system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        if value is None and system is not None:
            self.events.append(Reference("external_entity", system, self._at()))
        else:
            self.events.append(Entity(name))

    def _doctype(self, _name: str, system: str | None, _public: str | None, _internal: bool) -> None:
        if system is not None:
            self.events.append(Reference("document_type", system, self._at()))

    def _instruction(self, target: str, data: str) -> None:
        place = HREF.search(data) if target == "xml-stylesheet" else None
        if place:
            self.events.append(Reference("stylesheet", place[1], self._at()))


def _decoder(head: bytes) -> codecs.IncrementalDecoder | None:
    """For an encoding of several bytes, which Python has and expat has not."""
    declared = DECLARED.search(head)
    try:
        found = codecs.lookup(declared[1].decode("ascii")) if declared else None
    except LookupError:
        return None
    if found is None or found.name not in WIDE or found.incrementaldecoder is None:
        return None
    return found.incrementaldecoder("replace")


def root(blob: Blob, head: bytes) -> Start | None:
    """The outermost element; None if this is not XML, or it does not begin within the first mebibyte."""
    if not OPENING.match(head):
        return None
    parser, data, at = _Parser(head), head, 0
    while data and at < FAR:
        try:
            parser.feed(data, last=False)
        except parser.error:
            data = b""
        except (LookupError, ValueError):  # an encoding that nobody here has
            first = ELEMENT.search(head)
            return Start(first[1].decode("ascii", "replace"), {}, 0) if first else None
        found = next((event for event in parser.events if isinstance(event, Start)), None)
        if found is not None:
            return found
        at += len(data)
        data = data and blob.read_at(at, PIECE)
    return None


def events(blob: Blob, budget: Budget) -> Iterator[Event]:
    """Everything in the document, in order; raises :class:`Malformed` where it breaks."""
    parser = _Parser(blob.read_at(0, FAR))
    for at in range(0, blob.size, PIECE):
        budget.spend("steps")
        fault = None
        try:
            parser.feed(blob.read_at(at, PIECE), last=at + PIECE >= blob.size)
        except parser.error as error:
            fault = str(error)
        except (LookupError, ValueError) as error:
            raise OverBudget(f"its encoding cannot be read: {error}") from None
        yield from parser.events
        parser.events.clear()
        if fault is not None:
            raise Malformed(f"this is not XML: {fault}")


class Declared(Struct):
    """The references and entities of a document."""

    references: list[Reference]
    entities: list[str]

    def note(self, event: Event) -> None:
        """Keep the event if it is one of those."""
        match event:
            case Reference():
                self.references.append(event)
            case Entity(name):
                self.entities.append(name)

    def told(self, blob: Blob, budget: Budget) -> Iterator["Program | Anomaly"]:
        """The references as calls of the loader, and an anomaly for entities."""
        if self.entities:
            names = ", ".join(self.entities[:3])
            message = f"it declares entities, as no writer of it does: {names}"
            yield Anomaly("malformed", message, blob.site)
        if self.references:
            from scanner.irbuilder import Builder  # noqa: PLC0415 - few documents have any

            build = Builder(budget)
            for reference in self.references:
                build.at = reference.at
                build.call(build.name("xml", reference.kind), [build.const(reference.place)])
            yield build.program("xml", blob, "reading the document resolves its references")


def _plain(name: str) -> str:
    return name.rpartition(":")[2]
