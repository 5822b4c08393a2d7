"""ExecuTorch's programs (``.pte``): instructions as a flatbuffer, and segments of data behind it.

Source: ``program.fbs`` and ``extended_header.cpp``. Kernels compute, and are found by name in what the
application has registered; delegates are handed the blobs that their compilers made. Tensors are not read.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats._decode import CHUNK, trailing
from scanner.formats._flatbuffers import Buffers
from scanner.knowledge.tables import knowledge
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "executorch"
SIGN = rb".{4}ET\d\d"
IDENTIFIER = re.compile(rb"ET\d\d", re.DOTALL)
HEADER, MAGIC = 8, b"eh00"  # where the second header stands, and how it begins
# Slots: of a program, a plan, an operator, a delegate, a segment, data inside the flatbuffer.
PLANS, CONSTANTS, INLINE, SEGMENTS = 6, 8, 10, 12
OPERATORS, DELEGATES = 16, 18
FIRST, SECOND = 4, 6
OWN = frozenset(
    {
        "aten",
        "prim",
        "executorch_prim",
        "et_copy",
        "dim_order_ops",
        "quantized_decomposed",
        "llama",
        "torchao",
    }
)
BACKENDS = re.compile(
    r"(?:Xnnpack|CoreML|MPS|Metal|Qnn|Vulkan|EthosU|Arm|VGF|Neuropilot|Neuron|Cadence|Openvino|Cuda|Enn|Samsung|NXP"
    r"|Neutron)\w*Backend"
)


def matches(_blob: Blob, head: bytes) -> bool:
    """The identifier of the schema behind the offset of the root."""
    return IDENTIFIER.fullmatch(head[4:8]) is not None


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Program | Anomaly"]:
    """The blobs of delegates and the other segments, and a program of what is not the runtime's own."""
    file = Buffers(blob, budget)
    root = file.root()
    yield from _program(file, root)
    for slot, kind in ((CONSTANTS, "constant"), (INLINE, "delegate")):
        for data in file.tables(root, slot):
            start, size = file.vector(data, FIRST)
            if size:
                yield blob.part(f"{kind} @ {start}", start, size, raw=True)
    yield from _segments(file, root)


def _segments(file: Buffers, root: int) -> Iterator[Blob | Anomaly]:
    """The data behind the flatbuffer; between segments stands nothing but padding."""
    blob, base, end = file.blob, 0, 0
    if blob.read_at(HEADER, len(MAGIC)) == MAGIC:
        end, base = file.number("Q", HEADER + 8), file.number("Q", HEADER + 16)
    places = sorted(
        (base + file.scalar("Q", s, FIRST), file.scalar("Q", s, SECOND)) for s in file.tables(root, SEGMENTS)
    )
    for start, size in places:
        if start > end and start - end < CHUNK and blob.read_at(end, start - end).strip(b"\0"):
            yield Anomaly(
                "polyglot", f"{start - end:,} bytes stand between segments", blob.site.at(offset=end)
            )
            yield blob.part("(between segments)", end, start - end)
        yield blob.part(f"segment @ {start}", start, size, raw=True)
        end = max(end, start + size)
    if end > blob.size:
        raise Malformed(f"the segments end at {end:,} and the file at {blob.size:,}")
    if end:
        yield from trailing(blob, end, NAME)


def _program(file: Buffers, root: int) -> Iterator["Program"]:
    """Kernels with an effect, and those and the delegates that an application has to bring."""
    found: list[tuple[int, str, str]] = []
    for plan in file.tables(root, PLANS):
        for operator in file.tables(plan, OPERATORS):
            space, _, name = _text(file, operator).rpartition("::")
            if knowledge().effect(f"ops.{space}.{name}") is not None:
                found.append((operator, f"ops.{space}", name))
            elif space not in OWN:
                found.append((operator, "", f"{space}::{name}"))
        found += [
            (each, "", name)
            for each in file.tables(plan, DELEGATES)
            if not BACKENDS.fullmatch(name := _text(file, each))
        ]
    if not found:
        return
    from scanner.irbuilder import Builder  # noqa: PLC0415 - most programs only compute

    build = Builder(file.budget)
    for build.at, space, name in found:
        if space:
            build.call(build.name(space, name), [build.unknown("what it is handed")])
        else:
            build.call(build.name(NAME, "custom_operator"), [build.const(name)])
    yield build.program(NAME, file.blob, "running the program runs its instructions")


def _text(file: Buffers, table: int) -> str:
    return file.content(table, FIRST).decode("utf-8", "replace")
