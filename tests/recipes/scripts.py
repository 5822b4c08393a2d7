"""Scripts as people write them, in text files: ``=== title`` and what follows it."""

import re
from pathlib import Path


def sections(file: Path) -> dict[str, str]:
    """The scripts of a file by their titles."""
    parts = re.split(r"(?m)^=== ", file.read_text("utf-8"))[1:]
    return {title: source for title, _, source in (part.partition("\n") for part in parts)}
