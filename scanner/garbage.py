"""When to look for garbage in cycles: programs and values have next to none of it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEWBORN = 1_000_000  # objects between two searches


@contextmanager
def seldom() -> Iterator[None]:
    """Search only when there may be much of it."""
    before = gc.get_threshold()
    gc.set_threshold(_NEWBORN, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
