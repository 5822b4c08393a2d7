"""PaddlePaddle's ``.pdmodel``: a program as a list of operators, in protobuf. A few of them open or write the
files that they name; the others compute.

Source: ``paddle/fluid/framework/framework.proto``. A ``ProgramDesc`` has blocks (field 1), a block operators
(4), an operator its type (3) and its attributes (4), an attribute its name (1) and its text (5).
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "paddle"
# A block of any length that is number 0 and has the parent -1, as the first one of every program.
ROOT = re.compile(rb"\n[\x80-\xff]{0,9}[\x00-\x7f]\x08\x00\x10\xff{9}\x01")
BLOCK, OPERATOR, TYPE, ATTRIBUTE, ATTRIBUTE_NAME, TEXT = 1, 4, 3, 4, 1, 5
PATH = b"file_path"


def matches(_blob: Blob, head: bytes) -> bool:
    """Whether the first block is the root of a program."""
    return ROOT.match(head) is not None


def unwrap(blob: Blob, budget: Budget) -> Iterator["Program"]:
    """The program that opens and writes the files that operators name."""
    limit = budget.limits.constant
    data = blob.read_at(0, limit + 1)
    if len(data) > limit:
        raise OverBudget(f"a program of more than {limit:,} bytes")
    named = list(_named(data, budget))
    if not named:
        return
    from scanner.irbuilder import Builder  # noqa: PLC0415 - few operators name files

    build = Builder(budget)
    for build.at, kind, path in named:
        build.call(build.name("paddle_operator", kind), [build.const(path)])
    yield build.program(NAME, blob, "running the program runs its operators")


def _named(data: bytes, budget: Budget) -> Iterator[tuple[int, str, str]]:
    """Offset, type and path of every operator that has one."""
    for block in _fields(data, 0, len(data), BLOCK):
        for start, end in _fields(data, *block, OPERATOR):
            budget.spend("steps")
            kind = b"".join(data[slice(*place)] for place in _fields(data, start, end, TYPE))
            for attribute in _fields(data, start, end, ATTRIBUTE):
                names = [data[slice(*place)] for place in _fields(data, *attribute, ATTRIBUTE_NAME)]
                for place in _fields(data, *attribute, TEXT) if names[-1:] == [PATH] else ():
                    yield (
                        start,
                        kind.decode("utf-8", "replace"),
                        data[slice(*place)].decode("utf-8", "replace"),
                    )


def _fields(data: bytes, at: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Start and end of each field of this number that has a length, between ``at`` and ``end``."""
    while at < end:
        tag, at = _varint(data, at, end)
        match tag & 7:
            case 0:
                _, at = _varint(data, at, end)
            case 1:
                at += 8
            case 2:
                length, at = _varint(data, at, end)
                if tag >> 3 == wanted and at + length <= end:
                    yield at, at + length
                at += length
            case 5:
                at += 4
            case _:
                raise Malformed(f"no protobuf at byte {at:,}")
    if at > end:
        raise Malformed(f"a field runs past the end of its message at byte {end:,}")


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at
    raise Malformed(f"a number without an end at byte {at:,}")
