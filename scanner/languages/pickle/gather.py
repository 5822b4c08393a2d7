"""What is inside a large structure, found at the speed of the collector's own traversal."""

import gc
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct, field

from scanner.languages.pickle.symbols import Symbol

_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
_BATCH = 4096


class Contents(Struct):
    """The distinct texts and buffers, and the globals that are in there or that instances came from."""

    texts: set[str] = field(default_factory=set)
    buffers: set[bytes] = field(default_factory=set)
    symbols: set[Symbol] = field(default_factory=set)

    def joined(self, size: int, shortest: int) -> Iterator[str | bytes]:
        """The texts that have at least ``shortest`` characters, a line each, in pieces of about ``size``."""
        separator: Any
        for separator, kept in (("\n", self.texts), (b"\n", self.buffers)):
            piece: list[Any] = []
            length = 0
            for text in sorted(text for text in kept if len(text) >= shortest):
                if length + len(text) > size and piece:
                    yield separator.join(piece)
                    piece, length = [], 0
                piece.append(text)
                length += len(text) + 1
            if piece:
                yield separator.join(piece)


def gather(roots: list[Any]) -> Contents:
    """Everything below ``roots``. Inert instances are looked into, live ones stand for themselves.

    A loop over millions of items: sets are filled and types are told apart in bulk, and the numbers
    that most items are cost next to nothing.
    """
    contents = Contents()
    seen: set[int] = set()
    level = roots if set(map(type, roots)) <= _CONTAINERS else [roots]
    while level:
        inner: list[Any] = []
        for at in range(0, len(level), _BATCH):
            batch = level[at : at + _BATCH]
            inner += _sort(gc.get_referents(*batch), contents, seen)
            # The traversal of a dict leaves out keys that are text.
            keys = set().union(*(mapping for mapping in batch if type(mapping) is dict))
            inner += _sort(keys, contents, seen)
        level = inner
    return contents


def _sort(found: Collection[Any], contents: Contents, seen: set[int]) -> list[Any]:
    """Note what counts among ``found``; the structures to look into next."""
    inner: dict[int, Any] = {}
    for kind in set(map(type, found)):
        if kind is str:
            contents.texts.update([item for item in found if type(item) is str])
        elif kind is bytes or kind is bytearray:
            contents.buffers.update([bytes(item) for item in found if type(item) is kind])
        elif kind in _CONTAINERS:
            inner |= {
                id(item): item for item in found if type(item) is kind and item and id(item) not in seen
            }
        elif kind is Symbol:
            contents.symbols.update([item for item in found if type(item) is Symbol and not item.inert])
        elif type(kind) is Symbol:
            if not kind.inert:
                contents.symbols.add(kind)
            else:
                inner |= {id(item.args): item.args for item in found if type(item) is kind}
    for each in seen.intersection(inner):
        del inner[each]
    seen.update(inner)
    return list(inner.values())
