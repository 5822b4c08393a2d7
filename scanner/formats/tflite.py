"""TFLite: a graph as a flatbuffer, in which TensorFlow's own operators have names with ``Flex`` in front.

Sources: ``schema.fbs`` of TFLite and the internals of FlatBuffers. Weights are not read. What is no operator
of TFLite is either TensorFlow's, which the table of those tells, or that of a library.
"""

import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._beside import beside
from scanner.formats._decode import cheap_end
from scanner.formats._flatbuffers import LONGEST, Buffers
from scanner.formats._protobuf import BYTES, Field, Wire
from scanner.formats._tfgraph import Graph, Node
from scanner.formats._tfprogram import program
from scanner.formats._ziprecords import directories, entries
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "tflite"
COMPLETE = True
SIGN = rb".{4}TFL3"
IDENTIFIER = b"TFL3"
FLEX = "Flex"
STRING = 5  # the type of a tensor of strings
# Slots of the tables, as numbers in their vtable.
CODES, SUBGRAPHS, BUFFERS = 6, 8, 12
CUSTOM_CODE = 6
TENSORS, OPERATORS = 4, 10
OPCODE, INPUTS, OUTPUTS, OPTIONS = 4, 6, 8, 14
TYPE, BUFFER, DATA = 6, 8, 4
METADATA, ENTRY_NAME, ARCHIVED = 16, 4, b"TFLITE_METADATA"


def matches(_blob: Blob, head: bytes) -> bool:
    """The identifier of the schema behind the offset of the root."""
    return head[4:8] == IDENTIFIER


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Program | Anomaly"]:
    """The archive at the end, if there is one; a program of the operators that are not TFLite's own."""
    file = Buffers(blob, budget)
    archive = _archive(blob)
    if archive < blob.size:
        if not _archived(file):
            message = "a ZIP archive stands behind a graph that has no metadata to say so"
            yield Anomaly("polyglot", message, blob.site)
        yield blob.part("(archive)", archive, blob.size - archive)
    root = file.root()
    contents = [file.vector(each, DATA) for each in file.tables(root, BUFFERS)]
    spans = [(start, start + size) for start, size in contents if size >= LONGEST]
    yield from beside(blob, spans, len(IDENTIFIER) + 4, archive)
    codes = file.tables(root, CODES)
    names = [file.content(code, CUSTOM_CODE).decode("utf-8", "replace") for code in codes]
    buffers = file.tables(root, BUFFERS) if any(names) else []
    for subgraph in file.tables(root, SUBGRAPHS) if any(names) else ():
        yield from _subgraph(file, subgraph, names, buffers)
    custom = [
        (code, name) for code, name in zip(codes, names, strict=True) if name and not name.startswith(FLEX)
    ]
    if custom:
        from scanner.irbuilder import Builder  # noqa: PLC0415 - few graphs need it

        build = Builder(budget)
        for build.at, name in custom:
            build.call(build.name(NAME, "custom_operator"), [build.const(name)])
        yield build.program(NAME, blob, "the graph names it")


def _archive(blob: Blob) -> int:
    """Where the ZIP archive starts in which the metadata of a graph have labels and vocabularies."""
    found = directories(blob.window) if cheap_end(blob.window) else []
    starts = [entry.header + each.shift for each in found for entry in entries(blob.window, each)]
    return max(min(starts, default=found[0].start), 0) if found else blob.size


def _archived(file: Buffers) -> bool:
    """Whether the metadata tell of an archive."""
    try:
        told = {file.content(each, ENTRY_NAME) for each in file.tables(file.root(), METADATA)}
    except Malformed:
        return False
    return ARCHIVED in told


def _subgraph(file: Buffers, subgraph: int, names: list[str], buffers: list[int]) -> Iterator["Program"]:
    """The Flex operators as nodes of a graph, and the strings that tensors hold."""
    graph, wire = Graph(), Wire(file.blob, file.budget)
    made: dict[int, str] = {}
    for place, operator in enumerate(file.tables(subgraph, OPERATORS)):
        code = file.field(operator, OPCODE)
        index = file.number("I", code) if code is not None else 0
        name = names[index] if index < len(names) else ""
        inputs = tuple(made.get(tensor, f"tensor {tensor}") for tensor in file.numbers(operator, INPUTS))
        made.update(dict.fromkeys(file.numbers(operator, OUTPUTS), f"operator {place}"))
        start, size = file.vector(operator, OPTIONS)
        kind = name.removeprefix(FLEX)
        attributes = _attributes(file, wire, kind, start, size) if name.startswith(FLEX) else {}
        graph.main.nodes[f"operator {place}"] = Node(name, kind, inputs, attributes, operator)
    given = {
        f"tensor {place}": tuple(texts)
        for place, tensor in enumerate(file.tables(subgraph, TENSORS))
        if (texts := _texts(file, tensor, buffers))
    }
    yield from program(NAME, wire, graph, given)


def _attributes(file: Buffers, wire: Wire, kind: str, start: int, size: int) -> dict[str, Field]:
    """The attributes of the NodeDef in the options of a Flex operator, which stands behind its name."""
    operator = kind.encode()
    data = file.blob.read_at(start, min(size, LONGEST))
    at = data.find(bytes([0x12, len(operator) & 0x7F]) + operator)
    found: dict[str, Field] = {}
    try:
        for part in wire.fields(start + at, start + size) if at >= 0 else ():
            if part.number == 5 and part.wire == BYTES:
                entry = {inner.number: inner for inner in wire.inside(part)}
                if 1 in entry and 2 in entry:
                    found[wire.text(entry[1])] = entry[2]
    except Malformed:
        pass  # the NodeDef is followed by the rest of a FlexBuffer
    return found


def _texts(file: Buffers, tensor: int, buffers: list[int]) -> list[str]:
    """The strings of a tensor: a count, the offsets of each and of the end, the bytes."""
    kind, index = file.field(tensor, TYPE), file.field(tensor, BUFFER)
    if kind is None or index is None or file.number("b", kind) != STRING:
        return []
    which = file.number("I", index)
    data = file.content(buffers[which], DATA) if which < len(buffers) else b""
    count = int.from_bytes(data[:4], "little")
    if not 0 < count <= len(data) // 4 - 1:
        return []
    ends = struct.unpack_from(f"<{count + 1}I", data, 4) if len(data) >= 8 + 4 * count else ()
    return [data[a:b].decode("utf-8", "backslashreplace") for a, b in pairwise(ends)][:64]
