"""Python source code, by what it is and not by what it is called.

A file is a program when it parses and does something: imports, defines, or calls what can be called.
JSON, CSV and ``key = value`` files may parse, and do nothing. Text that does not parse is a program
if it says so (a ``#!`` line, a ``.py`` name); then its reader reports what is wrong with it.
"""

import io
import json
import re
from collections.abc import Iterator

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import OverBudget
from scanner.formats._decode import cheap_end
from scanner.limits import Budget, Limits
from scanner.site import Trigger

NAME = "python"
LONGEST = Limits().constant  # bytes; no more is parsed only to see what it is
LONGEST_CHARACTER = 4  # bytes
SHEBANG = re.compile(rb"#![^\n]*\bpython")
NAMED = (".py", ".pyw")
SIGN = rb"#!|[^\0]*+\Z"
# Every program that does anything has one of these in some line.
TELLTALE = re.compile(r"\(|\b(?:import|class|def)\b|^[ \t]*@", re.MULTILINE)
SOMETHING = re.compile(r"\S")


def begins(head: bytes, _size: int) -> bool:
    """Text in the encoding that it says."""
    return SHEBANG.match(head) is not None or decode(head, cut=True) is not None


def matches(blob: Blob, head: bytes) -> bool:
    """Whether the text says that it is Python, or parses as a program that does something."""
    if not head:
        return False
    if blob.trail[-1].lower().endswith(NAMED) or SHEBANG.match(head):
        return True
    if b"\0" in head or decode(head, cut=True) is None:
        return False
    if cheap_end(blob.window) and blob.size > LONGEST:
        return False
    data = blob.read_at(0, LONGEST + 1)
    source = decode(data) if len(data) <= LONGEST else None
    if source is None or not TELLTALE.search(source) or _is_json(source):
        return False
    from scanner.formats._pythonsyntax import is_program  # noqa: PLC0415 - most files are no text

    return is_program(source)


def unwrap(blob: Blob, budget: Budget) -> Iterator[Fragment]:
    """The source, in UTF-8. It runs when it is imported, or when the code that holds it says so."""
    limit = budget.limits.constant
    data = blob.read_at(0, limit + 1)
    if len(data) > limit:
        raise OverBudget(f"more than {limit:,} bytes of source code")
    source = decode(data)
    if source is not None and source.encode("utf-8", "surrogatepass") != data:
        window = BytesWindow(source.encode("utf-8", "surrogatepass"))
        blob = Blob(blob.trail, window, blob.trigger, blob.steps, blob.expected)
    trigger = Trigger.IMPORT if blob.trigger is Trigger.LOAD else blob.trigger
    yield Fragment("python", blob, trigger, script=not blob.steps)


def decode(data: bytes, *, cut: bool = False) -> str | None:
    """Source code as text, by its byte order mark or its coding line (PEP 263). ``cut``: the end may
    be in the middle of a character."""
    import tokenize  # noqa: PLC0415 - most files are no text

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        return "" if cut and error.start > len(data) - LONGEST_CHARACTER else None
    except (SyntaxError, UnicodeError, LookupError, ValueError):
        return None


def _is_json(source: str) -> bool:
    """Whether this is nothing but JSON values, one or many. They parse as Python, at great expense."""
    decoder, position = json.JSONDecoder(), _after_space(source, 0)
    try:
        while position < len(source):
            if source[position] not in "{[":
                return False
            _, position = decoder.raw_decode(source, position)
            position = _after_space(source, position)
    except (ValueError, RecursionError):
        return False
    return True


def _after_space(source: str, position: int) -> int:
    found = SOMETHING.search(source, position)
    return found.start() if found else len(source)
