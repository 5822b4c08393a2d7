"""Indexes of checkpoints in several files (``*.index.json``): which file each parameter lies in.

Sources: ``get_checkpoint_shard_files`` of transformers, ``huggingface_hub.serialization``. Loaders join each
name to the folder and open what is there, so a name may lead anywhere.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.formats import _json
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "shard-index"
STARTS, SIGN = _json.STARTS, _json.SIGN
KEY = "weight_map"


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON object that maps parameters to files."""
    document = _json.opened(blob, head)
    if document is None or not document.mentions(KEY):
        return False
    return document.long or _files(document.value) is not None


def unwrap(blob: Blob, budget: Budget) -> Iterator["Program"]:
    """A program that opens every file of the map."""
    files = _files(_json.document(blob, budget))
    if files is None:
        raise Malformed("the map of the parameters is not one from names to files")
    if files:
        from scanner.irbuilder import Builder, Places  # noqa: PLC0415 - slow, and identification does without

        build, places = Builder(budget), Places(blob.read_at(0, budget.limits.constant))
        opener = build.name("shard_index", "file")
        for name in files:
            build.at = places.after(name)
            build.call(opener, [build.const(name)])
        yield build.program("shard_index", blob, "loading the checkpoint opens the files of its index")


def _files(document: Any) -> list[str] | None:
    """The files of the map, each once; None when there is no map."""
    match document:
        case {"weight_map": dict() as places}:
            return list(dict.fromkeys(place for place in places.values() if isinstance(place, str)))
    return None
