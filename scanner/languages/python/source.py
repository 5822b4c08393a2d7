"""Bytes to source text, as Python's own reader turns the one into the other."""

import io
import tokenize
from collections.abc import Iterator

from msgspec import Struct


class Reading(Struct, frozen=True):
    """Source text with ``\\n`` line ends and no NULs; ``problems`` are (anomaly kind, message)."""

    text: str
    problems: tuple[tuple[str, str], ...] = ()


def read(data: bytes, *, script: bool) -> Iterator[Reading]:
    """What ``data`` says: once for a file, whose encoding declaration (PEP 263) counts.

    For code found inside something else it does not count when it is executed as text and does when
    it is executed as bytes; where that makes a difference there are two readings.
    """
    declared = _decode(data)
    yield declared
    if not script:
        plain = Reading(_clean(data.decode("utf-8", "replace"))[0])
        if plain.text != declared.text and not _broken(declared):
            yield plain


def _broken(reading: Reading) -> bool:
    return any(kind == "malformed" for kind, _ in reading.problems)


def _decode(data: bytes) -> Reading:
    problems: list[tuple[str, str]] = []
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, ValueError, LookupError) as error:
        encoding = "latin-1"
        text = data.decode(encoding)
        problems.append(("malformed", f"the source cannot be decoded: {error}"))
    if data.isascii() and text != data.decode("ascii"):
        message = f"the source encoding {encoding} gives plain characters another meaning"
        problems.append(("mismatch", message))
    text, nul = _clean(text)
    if nul:
        problems.append(("malformed", f"line {nul}: a NUL character; Python refuses the file"))
    return Reading(text, tuple(problems))


def _clean(text: str) -> tuple[str, int]:
    """Universal line ends; the line of the first NUL (0: none), each of which becomes a space."""
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    nul = text.find("\0")
    if nul < 0:
        return text, 0
    return text.replace("\0", " "), text.count("\n", 0, nul) + 1
