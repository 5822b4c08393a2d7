"""Line numbers: three tables that say which line each instruction comes from."""

from bisect import bisect_right

from scanner.languages.bytecode.code import Code
from scanner.languages.bytecode.tables import Version


class Lines:
    """The line of each byte offset of one code object; a broken table gives its first line."""

    def __init__(self, code: Code, version: Version) -> None:
        if version >= (3, 11):
            pairs = _locations(code)
        elif version >= (3, 8) and sum(code.lines[::2]) == len(code.code):
            pairs = _ranges(code)  # of 3.10: the increments of earlier versions end before the code does
        else:
            pairs = _increments(code, signed=version >= (3, 6))
        self._starts = [start for start, _ in pairs]
        self._lines = [line for _, line in pairs]
        self._first = max(code.line, 1)

    def at(self, offset: int) -> int:
        index = bisect_right(self._starts, offset) - 1
        line = self._lines[index] if index >= 0 else self._first
        return line if line > 0 else self._first


def _increments(code: Code, *, signed: bool) -> list[tuple[int, int]]:
    """``co_lnotab`` until 3.9: pairs of byte and line increments."""
    offset, line = 0, code.line
    pairs = [(0, line)]
    for step, delta in zip(code.lines[::2], code.lines[1::2], strict=False):
        offset += step
        line += delta - 256 if signed and delta > 127 else delta
        pairs.append((offset, line))
    return pairs


def _ranges(code: Code) -> list[tuple[int, int]]:
    """``co_linetable`` of 3.10: lengths and signed line increments; -128 means no line."""
    offset, line = 0, code.line
    pairs = []
    for length, delta in zip(code.lines[::2], code.lines[1::2], strict=False):
        if delta != 128:
            line += delta - 256 if delta > 127 else delta
            pairs.append((offset, line))
        offset += length
    return pairs


def _locations(code: Code) -> list[tuple[int, int]]:
    """``co_linetable`` since 3.11: entries of a kind and a length in code units."""
    data, line, offset, at = code.lines, code.line, 0, 0
    pairs = []
    while at < len(data):
        kind, length = data[at] >> 3 & 15, (data[at] & 7) + 1
        at += 1
        if kind in (13, 14):  # a signed line increment first
            value = shift = 0
            while at < len(data):
                value |= (data[at] & 63) << shift
                shift += 6
                at += 1
                if not data[at - 1] & 64:
                    break
            line += -(value >> 1) if value & 1 else value >> 1
        elif 10 <= kind <= 12:
            line += kind - 10
        if kind != 15:
            pairs.append((offset, line))
        while at < len(data) and not data[at] & 128:  # columns
            at += 1
        offset += 2 * length
    return pairs
