"""Checkpoints of gigabytes that take kilobytes on disk: only what a scanner looks at has content."""

import random
import struct
import zlib
from pathlib import Path

SHOWN = 8192  # bytes of a storage that are not zero, at its start and as many at its end
ALIGNED = 64  # bytes; torch.save pads so that the content of a member begins at a multiple
STREAMED = 0x0808  # flags: sizes behind the data, names in UTF-8


def torch_zip(path: Path, pickle: bytes, tensors: int, size: int) -> None:
    """What torch.save writes: stored members with their sizes behind them, of ``size`` bytes each."""
    numbers = random.Random(size)
    directory = []
    with path.open("wb") as file:
        for name, start, hole in [
            (b"archive/data.pkl", pickle, 0),
            *((b"archive/data/%d" % i, numbers.randbytes(SHOWN), size - 2 * SHOWN) for i in range(tensors)),
            (b"archive/version", b"3\n", 0),
        ]:
            at = file.tell()
            padding = -(at + 34 + len(name)) % ALIGNED
            extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding
            file.write(struct.pack("<4s2xHH16xHH", b"PK\3\4", STREAMED, 0, len(name), len(extra)))
            file.write(name + extra + start)
            if hole:
                file.seek(hole, 1)
                file.write(start[::-1])
            length = len(start) + bool(hole) * (hole + SHOWN)
            sum_ = 0 if hole else zlib.crc32(start)  # of so much content nobody checks it
            sizes = struct.pack("<III", sum_, length, length)
            file.write(b"PK\7\10" + sizes)
            entry = struct.pack("<4s4xHH4x12sH12xI", b"PK\1\2", STREAMED, 0, sizes, len(name), at)
            directory.append(entry + name)
        at, whole = file.tell(), b"".join(directory)
        file.write(whole)
        file.write(struct.pack("<4s4xHHIIH", b"PK\5\6", len(directory), len(directory), len(whole), at, 0))


def holes(path: Path, pieces: list[bytes | int]) -> int:
    """A file of these pieces, a number standing for a hole of so many bytes; returns its size."""
    with path.open("wb") as file:
        for piece in pieces:
            if isinstance(piece, int):
                file.seek(piece, 1)
            else:
                file.write(piece)
        file.truncate()
        return file.tell()
