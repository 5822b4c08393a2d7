"""Exported programs of PyTorch: ``models/*.json`` of a ``.pt2`` archive. Operators are called by their names,
but sizes that are not known before are formulas, and what is checked of them are expressions: Python both.

Sources: ``torch/_export/serde/serialize.py`` hands every ``expr_str`` to ``sympy.sympify``, which evaluates
it; ``torch/export/_unlift.py`` writes every item of ``guards_code`` into a function that it executes.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.blob import Blob
from scanner.formats import _json
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "torch-export"
STARTS, SIGN = _json.STARTS, _json.SIGN
KEY, FORMULA = "graph_module", "expr_str"


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON document that is an exported program; nobody else has such keys."""
    document = _json.opened(blob, head)
    if document is None or not document.mentions(KEY):
        return False
    return document.long or (isinstance(document.value, dict) and KEY in document.value)


def unwrap(blob: Blob, budget: Budget) -> Iterator["Program"]:
    """The program that evaluates every formula and every guard, once, in the order of the document."""
    document = _json.document(blob, budget)
    found = dict.fromkeys(_formulas(document))
    match document:
        case {"guards_code": list() as guards}:
            found |= {("guard", text): None for text in guards if isinstance(text, str)}
    if not found:
        return
    from scanner.irbuilder import Builder  # noqa: PLC0415 - the sizes of most tensors are numbers

    data = blob.read_at(0, budget.limits.constant)
    build = Builder(budget)
    readers = {kind: build.name("torch_export", kind) for kind in ("formula", "guard")}
    for kind, text in found:
        build.at = max(data.find(json.dumps(text).encode()), 0)
        build.call(readers[kind], [build.const(text)])
    yield build.program(NAME, blob, "loading the exported program evaluates its formulas")


def _formulas(document: Any) -> Iterator[tuple[str, str]]:
    waiting = [document]
    while waiting:
        match waiting.pop():
            case dict() as inner:
                if isinstance(text := inner.get(FORMULA), str):
                    yield "formula", text
                waiting += reversed(inner.values())
            case list() as inner:
                waiting += reversed(inner)
