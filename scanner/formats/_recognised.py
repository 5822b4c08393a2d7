"""Formats that are known by sight: what to say about content that is not read."""

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.facts import Anomaly


def unread(blob: Blob, what: str, why: str) -> Iterator[Anomaly]:
    """One anomaly that says what this is and why its content was not looked at."""
    yield Anomaly("unsupported", f"{what}: {why}", blob.site)
