"""safetensors: a JSON header and raw numbers. Nothing runs, unless the header lies about what it is.

Source: the format section of the ``safetensors`` README. The file is an 8-byte little-endian length,
the header, and a buffer that the tensors fill without gaps or overlaps.
"""

import json
import re
from collections.abc import Iterator

from scanner.blob import Blob, BytesWindow
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
SHORTEST = 64  # characters of a text that could be code
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16,
    "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64, "F4": 4,
    "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
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
    """Longer metadata, whatever stands behind the last tensor; lies of the header are malformed."""
    length = int.from_bytes(blob.read_at(0, PREFIX), "little")
    start = PREFIX + length
    if length > budget.limits.constant:
        raise OverBudget(f"a header of {length:,} bytes")
    if start > blob.size:
        raise Malformed(f"the header claims {length:,} bytes and the file has {blob.size:,}")
    tensors, faults = _tensors(blob.read_at(PREFIX, length))
    spans = list(_spans(tensors, faults))
    yield from _metadata(blob, tensors.get(METADATA))
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
        raise Malformed("; ".join(dict.fromkeys(faults)))


def _tensors(header: bytes) -> tuple[dict[str, object], list[str]]:
    """The entries of the header, and what is wrong with it."""
    faults: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(items)) != len(items):
            faults.append("the header repeats a key")
        return dict(items)

    try:
        tensors = json.loads(header, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the header is not JSON: {error}") from None
    return tensors if isinstance(tensors, dict) else {}, faults


def _spans(tensors: dict[str, object], faults: list[str]) -> Iterator[tuple[int, int]]:
    """Where the tensors lie in the buffer."""
    for name, tensor in tensors.items():
        match tensor:
            case _ if name == METADATA:
                pass
            case {"data_offsets": [int() as first, int() as stop], **shown} if 0 <= first <= stop < HUGE:
                yield first, stop
                if not _fits(shown, stop - first):
                    faults.append("a tensor is not as long as its shape says")
            case _:
                faults.append("an entry of the header is not a tensor")


def _fits(tensor: dict[object, object], size: int) -> bool:
    """Whether the bytes of a tensor are as many as its shape and type make; true of types nobody knows."""
    bits, shape = BITS.get(str(tensor.get("dtype"))), tensor.get("shape")
    if bits is None or not isinstance(shape, list) or not all(type(each) is int for each in shape):
        return bits is None
    count = 1
    for extent in shape:
        count = min(count * max(extent, 0), HUGE)
    return count * bits == size * 8


def _metadata(blob: Blob, pairs: object) -> Iterator[Blob]:
    """Texts that are free: some reader may take them for more."""
    for key, value in pairs.items() if isinstance(pairs, dict) else ():
        if isinstance(value, str) and len(value) > SHORTEST:
            yield blob.inner(f"{METADATA} {key}", BytesWindow(value.encode("utf-8", "surrogatepass")))
