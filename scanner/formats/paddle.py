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
from scanner.formats._paddleprogram import PATHS, program
from scanner.formats._protobuf import BYTES, Field, Wire
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "paddle"
# A block of any length that is number 0 and has the parent -1, as the first one of every program.
STARTS = b"\n"
ROOT = re.compile(rb"\n[\x80-\xff]{0,9}[\x00-\x7f]\x08\x00\x10\xff{9}\x01")
SIGN = ROOT.pattern
BLOCK, OPERATOR, TYPE, ATTRIBUTE, ATTRIBUTE_NAME, TEXT = 1, 4, 3, 4, 1, 5


def matches(_blob: Blob, head: bytes) -> bool:
    """Whether the first block is the root of a program."""
    return ROOT.match(head) is not None


def unwrap(blob: Blob, budget: Budget) -> Iterator["Program"]:
    """The program that opens and writes the files that operators name."""
    named: list[tuple[int, str, str]] = []
    fault: Malformed | OverBudget | None = None
    try:
        for found in _named(Wire(blob, budget)):
            named.append(found)  # what came before a fault counts
    except (Malformed, OverBudget) as error:
        fault = error
    yield from program(NAME, blob, budget, named)
    if fault is not None:
        raise fault


def _named(wire: Wire) -> Iterator[tuple[int, str, str]]:
    """Offset, type and path of every operator that has one."""
    for block in _within(wire.fields(0, wire.blob.size), BLOCK):
        for operator in _within(wire.inside(block), OPERATOR):
            kinds = list(_within(wire.inside(operator), TYPE))
            for attribute in _within(wire.inside(operator), ATTRIBUTE):
                names = list(_within(wire.inside(attribute), ATTRIBUTE_NAME))
                if kinds and names and wire.text(names[-1]) in PATHS:
                    for path in _within(wire.inside(attribute), TEXT):
                        yield path.start, wire.text(kinds[-1]), wire.text(path)


def _within(fields: Iterator[Field], number: int) -> Iterator[Field]:
    return (field for field in fields if field.number == number and field.wire == BYTES)
