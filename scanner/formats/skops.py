"""skops: ``schema.json`` of a ``.skops`` archive says which objects to make, and from what.

Source: ``skops.io``, protocols 0 to 3. The arrays and bytes that the document names are members of the same
archive and are looked at there.
"""

from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.formats import _json
from scanner.limits import Budget

NAME = "skops"
STARTS, SIGN = _json.STARTS, _json.SIGN
KEYS = ("__class__", "__module__")


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON object that names its class and the module of that."""
    document = _json.opened(blob, head)
    if document is None or not all(document.mentions(key) for key in KEYS):
        return False
    match document.value:
        case {"__class__": str(), "__module__": str()}:
            return True
    return document.long


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """A program for the language of such documents."""
    yield Fragment("skops", blob, blob.trigger)
