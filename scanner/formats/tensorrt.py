"""TensorRT's engines (``.engine``, ``.plan``): a graph compiled for a GPU.

The content is not documented: code for the GPU, and libraries for this machine where the engine was built to
carry its plug-ins, which its loader opens if it is told that it may. Some exporters put a JSON document with
its length in front.
"""

import struct
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "tensorrt"
MAGIC = (b"ptrt", b"ftrt")
SIGN = rb"[pf]trt|.{4}\{"
LONGEST = 1 << 20  # bytes of the document in front
SEARCHED = 1 << 22  # bytes at the start, and as many at the end, that are searched for libraries
ELF, MACHINE = b"\x7fELF", 18  # offset of the number of the processor
GPU = 190  # EM_CUDA
PROCESSORS = frozenset({3, 40, 62, 183})  # x86, ARM, x86-64, AArch64


def matches(blob: Blob, head: bytes) -> bool:
    """The mark at the start, or behind a document."""
    return head.startswith(MAGIC) or _behind(blob, head) > 0


def _behind(blob: Blob, head: bytes) -> int:
    """Where the mark stands behind a document; 0 without one."""
    start = 4 + int.from_bytes(head[:4], "little")
    if head[4:5] != b"{" or start > LONGEST:
        return 0
    return start if blob.read_at(start, 4) in MAGIC else 0


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Blob | Anomaly]:
    """That it is not read; the document in front, and libraries that are not for a GPU."""
    yield from unread(blob, "a TensorRT engine", "code that is compiled for a GPU is not analysed")
    start = _behind(blob, blob.read_at(0, 8))
    if start:
        yield blob.part("(document)", 4, start - 4)
    start += len(MAGIC[0])
    yield blob.part("(engine)", start, blob.size - start, raw=True)
    later = max(blob.size - SEARCHED, SEARCHED)
    for begin in (0, later):
        data, at = blob.read_at(begin, SEARCHED), -1
        while (at := data.find(ELF, at + 1)) >= 0:
            if len(data) >= at + 20 and struct.unpack_from("<H", data, at + MACHINE)[0] in PROCESSORS:
                yield blob.part(f"library @ {begin + at}", begin + at, blob.size - begin - at)
