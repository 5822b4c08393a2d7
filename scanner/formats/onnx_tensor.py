"""A single tensor of ONNX, as its test data and some exporters have it. Its values are not read.

Source: TensorProto in ``onnx.proto``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.formats._onnxgraph import Graph
from scanner.formats._protobuf import BYTES, FIRST, FIXED32, FIXED64, VARINT, Wire, key, may_begin
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "onnx-tensor"
STARTS, begins = FIRST, may_begin
COMPLETE = True
SHAPE, TYPE, TYPES = 1, 2, range(1, 64)
VALUES = frozenset({4, 5, 6, 7, 9, 10, 11, 13})
# Every field and the wire types that it may have.
FIELDS = {
    1: (VARINT, BYTES), 2: (VARINT,), 3: (BYTES,), 4: (BYTES, FIXED32), 5: (BYTES, VARINT), 6: (BYTES,),
    7: (BYTES, VARINT), 8: (BYTES,), 9: (BYTES,), 10: (BYTES, FIXED64), 11: (BYTES, VARINT), 12: (BYTES,),
    13: (BYTES,), 14: (VARINT,), 16: (BYTES,),
}  # fmt: skip
SIGN = b"|".join(
    key(wire, [n for n, wires in FIELDS.items() if wire in wires])
    for wire in (VARINT, FIXED64, BYTES, FIXED32)
)
MOST = 1 << 16  # fields that are looked at; the values of old writers are fields of their own


def matches(blob: Blob, head: bytes) -> bool:
    """Fields of a tensor and no others, among them a known type and values or their place."""
    wire, typed, valued = Wire(blob, head=head), False, False
    try:
        for count, field in enumerate(wire.fields(0, blob.size)):
            if field.wire not in FIELDS.get(field.number, ()):
                return False
            typed = typed or (field.number == TYPE and field.value in TYPES)
            valued = valued or field.number in VALUES
            if count > MOST or (count > 2 and not typed and field.number not in (SHAPE, TYPE)):
                break
    except Malformed:
        return False
    return typed and valued


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Program"]:
    """The file that the values are in, if they are not in this one."""
    graph = Graph(Wire(blob, budget))
    yield from graph.tensor_fields(0, blob.size)
    yield from graph.program()
