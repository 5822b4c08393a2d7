"""PMML: regressions, trees and the like as XML. It computes; extensions hold whatever their readers want.

Source: the schema of PMML 4.4 and the user-defined functions of JPMML, which are Java classes by name.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob, BytesWindow
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats import _xml
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "pmml"
STARTS, SIGN = _xml.STARTS, _xml.OPENING.pattern
COMPLETE = True
ROOT = "PMML"
SHORTEST = 64  # characters that could be code
NUMBERS = frozenset(
    {"Array", "Indices", "INT-Entries", "REAL-Entries", "INT-SparseArray", "REAL-SparseArray"}
)
CLASS = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+")  # a function that is no word of PMML's


def matches(blob: Blob, head: bytes) -> bool:
    """An XML document whose outermost element is called so."""
    outermost = _xml.root(blob, head)
    return outermost is not None and outermost.name == ROOT


def unwrap(blob: Blob, budget: Budget) -> Iterator["Blob | Program | Anomaly"]:
    """Longer texts and values of extensions, and a program of what is declared and of foreign functions."""
    declared = _xml.Declared([], [])
    functions: dict[str, int] = {}
    try:
        yield from _inside(blob, budget, declared, functions)
    except (Malformed, OverBudget):
        yield from declared.told(blob, budget)
        yield from _foreign(blob, budget, functions)
        raise
    yield from declared.told(blob, budget)
    yield from _foreign(blob, budget, functions)


def _inside(blob: Blob, budget: Budget, declared: _xml.Declared, functions: dict[str, int]) -> Iterator[Blob]:
    parts: list[str] = []
    start, element = 0, ""
    for event in _xml.events(blob, budget):
        match event:
            case _xml.Text(text, at):
                start = at if not parts else start
                if element not in NUMBERS:
                    parts.append(text)
                continue
            case _xml.Start("Extension", attributes, at):
                yield from _part(blob, "Extension", attributes.get("value", ""), at)
            case _xml.Start("Apply", attributes, at) if CLASS.fullmatch(attributes.get("function", "")):
                functions.setdefault(attributes["function"], at)
            case _:
                declared.note(event)
        yield from _part(blob, element, "".join(parts), start)
        parts.clear()
        element = event.name if isinstance(event, _xml.Start) else ""


def _part(blob: Blob, name: str, text: str, at: int) -> Iterator[Blob]:
    if len(text.strip()) > SHORTEST:
        yield blob.inner(f"{name} @ {at}", BytesWindow(text.strip().encode("utf-8", "surrogatepass")))


def _foreign(blob: Blob, budget: Budget, functions: dict[str, int]) -> Iterator["Program"]:
    if not functions:
        return
    from scanner.irbuilder import Builder  # noqa: PLC0415 - few documents have any

    build = Builder(budget)
    for name, build.at in functions.items():
        build.call(build.name(NAME, "custom_function"), [build.const(name)])
    yield build.program(NAME, blob, "the document names it")
