"""Configurations of Sentence Transformers: ``modules.json`` and what names an activation function.

Source: ``import_from_string`` and its callers. The type of a module is any importable name, whose ``load`` is
called with the path that stands beside it; an activation function is any importable name, which is called.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.blob import Blob
from scanner.formats import _json
from scanner.knowledge.tables import knowledge
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "sentence-transformers"
STARTS, SIGN = _json.STARTS, _json.SIGN
MODULE = ("idx", "path", "type")  # keys of an entry of modules.json
CALLED = ("activation_function", "activation_fn", "sbert_ce_default_activation_function")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
OWN = "sentence_transformers."


def matches(blob: Blob, head: bytes) -> bool:
    """A list of modules, or an object with an activation function that is the name of something else."""
    document = _json.opened(blob, head)
    if document is None:
        return False
    if not all(document.mentions(key) for key in MODULE) and not any(map(document.mentions, CALLED)):
        return False
    return document.long or any(_modules(document.value)) or any(_activations(document.value))


def unwrap(blob: Blob, budget: Budget) -> Iterator["Program"]:
    """The program that loads the modules and makes the functions."""
    from scanner.irbuilder import Builder, Places  # noqa: PLC0415 - slow, and identification does without

    document = _json.document(blob, budget)
    build, places = Builder(budget), Places(blob.read_at(0, budget.limits.constant))
    for name, path in _modules(document):
        build.at = places.after(name)
        if "--" in name:
            build.call(build.name("hub", "remote_code"), [build.const(name)])
        elif not name.startswith(OWN) and knowledge().effect(f"{name}.load") is not None:
            build.call(build.name(name, "load"), [build.const(path)])
    for name in _activations(document):
        build.at = places.after(name)
        module, _, last = name.rpartition(".")
        build.call(build.name(module, last))
    if build.body:
        yield build.program("hub", blob, "loading the configuration imports what it names")


def _modules(document: Any) -> Iterator[tuple[str, str]]:
    """Type and path of each entry."""
    for entry in document if isinstance(document, list) else ():
        match entry:
            case {"idx": int(), "path": str() as path, "type": str() as name}:
                yield name, path


def _activations(document: Any) -> Iterator[str]:
    """The functions of a configuration and of the one for Sentence Transformers inside it."""
    if not isinstance(document, dict):
        return
    for place in (document, document.get("sentence_transformers")):
        for key in CALLED:
            name = place.get(key) if isinstance(place, dict) else None
            if isinstance(name, str) and DOTTED.fullmatch(name):
                yield name
