"""Files of nothing but numbers: external data of ONNX, weights of OpenVINO, shards of TensorFlow checkpoints.

No bytes of their own tell them from any other bytes; a file beside them says which of theirs are numbers. So
a file that no format recognises is held against what lies beside it. Where the numbers are, its loader reads
numbers; what stands between them is searched as in any other format.
"""

from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct

from scanner.blob import Blob, Neighbours
from scanner.errors import Malformed, OverBudget
from scanner.formats import describing, opening
from scanner.formats._beside import beside
from scanner.limits import Budget


class Described(Struct, frozen=True):
    """The format of the file that describes another, and where runs of numbers begin and end in that."""

    name: str
    spans: list[tuple[int, int]]

    def parts(self, blob: Blob) -> Iterator[Blob]:
        """The numbers, for what may hide at their beginning, and whatever else there is."""
        yield blob.part("(weights)", 0, blob.size, raw=True)
        yield from beside(blob, self.spans, 0, blob.size)


def described(blob: Blob, neighbours: Neighbours, budget: Budget) -> Described | None:
    """What a file beside ``blob`` says of it; None when there is none, or it is broken or too large."""
    path = blob.site.path
    for found in describing():
        for place in found.described_by(path):
            with suppress(Malformed, OverBudget):
                other = neighbours.open((place,), large=True)
                if other is None or not found.matches(other, opening(other)):
                    continue
                if spans := found.numbers(other, path, budget):
                    return Described(found.NAME, spans)
    return None
