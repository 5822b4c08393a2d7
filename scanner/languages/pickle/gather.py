"""What is inside a large structure, found at the speed of the collector's own traversal."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.languages.pickle.symbols import Instance, Symbol

_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
_BATCH = 4096


@dataclass(slots=True)
class Contents:
    """The distinct texts and buffers, and the globals that are in there or that instances came from."""

    texts: dict[str, None] = field(default_factory=dict)
    buffers: dict[bytes, None] = field(default_factory=dict)
    symbols: dict[Symbol, None] = field(default_factory=dict)

    def joined(self, size: int, shortest: int) -> Iterator[str | bytes]:
        """The texts that have at least ``shortest`` characters, a line each, in pieces of about ``size``."""
        for separator, kept in (("\n", self.texts), (b"\n", self.buffers)):
            piece: list[Any] = []
            length = 0
            for text in kept:
                if len(text) < shortest:
                    continue
                if length + len(text) > size and piece:
                    yield separator.join(piece)
                    piece, length = [], 0
                piece.append(text)
                length += len(text) + 1
            if piece:
                yield separator.join(piece)


def gather(roots: list[Any]) -> Contents:
    """Everything below ``roots``. Inert instances are looked into, live ones stand for themselves."""
    contents = Contents()
    seen: set[int] = set()
    keys: dict[Any, None] = {}
    level = list(roots)
    while level:
        inner: list[Any] = []
        for at in range(0, len(level), _BATCH):
            batch = level[at : at + _BATCH]
            found = gc.get_referents(*batch)
            for mapping in batch:
                if type(mapping) is dict:  # the traversal of a dict leaves out keys that are text
                    keys.update(dict.fromkeys(mapping))
            _sort(found, contents, seen, inner)
        _sort(list(keys), contents, seen, inner)
        keys.clear()
        level = inner
    return contents


def _sort(found: list[Any], contents: Contents, seen: set[int], inner: list[Any]) -> None:
    texts, buffers = contents.texts, contents.buffers
    for item in found:
        kind = type(item)
        if kind is str:
            texts[item] = None
        elif kind in _CONTAINERS:
            if id(item) not in seen:
                seen.add(id(item))
                inner.append(item)
        elif kind is bytes or kind is bytearray:
            buffers[bytes(item)] = None
        elif isinstance(item, Instance):
            if not isinstance(item.callee, Symbol) or not item.callee.inert:
                contents.symbols[type(item)] = None
            elif id(item) not in seen:
                seen.add(id(item))
                inner.append(item.args)
        elif isinstance(item, Symbol) and not item.inert:
            contents.symbols[item] = None
