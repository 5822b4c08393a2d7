"""ONNX: a graph of operators as a protocol buffer, with weights inside it or in files that it names.

Source: ``onnx.proto`` (numbers of fields) and the operators of ONNX Runtime. Weights are not read. The
graph computes and nothing more, except that external data and compiled contexts are opened by the path
that it gives, and that operators of a foreign domain are whatever a library makes of them.
"""

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.formats._onnxgraph import SHORTEST, Graph, is_graph
from scanner.formats._protobuf import BYTES, FIRST, MESSAGE, VARINT, Field, Wire, may_begin
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "onnx"
STARTS, SIGN, begins = FIRST, MESSAGE, may_begin
COMPLETE = True
VERSION, GRAPH, OPSETS = 1, 7, 8
KNOWN = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})  # fields of a ModelProto
LOOKED_AT = 4096  # fields in front of the graph
TAILS = (".data", "_data", ".bin", ".weights")  # of the names of files of weights


def matches(blob: Blob, head: bytes) -> bool:
    """A version or operator sets, and a graph with an operator or a tensor in it."""
    wire, seen = Wire(blob, head=head), set()
    try:
        for count, field in enumerate(wire.fields(0, blob.size)):
            seen.add((field.number, field.wire))
            if (field.number, field.wire) == (GRAPH, BYTES) and is_graph(wire, field):
                return (VERSION, VARINT) in seen or _claims(wire, field)
            if count > LOOKED_AT:
                return False
    except Malformed:
        pass
    return False


def _claims(wire: Wire, graph: Field) -> bool:
    """Whether a version or an operator set stands behind the graph."""
    behind = wire.fields(graph.stop, wire.blob.size)
    return any((f.number, f.wire) in ((VERSION, VARINT), (OPSETS, BYTES)) for f in behind)


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Program | Anomaly"]:
    """Metadata, long strings and unknown fields as blobs, and a program that opens what it names."""
    wire, end = Wire(blob, budget), 0
    graph = Graph(wire)
    try:
        for field in wire.fields(0, blob.size):
            end = field.stop
            yield from _field(graph, field)
    except Malformed as error:
        yield from graph.program()
        yield from trailing(blob, end, NAME)
        raise error from None
    yield from graph.program()


def described_by(path: str) -> Iterator[str]:
    """The graphs that may call a file theirs: of the same name but for its end, or of the usual name."""
    folder, name = posixpath.split(path)
    stems = [name.removesuffix(end) for end in TAILS if name.endswith(end)]
    names = [stem if stem.endswith(".onnx") else f"{stem}.onnx" for stem in (*stems, name.rpartition(".")[0])]
    yield from (posixpath.join(folder, each) for each in dict.fromkeys((*names, "model.onnx")))


def numbers(blob: Blob, path: str, budget: Budget) -> list[tuple[int, int]]:
    """The tensors of numbers that a graph has in the file at ``path``."""
    wire = Wire(blob, budget)
    graph, folder = Graph(wire), posixpath.dirname(blob.site.path)
    for field in wire.fields(0, blob.size):
        for _ in _field(graph, field):
            pass  # what it holds is told when it is scanned itself
    places = {posixpath.normpath(posixpath.join(folder, name)): spans for name, spans in graph.spans.items()}
    return places.get(posixpath.normpath(path), [])


def _field(graph: Graph, field: Field) -> Iterator[Blob]:
    match field.number:
        case _ if field.wire != BYTES:
            pass
        case 7:
            yield from graph.graph(field, 0)
        case 20:
            for part in graph.wire.inside(field):
                if part.number in (1, 2):
                    yield from graph.graph(part, 0)  # the initialisation and the training step
        case 25:
            yield from graph.function(field)
        case 14:
            yield from graph.property(field)
        case number if number not in KNOWN and field.value > SHORTEST:
            yield graph.wire.part(field, f"(field {number})")
