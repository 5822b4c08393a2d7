"""What is inside a large structure, found at the speed of the collector's own traversal."""

import gc
from collections.abc import Iterator
from typing import Any

from scanner.dataclass import dataclass, field
from scanner.languages.pickle.symbols import Symbol

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
            inner += _sort(found, contents, seen)
        inner += _sort(list(keys), contents, seen)
        keys.clear()
        level = inner
    return contents


def _sort(found: list[Any], contents: Contents, seen: set[int]) -> list[Any]:
    """Note what counts among ``found``; the structures to look into next. One pass for each type
    that occurs: most of the millions of items are numbers, which cost nothing then."""
    inner: dict[int, Any] = {}
    for kind in set(map(type, found)):
        if kind is str:
            contents.texts.update(dict.fromkeys(item for item in found if type(item) is kind))
        elif kind in (bytes, bytearray):
            contents.buffers.update(dict.fromkeys(bytes(item) for item in found if type(item) is kind))
        elif kind in _CONTAINERS:
            inner.update((id(item), item) for item in found if type(item) is kind)
        elif kind is Symbol:
            contents.symbols.update((item, None) for item in found if type(item) is kind and not item.inert)
        elif type(kind) is Symbol:
            if not kind.inert:
                contents.symbols[kind] = None
            else:
                inner.update((id(item), item.args) for item in found if type(item) is kind)
    fresh = inner.keys() - seen
    seen |= fresh
    return [inner[each] for each in inner if each in fresh]
