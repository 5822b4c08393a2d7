"""GGUF, the checkpoints of llama.cpp. Their chat templates are code."""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly
from scanner.formats._recognised import unread
from scanner.limits import Budget

NAME = "gguf"
MAGIC = (b"GGUF", b"FUGG")  # little- and big-endian


def matches(_blob: Blob, head: bytes) -> bool:
    """The magic number and a version that exists."""
    return head.startswith(MAGIC) and 0 < max(head[4:8], default=0) < 16


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Anomaly]:
    """Nothing yet: the content is reported as not looked at."""
    return unread(blob, "a GGUF file", "its metadata and chat template are not analysed yet")
