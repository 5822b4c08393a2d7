"""Source text to one syntax tree, with whatever can be read of text that is not all Python."""

import ast
import re
import warnings
from collections.abc import Iterator

from msgspec import Struct, field

from scanner.languages.python.dialects import TRANSLATIONS, cells, hide, reveal

EFFORT = 16  # how often, on average, each character may be parsed
TRIES = 40  # lines of one statement that may be given up
_CONTINUES = re.compile(r"(?:[ \t)\]}]|(?:else|elif|except|finally)\b|\ue000\d+\ue001[ \t]*$|$)")
_PLACE = re.compile(r" on line \d+| \(detected at line \d+\)")  # counted from the statement


class Recovered(Struct):
    """The tree and how it came about. ``lost`` counts lines that are kept as mere text, ``deep``
    is the first line of a statement that nests too deeply for the parser."""

    tree: ast.Module
    error: tuple[int, str] | None = None  # line and message of the first real syntax error
    lost: int = 0
    deep: int | None = None
    dialects: dict[str, int] = field(default_factory=dict)  # name -> the first line in it


def parse(text: str) -> Recovered:
    """The syntax tree of ``text``. Never raises on any text."""
    tree = _parse(text)
    if isinstance(tree, ast.Module):
        return Recovered(tree)
    result = Recovered(ast.Module([], []))
    left = EFFORT * len(text) + (1 << 16)
    for start, chunk in _chunks(cells(text)):
        statements, cost = _statement(result, start, chunk, left)
        left -= len(chunk) + cost
        for node in statements.body:
            ast.increment_lineno(node, start - 1)
            result.tree.body.append(node)
    return result


def _parse(text: str) -> ast.Module | SyntaxError | RecursionError:
    """The tree, or why there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (RecursionError, MemoryError):
        return RecursionError()
    except SyntaxError as error:
        return error
    except ValueError as error:  # digits of an integer, lone surrogates
        return SyntaxError(str(error), ("", 1, 0, ""))


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """(first line, text) of each statement of the top level, as far as indentation tells."""
    masked, hidden = hide(text)
    line, start, lines = 1, 1, list[str]()
    decorated = False
    for logical in masked.split("\n"):
        if lines and not decorated and not _CONTINUES.match(logical):
            yield start, "\n".join(lines)
            start, lines = line, []
        decorated = logical.startswith("@")
        shown = reveal(logical, hidden)
        lines.append(shown)
        line += shown.count("\n") + 1
    yield start, "\n".join(lines)


def _statement(result: Recovered, start: int, chunk: str, left: int) -> tuple[ast.Module, int]:
    """The tree of one chunk and the number of characters that were parsed for it again."""
    tree = _parse(chunk)
    if isinstance(tree, ast.Module):
        return tree, 0
    cost = 0
    if isinstance(tree, SyntaxError):
        for name, translate in TRANSLATIONS:
            translated = translate(chunk)
            cost += len(translated)
            again = _parse(translated)
            if isinstance(again, ast.Module):
                result.dialects.setdefault(name, start + (tree.lineno or 1) - 1)
                return again, cost
        if result.error is None:
            result.error = (start + (tree.lineno or 1) - 1, _PLACE.sub("", tree.msg))
        chunk = TRANSLATIONS[-1][1](chunk)
    return _without_errors(result, start, chunk, left - cost)


def _without_errors(result: Recovered, start: int, chunk: str, left: int) -> tuple[ast.Module, int]:
    """Turn one line after the other into a mere string, until the rest parses."""
    lines = chunk.split("\n")
    cost = 0
    given_up: set[int] = set()
    for _ in range(TRIES):
        cost += len(chunk) + 1
        if cost > left:
            break
        tree = _parse("\n".join(lines))
        match tree:
            case ast.Module():
                result.lost += len(given_up)
                return tree, cost
            case RecursionError():
                result.deep = result.deep or start
                break
        index = min(max((tree.lineno or 1) - 1, 0), len(lines) - 1)
        while index in given_up and index > 0:
            index -= 1
        if index in given_up:
            break
        given_up.add(index)
        indent = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
        lines[index] = indent + repr(lines[index].strip())
    result.lost += len(lines)
    text = ast.Constant(chunk, lineno=1, col_offset=0)
    return ast.Module([ast.Expr(text, lineno=1, col_offset=0)], []), cost
