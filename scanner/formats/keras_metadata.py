"""``keras_metadata.pb``: what Keras 2 keeps beside a SavedModel, a configuration for each object.

Source: ``saved_metadata.proto`` of Keras 2. Every configuration is a JSON document, which is looked at by
itself; loading builds its layers, Lambdas included.
"""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.formats._protobuf import BYTES, FIRST, Field, Wire, key, may_begin
from scanner.limits import Budget

NAME = "keras-metadata"
STARTS = FIRST
COMPLETE = True
OBJECT, PATH, IDENTIFIER, METADATA = 1, 3, 4, 5
SIGN, begins = key(BYTES, [OBJECT]), may_begin
LOOKED_AT = 16  # objects that tell whether it is one


def matches(blob: Blob, head: bytes) -> bool:
    """Objects with a path and a JSON document as their metadata."""
    wire = Wire(blob, head=head)
    try:
        for count, part in enumerate(wire.fields(0, blob.size)):
            if count > LOOKED_AT or part.number != OBJECT or part.wire != BYTES:
                return False
            if _is_object(wire, part):
                return True
    except (Malformed, OverBudget):
        pass
    return False


def _is_object(wire: Wire, whole: Field) -> bool:
    found = {part.number: part for part in wire.inside(whole) if part.wire == BYTES}
    if METADATA not in found or IDENTIFIER not in found:
        return False
    return wire.blob.read_at(found[METADATA].start, 1) == b"{"


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob]:
    """The configuration of every object, by its path."""
    wire = Wire(blob, budget)
    for part in wire.fields(0, blob.size):
        if part.wire != BYTES or part.number != OBJECT:
            yield wire.part(part, f"(field {part.number})")
            continue
        found = {inner.number: inner for inner in wire.inside(part) if inner.wire == BYTES}
        path = wire.text(found[PATH]) if PATH in found else "object"
        for number, inner in found.items():
            if number == METADATA or number > METADATA + 1:
                yield wire.part(inner, path)
