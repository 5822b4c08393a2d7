"""LightGBM's boosters: text, a block for each tree.

Source: ``gbdt_model_text.cpp``. An objective is a name that the library knows or refuses; nothing runs.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.limits import Budget

NAME = "lightgbm"
STARTS = b"t"
FIRST = (b"tree\nversion=", b"tree\r\nversion=", b"tree\nnum_class=")
SIGN = b"|".join(map(re.escape, FIRST))


def matches(_blob: Blob, head: bytes) -> bool:
    """Its first two lines."""
    return head.startswith(FIRST)


def unwrap(_blob: Blob, _budget: Budget) -> Iterator[Blob]:
    """Nothing: names and numbers."""
    return iter(())
