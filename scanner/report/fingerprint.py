"""Fingerprints, by which GitHub knows that an alert of today is the one of yesterday.

Uploads by the API get none, so both kinds are made here: for a line of a script the hash that
github/codeql-action computes (``src/fingerprints.ts``; a following ``upload-sarif`` step compares),
for everything else a hash of what stays the same when an artifact is rebuilt.
"""

import hashlib
import json

_UNITS = 100  # UTF-16 code units that count, from the start of the line; blanks do not
_BASE = 37
_END = "\uffff"  # stands for the end of the file


def line_hashes(text: str, lines: set[int]) -> dict[int, str]:
    """The rolling hash ``hex:occurrence`` of some lines (1-based) of a whole source text.

    The hash of a line runs over the 100 non-blank UTF-16 units from its start, across the lines
    that follow, in base 37 modulo 2^64. Lines that do not exist are left out.
    """
    packed = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "") + _END
    units = packed.encode("utf-16-le", "surrogatepass")
    seen: dict[bytes, int] = {}
    found: dict[int, str] = {}
    start = 0
    for number, line in enumerate(packed.split("\n"), 1):
        window = units[start : start + 2 * _UNITS]
        seen[window] = seen.get(window, 0) + 1
        if number in lines:
            found[number] = f"{_hash(window):x}:{seen[window]}"
        start += len(line.encode("utf-16-le", "surrogatepass")) + 2
    return found


def _hash(window: bytes) -> int:
    """Horner's rule over little-endian units; what is missing at the end of a file counts as 0."""
    value = 0
    for index in range(0, 2 * _UNITS, 2):
        value = value * _BASE + int.from_bytes(window[index : index + 2], "little")
    return value & (1 << 64) - 1


def identity_hash(rule: str, identity: tuple[str, ...]) -> str:
    """64 bits, as hex, over the rule and what identifies the payload: no offset, no path."""
    key = json.dumps([rule, *identity])  # ASCII, so that names that are not UTF-8 have a hash too
    return hashlib.sha256(key.encode()).hexdigest()[:16]
