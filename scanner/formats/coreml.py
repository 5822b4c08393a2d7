"""Core ML: ``.mlmodel``, a protocol buffer of one of many kinds of estimators. It computes; custom layers are
classes of the application that loads it, linked files and the weights of programs lie beside it.

Source: the ``.proto`` files of coremltools (numbers of fields). Weights are not read.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.formats._protobuf import BYTES, DEEPEST, Field, Wire
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "coreml"
STARTS = b"\x08\x12\x50"  # keys of the version, the description, and a flag
SIGN = rb"\x08(?:[\x01-\x63][\x08\x12\x50\x80-\xff]|[\x80-\xff])|\x12|\x50"
COMPLETE = True
SHORTEST = 64  # bytes of a text that could be code
VERSION, VERSIONS, DESCRIPTION, UPDATABLE = 1, range(1, 100), 2, 10
# The kinds of estimators: those that hold others, the networks, the rest.
PIPELINE, PIPELINES, NETWORKS = 202, (200, 201), (303, 403, 500)
PROGRAM, CUSTOM, LINKED, SERIALIZED = 502, 555, 556, 3000
OTHERS = (
    300, 301, 302, 304, 400, 401, 402, 404, 501, 560, 600, 601, 602, 603, 604, 606, 607, 609, 610, 900, 2000,
    2001, 2002, 2003, 2004, 2005, 2006,
)  # fmt: skip
KINDS = frozenset({PIPELINE, *PIPELINES, *NETWORKS, PROGRAM, CUSTOM, LINKED, SERIALIZED, *OTHERS})
LAYER, CUSTOM_LAYER, BRANCH, LOOP = 1, 500, 605, 615
HERE = "@model_path/"  # the folder of the package


def matches(blob: Blob, head: bytes) -> bool:
    """A version, an estimator of one kind, perhaps a description, and nothing else."""
    wire, versioned, kinds = Wire(blob, head=head), False, 0
    try:
        for field in wire.fields(0, blob.size):
            match field.number, field.wire:
                case 1, 0:
                    versioned = field.value in VERSIONS
                case number, 2 if number in KINDS:
                    kinds += 1
                case (2, 2) | (10, 0):
                    pass
                case _:
                    break
    except Malformed:
        pass
    return versioned and kinds > 0


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Program | Anomaly"]:
    """Longer texts, serialised estimators, weights of custom layers, and a program of what it names."""
    walk, end = _Walk(Wire(blob, budget)), 0
    try:
        for field in walk.wire.fields(0, blob.size):
            end = field.stop
            yield from walk.field(field, 0)
    except (Malformed, OverBudget) as error:
        yield from walk.program()
        if isinstance(error, Malformed):
            yield from trailing(blob, end, NAME)
        raise
    yield from walk.program()


class _Walk:
    """What it names, each with its offset."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.classes: dict[str, int] = {}
        self.files: dict[str, int] = {}

    def program(self) -> Iterator["Program"]:
        """What loading it looks up and opens; nothing for one that only computes."""
        found = [(at, "custom_layer", name) for name, at in self.classes.items()]
        found += [(at, "file", path) for path, at in self.files.items()]
        if not found or self.wire.budget is None:
            return
        from scanner.irbuilder import Builder  # noqa: PLC0415 - most only compute

        build = Builder(self.wire.budget)
        for build.at, what, name in sorted(found):
            build.call(build.name(NAME, what), [build.const(name)])
        yield build.program(NAME, self.wire.blob, "the file names it")

    def estimator(self, whole: Field, depth: int) -> Iterator[Blob]:
        """One that is a part of another."""
        if depth > DEEPEST:
            raise OverBudget("pipelines nest too deeply")
        for field in self.wire.inside(whole):
            yield from self.field(field, depth)

    def field(self, field: Field, depth: int) -> Iterator[Blob]:
        """A field of an estimator."""
        match field.number:
            case _ if field.wire != BYTES:
                pass
            case 2:
                for metadata in self._fields(field, 100):
                    yield from self._texts(metadata)
            case number if number in PIPELINES:
                for pipeline in self._fields(field, 1):
                    yield from self._pipeline(pipeline, depth)
            case 202:
                yield from self._pipeline(field, depth)
            case number if number in NETWORKS:
                yield from self._network(field, depth)
            case 502:
                for function in self._fields(field, 2, 2):
                    for block in self._fields(function, 3, 2):
                        yield from self._block(block, depth)
            case 555:
                yield from self._custom(field)
            case 556:
                for place in self._fields(field, 1):
                    self._linked(place)
            case 3000:
                for content in self._fields(field, 2):
                    yield self.wire.part(content, "serialized")
            case number if number not in KINDS and field.value > SHORTEST:
                yield self.wire.part(field, f"(field {number})")

    def _pipeline(self, whole: Field, depth: int) -> Iterator[Blob]:
        for part in self._fields(whole, 1):
            yield from self.estimator(part, depth + 1)

    def _network(self, whole: Field, depth: int) -> Iterator[Blob]:
        """The layers, and the networks in those that branch or repeat."""
        if depth > DEEPEST:
            raise OverBudget("networks nest too deeply")
        for layer in self._fields(whole, LAYER):
            for kind in self.wire.inside(layer):
                if (kind.number, kind.wire) == (CUSTOM_LAYER, BYTES):
                    yield from self._custom(kind)
                elif kind.number in (BRANCH, LOOP) and kind.wire == BYTES:
                    for inner in self.wire.inside(kind):
                        if inner.wire == BYTES and (kind.number, inner.number) != (LOOP, 2):
                            yield from self._network(inner, depth + 1)

    def _custom(self, whole: Field) -> Iterator[Blob]:
        """A layer or an estimator that a class of the application is; with its weights and parameters."""
        for part in self.wire.inside(whole):
            match part.number, part.wire:
                case 10, 2:
                    self.classes.setdefault(self.wire.text(part), part.start)
                case 20, 2:
                    for values in self.wire.inside(part):
                        if values.wire == BYTES and values.value > SHORTEST:
                            yield self.wire.part(values, "weights", raw=True)
                case 30, 2:
                    for value in self._fields(part, 2):
                        yield from self._texts(value)

    def _block(self, whole: Field, depth: int) -> Iterator[Blob]:
        """The operations of a program; their values may lie in a file."""
        if depth > DEEPEST:
            raise OverBudget("blocks nest too deeply")
        for operation in self._fields(whole, 3):
            for value in (*self._fields(operation, 5, 2), *self._fields(operation, 2, 2, 1, 2)):
                for place in self._fields(value, 5, 1):
                    path = self.wire.text(place).removeprefix(HERE)
                    self.files.setdefault(path, place.start)
            for block in self._fields(operation, 4):
                yield from self._block(block, depth + 1)

    def _linked(self, whole: Field) -> None:
        """A name, and the folders in which it is looked for."""
        for number in (1, 2):
            for place in self._fields(whole, number, 1):
                text, at = self.wire.text(place), place.start
                for path in text.split(":"):
                    self.files.setdefault(path, at)
                    at += len(path) + 1

    def _texts(self, whole: Field) -> Iterator[Blob]:
        """Every longer text in a message, and in the entries of the map in it."""
        for part in self.wire.inside(whole):
            if part.wire == BYTES and part.number == 100:
                yield from self._texts(part)
            elif part.wire == BYTES and part.value > SHORTEST:
                yield self.wire.part(part, "text")

    def _fields(self, whole: Field, number: int, *more: int) -> Iterator[Field]:
        """The messages or texts with this number; in those, the ones with the next number, and so on."""
        for part in self.wire.inside(whole):
            if (part.number, part.wire) == (number, BYTES):
                yield from self._fields(part, *more) if more else (part,)
