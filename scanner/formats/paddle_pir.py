"""PaddlePaddle's programs since version 3: operators in the regions and blocks of a JSON document. A few of
them open or write the files that they name; the others compute.

Source: what ``paddle.jit.save`` of PaddlePaddle 3.3 writes. An operator has its type (``#``, behind the
number of its dialect) and its attributes (``A``), an attribute its name (``N``), in ``AT`` its value (``D``).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.blob import Blob
from scanner.formats import _json
from scanner.formats._paddleprogram import PATHS, program
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "paddle-pir"
STARTS, SIGN = _json.STARTS, _json.SIGN


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON object that says what it is."""
    document = _json.opened(blob, head)
    if document is None or not all(document.mentions(word) for word in ("base_code", "pir", "program")):
        return False
    match document.value:
        case {"base_code": {"magic": "pir"}, "program": dict()}:
            return True
    return document.long


def unwrap(blob: Blob, budget: Budget) -> Iterator["Program"]:
    """The program that opens and writes the files that operators name."""
    named = list(_named(_json.document(blob, budget), budget))
    if named:
        from scanner.irbuilder import Places  # noqa: PLC0415 - few operators name files

        places = Places(blob.read_at(0, budget.limits.constant))
        yield from program(NAME, blob, budget, ((places.after(path), kind, path) for kind, path in named))


def _named(document: Any, budget: Budget) -> Iterator[tuple[str, str]]:
    """Type and path of every operator that has one, in the order of the document."""
    waiting = [document]
    while waiting:
        budget.spend("steps")
        item = waiting.pop()
        match item:
            case {"#": str() as kind, "A": list() as attributes}:
                for attribute in attributes:
                    match attribute:
                        case {"N": str() as name, "AT": {"D": str() as path}} if name in PATHS:
                            yield kind.rpartition(".")[2], path
        if isinstance(item, dict | list):
            waiting += reversed([*item.values()] if isinstance(item, dict) else item)
