"""What an object has cost, while it goes on."""

import time
from typing import Self

from msgspec import Struct, field


class Meter(Struct):
    """Of one object with ``size`` bytes, how many came, and whether it was whole and the right one.

    As a context manager it measures how long somebody waits for the network.
    """

    size: int
    transferred: int = 0
    checked: bool = False
    _waited: float = 0.0
    _since: float | None = None

    def __enter__(self) -> Self:
        self._since = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._waited, self._since = self.waited(), None

    def waited(self) -> float:
        """Seconds spent on waiting until now."""
        since = self._since
        return self._waited + (time.monotonic() - since if since is not None else 0.0)


class Traffic(Struct):
    """What resolving has cost so far, by object; ``missed`` says of files that were not to be scanned
    themselves, but were looked into (imported, or compared with), why they could not be had."""

    meters: list[Meter] = field(default_factory=list)
    missed: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.meters)

    def __str__(self) -> str:
        size, came = sum(m.size for m in self.meters), sum(m.transferred for m in self.meters)
        told = (
            f"Git LFS: of {_objects(len(self.meters))} with {size:,} bytes, {came:,} bytes were transferred"
        )
        parts = sum(meter.transferred > 0 and not meter.checked for meter in self.meters)
        if parts:
            told += f"; the SHA-256 of {_objects(parts)}, read in part, is taken on the server's word"
        return told


def _objects(count: int) -> str:
    return f"{count:,} {'object' if count == 1 else 'objects'}"
