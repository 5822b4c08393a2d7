"""safetensors: a JSON header and raw numbers. Nothing runs, unless the header lies about what it is.

Source: the format section of the ``safetensors`` README. The file is an 8-byte little-endian length,
the header, and a buffer that the tensors fill without gaps or overlaps.
"""

import json
import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats._decode import trailing
from scanner.limits import Budget

NAME = "safetensors"
COMPLETE = True
PREFIX = 8
SIGN = rb".{4}\0{4}\{"
LONGEST = 100 << 20  # bytes of a header; the library refuses more
OPENING = re.compile(rb"""\{\s*(?:"|\})""")
HUGE = 1 << 63  # bytes; no file is larger
METADATA = "__metadata__"
TYPICAL = (b'"dtype"', b'"data_offsets"', b'"__metadata__"')


def matches(_blob: Blob, head: bytes) -> bool:
    """A possible length in front of the opening of a JSON object that names tensors or is empty."""
    length = int.from_bytes(head[:PREFIX], "little")
    if not 2 <= length <= LONGEST:
        return False
    header = head[PREFIX : PREFIX + length]
    return OPENING.match(header) is not None and (
        header.strip() == b"{}" or any(word in header for word in TYPICAL)
    )


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Whatever stands behind the last tensor; lies of the header are malformed."""
    length = int.from_bytes(blob.read_at(0, PREFIX), "little")
    start = PREFIX + length
    if length > budget.limits.constant:
        raise OverBudget(f"a header of {length:,} bytes")
    if start > blob.size:
        raise Malformed(f"the header claims {length:,} bytes and the file has {blob.size:,}")
    spans, faults = _spans(blob.read_at(PREFIX, length))
    end = start + max((stop for _, stop in spans), default=0)
    yield from trailing(blob, min(end, blob.size), NAME)
    cursor = 0
    for first, stop in sorted(spans):
        if first != cursor:
            faults.append("the tensors overlap or leave gaps")
            break
        cursor = stop
    if end > blob.size:
        faults.append(f"the tensors end at {end:,} and the file at {blob.size:,}")
    if faults:
        raise Malformed("; ".join(faults))


def _spans(header: bytes) -> tuple[list[tuple[int, int]], list[str]]:
    """Where the tensors lie in the buffer, and what is wrong with the header."""
    faults: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(items)) != len(items):
            faults.append("the header repeats a key")
        return dict(items)

    try:
        tensors = json.loads(header, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the header is not JSON: {error}") from None
    spans = []
    for name, tensor in tensors.items() if isinstance(tensors, dict) else ():
        match tensor:
            case {"data_offsets": [int() as first, int() as stop]} if (
                name != METADATA and 0 <= first <= stop < HUGE
            ):
                spans.append((first, stop))
            case _ if name != METADATA:
                faults.append("an entry of the header is not a tensor")
    return spans, faults[:1]
