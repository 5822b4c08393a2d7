"""The manifest of a Core ML package (``.mlpackage``): which of its files is what.

Source: ``ModelPackage`` of coremltools. Paths are relative to the folder ``Data`` beside the manifest.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.formats import _json
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "coreml-package"
STARTS, SIGN = _json.STARTS, _json.SIGN
ITEMS, ROOT = "itemInfoEntries", "rootModelIdentifier"


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON document with the keys of a manifest."""
    document = _json.opened(blob, head)
    if document is None or not document.mentions(ITEMS) or not document.mentions(ROOT):
        return False
    return document.long or (isinstance(document.value, dict) and ITEMS in document.value)


def unwrap(blob: Blob, budget: Budget) -> Iterator["Program"]:
    """The program that opens the files."""
    match _json.document(blob, budget):
        case {"itemInfoEntries": dict() as items}:
            paths = [path for item in items.values() if isinstance(item, dict) for path in [item.get("path")]]
        case _:
            paths = []
    named = [path for path in paths if isinstance(path, str)]
    if not named:
        return
    from scanner.irbuilder import Builder, Places  # noqa: PLC0415 - a package has one manifest

    build, places = Builder(budget), Places(blob.read_at(0, budget.limits.constant))
    for path in dict.fromkeys(named):
        build.at = places.after(path)
        build.call(build.name("coreml", "file"), [build.const(path)])
    yield build.program(NAME, blob, "the package lists it")
