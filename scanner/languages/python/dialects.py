"""Source that is Python for somebody, though not for this interpreter, made readable to it.

IPython cells, Python 2 and a little of newer versions. Every translation keeps the lines where
they are. It is applied only to statements that do not parse as they stand.
"""

import re
from collections.abc import Callable

from scanner import magics

_LEXEME = re.compile(
    r"""
    (?P<string>(?:\b[A-Za-z]{1,2})?(?:
        \"\"\"(?:[^\\"]|\\.|"(?!""))*+\"\"\" | '''(?:[^\\']|\\.|'(?!''))*+'''
        | "(?:[^\\"\n]|\\.)*+" | '(?:[^\\'\n]|\\.)*+'
    ))
    | (?P<comment>\#[^\n]*) | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<join>\\\n)
    | (?P<line>\n(?P<start>(?:def|class|import|from|async)\ |[@!]|%[%\w])?)
    """,
    re.VERBOSE | re.DOTALL,
)
_HIDDEN = re.compile("\ue000(\\d+)\ue001")

_SHELL = re.compile(r"^([ \t]*+)((?:[\w, \t]++=[ \t]*+)?+)(!!?|%%?)[ \t]*+([\w.]*)(.*)$", re.MULTILINE)
_HELP = re.compile(r"^[ \t]*(?:\?+[\w.%*]+|[\w.%*]+\?+)[ \t]*$", re.MULTILINE)
_CELL = re.compile(r"^%%[ \t]*(\w+)([^\n]*)\n?(.*?)(?=^\# ?%%|\Z)", re.MULTILINE | re.DOTALL)
_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "debug"})

_PYTHON_2: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"(^|[;:])([ \t]*)print[ \t]*>>", r"\1\g<2>0 >>"),
        (r"(^|[;:])([ \t]*)print(?=[ \t]*(?:$|;))", r"\1\g<2>0"),
        (r"(^|[;:])([ \t]*)print(?=[ \t]*[^ \t=.,;)\]:])", r"\1\g<2>0,"),
        (r"(^|[;:])([ \t]*)exec[ \t]+([^;\n]+?)(?:[ \t]+in[ \t]+([^;\n]+))?[ \t]*(?=$|;)", r"\1\2exec(\3)"),
        (r"^([ \t]*except[ \t]+[^\n]+?)[ \t]*,[ \t]*([\w.]+)[ \t]*:", r"\1 as \2:"),
        (r"\braise[ \t]+([\w.]+)[ \t]*,[ \t]*([^;\n]*)", r"raise (\1, \2)"),
        (r"`([^`\n]+)`", r"repr(\1)"),
        (r"<>", "!="),
        (r"(?<![\w.])(0[xX][\da-fA-F]+|\d+)[lL]\b", r"\1"),
        (r"(?<![\w.])0+([1-7][0-7]*)(?![\w.])", r"0o\1"),
    )
)  # fmt: skip
_GAP = re.compile(r"(?<=[^ \t\n])[ \t]{2,}")
_PREFIXES = {"ur": "r", "t": "f", "tr": "rf", "rt": "rf"}


def hide(text: str) -> tuple[str, list[str]]:
    """``text`` with one logical line per line: strings, comments and inner line ends are replaced
    by marks, to be put back by :func:`reveal`. Private-use characters of the source are marks too."""
    hidden: list[str] = []
    depth = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal depth
        match found.lastgroup:
            case "open":
                depth += 1
                return found[0]
            case "close":
                depth = max(0, depth - 1)
                return found[0]
            case "line" | "start" if depth == 0 or found["start"]:
                depth = 0
                return found[0]
        hidden.append(found[0])
        return f"\ue000{len(hidden) - 1}\ue001"

    text = re.sub("[\ue000\ue001]", "?", text)
    return _LEXEME.sub(mark, text), hidden


def reveal(text: str, hidden: list[str]) -> str:
    """The inverse of :func:`hide`."""
    return _HIDDEN.sub(lambda found: hidden[int(found[1])], text)


def cells(text: str) -> str:
    """IPython's cell magics as the calls that it makes of them; a cell ends at a ``# %%`` line."""

    def cell(found: re.Match[str]) -> str:
        name, line, body = found[1], found[2].strip(), found[3]
        if name in _PYTHON_CELLS:
            return f"\n{body}"
        call = magics.cell(name, line, body)
        return call + "\n" * found[0].count("\n")

    return _CELL.sub(cell, text)


def ipython(text: str) -> str:
    """IPython's shell escapes and line magics as the calls that it makes of them."""

    def shell(found: re.Match[str]) -> str:
        indent, target, sign, name, rest = found.groups()
        if sign[0] == "!":
            method = "getoutput" if target or sign == "!!" else "system"
            return f"{indent}{target}get_ipython().{method}({(name + rest).strip()!r})"
        return f"{indent}{target}{magics.line(name, rest.strip())}"

    return _HELP.sub("", _SHELL.sub(shell, text))


def python2(text: str) -> str:
    """Statements and literals that only Python 2 (or a version to come) has."""
    masked, hidden = hide(text)
    masked = _GAP.sub(" ", masked)  # also keeps the patterns from backtracking over long gaps
    for pattern, replacement in _PYTHON_2:
        masked = pattern.sub(replacement, masked)
    indents = "\n".join(_expand(line) for line in masked.split("\n"))
    return reveal(indents, [_literal(part) for part in hidden])


def _expand(line: str) -> str:
    body = line.lstrip("\t ")
    return line[: len(line) - len(body)].expandtabs(8) + body


def _literal(part: str) -> str:
    prefix = re.match(r"[A-Za-z]*", part)
    length = prefix.end() if prefix else 0
    return _PREFIXES.get(part[:length].lower(), part[:length]) + part[length:]


TRANSLATIONS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("IPython", ipython),
    ("Python 2", python2),
    ("IPython and Python 2", lambda text: python2(ipython(text))),
)
