"""TensorFlow: a SavedModel, a MetaGraph (``.meta``) or a frozen GraphDef. A graph is a program.

Its operators compute, and some of them read and write files, print into them, or talk to other machines; the
table ``knowledge/effects/tensorflow_ops.txt`` says which, and which of their inputs and attributes is the
path. They run when somebody uses what was loaded, as the methods of a TorchScript module do, so they count as
what loading the file is for; the few that initialise tables run while it is loaded.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.formats._protobuf import BYTES, FIRST, MESSAGE, VARINT, Wire, may_begin
from scanner.formats._tfgraph import Graph, is_graph, read_graph, read_meta_graph
from scanner.formats._tfprogram import program
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "tensorflow"
STARTS, SIGN, begins = FIRST, MESSAGE, may_begin
COMPLETE = True
SCHEMA, META_GRAPHS, GRAPH = 1, 2, 2
LOOKED_AT = 64  # fields in front of the graph


def matches(blob: Blob, head: bytes) -> bool:
    """One of the three messages with a graph in it."""
    return bool(head) and _kind(Wire(blob, head=head)) is not None


def _kind(wire: Wire) -> str | None:
    """Which of the three it is."""
    size = wire.blob.size
    if is_graph(wire, 0, size):
        return "GraphDef"
    try:
        for count, part in enumerate(wire.fields(0, size)):
            if part.number == META_GRAPHS and part.wire == BYTES:
                if is_graph(wire, part.start, part.stop):
                    return "MetaGraphDef"
                inside = [f for f in wire.inside(part) if (f.number, f.wire) == (GRAPH, BYTES)]
                if any(is_graph(wire, f.start, f.stop) for f in inside):
                    return "SavedModel"
            if count > LOOKED_AT or (part.number == SCHEMA and part.wire not in (VARINT, BYTES)):
                break
    except Malformed:
        pass
    return None


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Program | Anomaly"]:
    """A program for every graph; Keras' metadata, and what no reader of graphs knows, as blobs."""
    wire, end = Wire(blob, budget), 0
    kind = _kind(wire)
    if kind != "SavedModel":
        yield from _graph(wire, 0, blob.size, kind or "GraphDef", saved=False)
        return
    try:
        for part in wire.fields(0, blob.size):
            end = part.stop
            if part.number == META_GRAPHS and part.wire == BYTES:
                yield from _graph(wire, part.start, part.stop, "MetaGraphDef", saved=True)
            elif part.wire == BYTES:
                yield wire.part(part, f"(field {part.number})")
    except Malformed as error:
        yield from trailing(blob, end, NAME)
        raise error from None


def _graph(
    wire: Wire, start: int, stop: int, kind: str, *, saved: bool
) -> Iterator["Blob | Program | Anomaly"]:
    """One graph; only the loader of a SavedModel puts assets in the place of constants."""
    graph, fault = Graph(), None
    try:
        yield from (read_graph if kind == "GraphDef" else read_meta_graph)(wire, start, stop, graph)
    except (Malformed, OverBudget) as error:
        fault = error
    if not saved:
        graph.assets.clear()
    yield from program(NAME, wire, graph)
    if fault is not None:
        raise fault
