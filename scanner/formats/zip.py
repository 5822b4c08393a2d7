"""ZIP archives that are not PyTorch's: ``.npz``, ``.keras``, ``.mar``, wheels and the like."""

from collections.abc import Iterator

from scanner.blob import Blob, Numbers
from scanner.facts import Anomaly
from scanner.formats._zip import is_pytorch, is_zip, unwrap_zip
from scanner.limits import Budget

NAME = "zip"
SIGN = CLOSES = b"PK"


def matches(blob: Blob, head: bytes) -> bool:
    """A ZIP archive without the names that PyTorch uses."""
    return is_zip(blob, head) and not is_pytorch(blob, head)


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Numbers | Anomaly]:
    """Every member that any reader would see."""
    return unwrap_zip(blob, budget)
