"""PyTorch's ZIP archives: ``torch.save`` since 1.6, TorchScript, mobile ``.ptl``, ``torch.package``.

All of them hold pickles (``data.pkl``, ``constants.pkl``), raw storages and Python-like source code.
"""

from collections.abc import Iterator

from scanner.blob import Blob, Numbers
from scanner.facts import Anomaly
from scanner.formats._zip import is_pytorch, is_zip, unwrap_zip
from scanner.limits import Budget

NAME = "pytorch-zip"
SIGN = CLOSES = b"PK"


def matches(blob: Blob, head: bytes) -> bool:
    """A ZIP archive with the names that PyTorch uses."""
    return is_zip(blob, head) and is_pytorch(blob, head)


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Numbers | Anomaly]:
    """Every member that any reader would see; those called ``*.pkl`` must be pickles."""
    return unwrap_zip(blob, budget, pickles=True)
