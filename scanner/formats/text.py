"""Plain text: JSON, Markdown, CSV, vocabularies, configuration. Recognised, and nothing in it runs.

Source code, notebooks and protocol-0 pickles are text as well; their own formats match beside this one.
"""

import codecs
import re
from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.facts import Anomaly
from scanner.formats._decode import KEPT, cheap_end
from scanner.limits import Budget

NAME = "text"
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # all but tab, newlines, form feed, escape
SIGN = rb"\xff\xfe|\xfe\xff|[^\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]*+\Z"
HIGH = re.compile(rb"[\x80-\xff]")
WIDE = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SAMPLES, SAMPLE = 64, 4096  # looks into a text of more than 1 MiB
FOREIGN = 5  # one byte in so many may be outside ASCII in a short text of an older encoding
LONG = 256  # bytes; so many without a control character do not come about by chance


def matches(blob: Blob, head: bytes) -> bool:
    """Whether all of the first mebibyte, and samples of the rest, are text."""
    if not head or not is_text(head):
        return False
    start = blob.read_at(0, KEPT)
    if not is_text(start):
        return False
    if len(start) < KEPT or not cheap_end(blob.window):
        return True
    gap = max((blob.size - KEPT) // SAMPLES, 1)
    return all(is_text(blob.read_at(offset, SAMPLE)) for offset in range(KEPT, blob.size, gap))


def unwrap(_blob: Blob, _budget: Budget) -> Iterator[Blob | Fragment | Anomaly]:
    """Nothing: text is not code to any loader."""
    return iter(())


def is_text(data: bytes) -> bool:
    """Whether a stretch of a file, cut anywhere, is UTF-8, UTF-16 with a mark, or something older."""
    for mark, encoding in WIDE:
        if data.startswith(mark):
            return _decodes(data, encoding)
    if CONTROL.search(data):
        return False
    if _decodes(data[_lead(data) :], "utf-8") or len(HIGH.findall(data)) * FOREIGN <= len(data):
        return True
    return len(data) >= LONG and (b"\n" in data or b" " in data)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _lead(data: bytes) -> int:
    """How many continuation bytes a cut has left at the start."""
    return next((i for i, byte in enumerate(data[:4]) if byte & 0xC0 != 0x80), 0)
