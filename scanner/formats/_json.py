"""JSON documents, read as Python's ``json`` reads them: UTF-8, UTF-16 or UTF-32, with or without a mark.

Every format that is a JSON document asks about the same one, so the last one is kept: it is decoded and
parsed once, however many of them want to know.
"""

import codecs
import json
import re
from functools import cached_property
from typing import Any

from scanner.blob import Blob, Window
from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget, Limits

LONGEST = Limits().constant  # bytes of a document that is parsed
SEARCHED = 4 * LONGEST  # bytes of a longer one that are searched for the keys of a format
STARTS = b" \t\r\n[{\x00\xef\xfe\xff"  # of a document in any of these encodings
UNREADABLE = object()  # in place of a value that Python could not read either
_START = re.compile(rb"\x00{0,3}[ \t\r\n\[{\xef\xfe\xff]")
# A mark, zeros as wide characters have them, or text without control characters.
SIGN = (
    rb"\xef\xbb\xbf|\xff\xfe|\xfe\xff|\0{1,3}[ \t\r\n\[{]"
    rb"|[ \t\r\n\[{](?:\0|[^\0-\x08\x0b\x0c\x0e-\x1f\x7f]*+\Z)"
)
_OPENING = re.compile(r"\s*[\[{]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LETTER = re.compile(r"\\u00([2-7][0-9a-fA-F])")


class Document:
    """What starts like a document; ``long`` says that it is longer than what is parsed."""

    def __init__(self, text: str, *, long: bool) -> None:
        self.long = long
        self._text = text

    def mentions(self, word: str) -> bool:
        """Whether ``word`` may be a key of the document, however it is spelled."""
        return f'"{word}"' in self._spelled

    @cached_property
    def value(self) -> Any:
        """What it says; not to be changed. :data:`UNREADABLE` when it is long or not JSON."""
        try:
            return UNREADABLE if self.long else json.loads(self._text)
        except (ValueError, RecursionError):
            return UNREADABLE

    @cached_property
    def _spelled(self) -> str:
        """The text, its letters not in escapes."""
        return _LETTER.sub(lambda match: chr(int(match[1], 16)), self._text)


class _Latest:
    """The document that was asked for last."""

    window: Window | None = None
    document: Document | None = None


def opened(blob: Blob, head: bytes) -> Document | None:
    """What starts like a document; None otherwise."""
    if not _START.match(head):
        return None
    encoding = json.detect_encoding(head)
    if not _OPENING.match(_beginning(head, encoding)):
        return None
    if _Latest.window is not blob.window:
        data = blob.read_at(0, SEARCHED if blob.size > LONGEST else LONGEST)
        text = data.decode(encoding, "replace").lstrip("\ufeff")
        _Latest.window, _Latest.document = blob.window, Document(text, long=len(data) > LONGEST)
    return _Latest.document


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


def _beginning(head: bytes, encoding: str) -> str:
    """The start of the text; nothing if no document can start like that, as few tensors do."""
    try:
        opened = codecs.getincrementaldecoder(encoding)().decode(head).lstrip("\ufeff")
    except UnicodeDecodeError:
        return ""
    return "" if _CONTROL.search(opened) else opened
