"""How much work one artifact may cost, and the meter that holds it to that."""

import math
import time

from msgspec import Struct, field

from scanner.errors import OverBudget


class Limits(Struct, frozen=True):
    """Upper bounds for one top-level artifact. Sizes are bytes, times seconds."""

    depth: int = 12  # containers inside containers, and code inside code
    parts: int = 200_000  # blobs and fragments that unwrap from one artifact
    read: int = 8 << 30  # bytes read from the file itself
    unpacked: int = 2 << 30  # bytes that come out of decompressors
    constant: int = 16 << 20  # bytes of one decoded constant or one source file
    neighbours: int = 64  # other files of its tree that are read for it
    neighbour: int = 1 << 20  # bytes of one of those, if it is source code
    steps: int = 4_000_000  # operations that the analysis interprets
    seconds: float = 120.0  # wall clock of one artifact
    memory: int = 2 << 30  # address space that a worker may add to its own

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"limit {name} must be positive")


class Budget(Struct):
    """What one artifact has spent so far; raises :class:`OverBudget` when a limit is passed.

    After ``deadline`` (of the monotonic clock, in seconds) nothing more can be spent on anything.
    """

    limits: Limits = field(default_factory=Limits)
    spent: dict[str, int] = field(default_factory=dict)
    deadline: float = math.inf

    def spend(self, what: str, amount: int = 1) -> None:
        """Count ``amount`` of the limit called ``what`` (a field of :class:`Limits`)."""
        total = self.spent.get(what, 0) + amount
        self.spent[what] = total
        if total > getattr(self.limits, what):
            raise OverBudget(f"more than {getattr(self.limits, what):,} {what}")
        if time.monotonic() > self.deadline:
            raise OverBudget("more time than allowed")
