"""R's serialised objects: ``.rds``, and ``.RData`` workspaces, which have a mark of their own in front.

Source: "Serialization Formats" in R Internals. They are mostly compressed, by gzip, bzip2 or xz.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.limits import Budget

NAME = "r-data"
STARTS = b"RXAB"
COMPLETE = True
# Marks, the version of the format, and the start of that of the writer: as text, in either order of bytes.
MARKS = re.compile(
    rb"(?:RD[XAB][23]\n)?(?:A\n[23]\n\d{5,7}\n|[XB]\n(?:\0\0\0[\2\3]\0[\0-\x20]|[\2\3]\0\0\0..[\0-\x20]\0))",
    re.DOTALL,
)
SIGN = MARKS.pattern


def matches(_blob: Blob, head: bytes) -> bool:
    """The marks and the versions."""
    return MARKS.match(head) is not None


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """The whole stream, because objects refer to each other."""
    yield Fragment("r", blob, blob.trigger)
