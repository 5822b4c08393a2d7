"""The configuration of a Keras checkpoint: ``config.json`` of a ``.keras`` archive, an attribute of an
HDF5 file, what ``to_json`` writes. It says which classes to import and what to call them with.

Sources: ``keras.saving.serialize_keras_object`` and the checkpoints of Keras 1 and 2.
"""

from collections.abc import Iterator
from typing import Any

from scanner.blob import Blob, Fragment
from scanner.formats import _json
from scanner.limits import Budget

NAME = "keras-config"
STARTS, SIGN = _json.STARTS, _json.SIGN
KEYS = ("class_name", "config")


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON document with an object in it that names a class and its configuration."""
    document = _json.opened(blob, head)
    if document is None or not all(document.mentions(key) for key in KEYS):
        return False
    return document.long or _describes(document.value)


def _describes(document: Any) -> bool:
    waiting = [document]
    while waiting:
        match waiting.pop():
            case {"class_name": str(), "config": _}:
                return True
            case dict() as inner:
                waiting += inner.values()
            case list() as inner:
                waiting += inner
    return False


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """A program for the language of such configurations."""
    yield Fragment("keras", blob, blob.trigger)
