"""JSON documents, read as Python's ``json`` reads them: UTF-8, UTF-16 or UTF-32, with or without a mark."""

import codecs
import json
import re
from typing import Any

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget, Limits

LONGEST = Limits().constant
STARTS = b" \t\r\n[{\x00\xef\xfe\xff"  # of a document in any of these encodings
_START = re.compile(rb"\x00{0,3}[ \t\r\n\[{\xef\xfe\xff]")
_OPENING = re.compile(r"\s*[\[{]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ESCAPE = "\\u"


def text(blob: Blob, head: bytes) -> str | None:
    """The text of what starts like a document; None otherwise."""
    if not _START.match(head):
        return None
    encoding = json.detect_encoding(head)
    if not _OPENING.match(_opened(head, encoding)):
        return None
    return blob.read_at(0, LONGEST).decode(encoding, "replace").lstrip("\ufeff")


def mentions(found: str, word: str) -> bool:
    """Whether ``word`` may be a key of the document.

    A key can be written with escapes, so a document that has any is taken at its word.
    """
    return _ESCAPE in found or f'"{word}"' in found


def document(blob: Blob, budget: Budget) -> Any:
    """The whole document. Raises :class:`Malformed` or :class:`OverBudget`."""
    limit = budget.limits.constant
    data = blob.read_at(0, limit + 1)
    if len(data) > limit:
        raise OverBudget(f"a JSON document of more than {limit:,} bytes")
    try:
        return json.loads(data)
    except ValueError as error:
        raise Malformed(f"this is not JSON: {error}") from None
    except RecursionError:
        raise OverBudget("the document nests too deeply") from None


def _opened(head: bytes, encoding: str) -> str:
    """The start of the text; nothing if no document can start like that, as few tensors do."""
    try:
        opened = codecs.getincrementaldecoder(encoding)().decode(head).lstrip("\ufeff")
    except UnicodeDecodeError:
        return ""
    return "" if _CONTROL.search(opened) else opened
