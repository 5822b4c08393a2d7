"""PyTorch's oldest files: a tar archive of ``sys_info``, ``pickle``, ``storages`` and ``tensors``.

In the last two, pickles and raw numbers take turns, and ``torch.load`` still reads them one after the
other (``_legacy_load`` in ``torch/serialization.py``).
"""

from collections.abc import Iterator

from msgspec.structs import replace

from scanner.blob import Blob, SubWindow
from scanner.facts import Anomaly
from scanner.formats._opstate import Tape, Walk
from scanner.formats._stream import Stream
from scanner.limits import Budget

STORAGES, TENSORS = b"storages", b"tensors"
ITEM = {"Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1,
        "Byte": 1, "Bool": 1, "ComplexDouble": 16, "ComplexFloat": 8}  # fmt: skip
DIMENSIONS = 64  # of a tensor, as PyTorch allows


def stacked(member: Blob, name: bytes, budget: Budget) -> Iterator[Blob | Anomaly]:
    """The pickles and the numbers of one of these members, in turn: whatever follows a pickle at once belongs
    to the same blob. Of what does not begin with a pickle, the member as it is.
    """
    start = at = count = 0
    while at < member.size:
        budget.spend("parts")
        rest = SubWindow(member.window, at, member.size - at)
        stream = Stream(Walk(Tape(rest)))
        stream.follow()
        if not stream.walk.stopped:
            break
        at += stream.walk.tape.position
        skipped = _tensor(member, at, count) if name == TENSORS else _storage(member, at, stream.names)
        if skipped < 0:
            yield Anomaly("malformed", "what follows a pickle cannot be measured", member.site.at(offset=at))
            break
        if skipped:
            yield _pickles(member, start, at - start)
            yield member.part(f"(numbers at {at})", at, min(skipped, member.size - at), raw=True)
            start = at + skipped
        at += skipped
        count += 1
    if start < member.size or not member.size:
        yield _pickles(member, start, member.size - start)


def _pickles(member: Blob, start: int, size: int) -> Blob:
    """A part of the member; the first goes by the member's own name."""
    if start:
        return member.part(f"(pickle at {start})", start, size, expected="pickle")
    return replace(member, window=SubWindow(member.window, 0, size))


def _storage(member: Blob, at: int, names: list[str]) -> int:
    """Bytes of the numbers behind a pickle that names a class of storages, none behind another; -1 if
    nobody knows."""
    for kind in (name.rpartition(".")[2] for name in names):
        if kind.endswith("Storage"):
            count = int.from_bytes(member.read_at(at, 8), "little")
            size = ITEM.get(kind.removesuffix("Storage"))
            return -1 if size is None else 8 + count * size
    return 0


def _tensor(member: Blob, at: int, count: int) -> int:
    """Bytes of shape, strides and offset behind every pickle but the first, which counts them; -1 if
    nobody knows."""
    dimensions = int.from_bytes(member.read_at(at, 4), "little") if count else None
    if dimensions is None:
        return 0
    return 8 + 16 * dimensions + 8 if dimensions <= DIMENSIONS else -1
