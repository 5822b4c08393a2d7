"""Python source code, by what it is and not by what it is called.

A file is a program when it parses and does something: imports, defines, or calls what can be called.
JSON, CSV and ``key = value`` files may parse, and do nothing. Text that does not parse is a program
if it says so (a ``#!`` line, a ``.py`` name); then its reader reports what is wrong with it.
"""

import ast
import builtins
import io
import json
import re
import tokenize
import warnings
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
# Nodes that import, define, or bind names in ways that are not followed here.
DOES = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Match,
    ast.ExceptHandler,
)  # fmt: skip
LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.JoinedStr)
GLOBALS = frozenset(dir(builtins)) | {"__builtins__", "__file__"}
SOMETHING = re.compile(r"\S")


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
    return (
        source is not None and bool(TELLTALE.search(source)) and not _is_json(source) and _is_program(source)
    )


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


def _is_program(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            return False
        except (RecursionError, MemoryError):
            return True  # undecided: its reader will run into the same limit, and say so
    nodes = list(ast.walk(tree))
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return any(isinstance(n, DOES) or (isinstance(n, ast.Call) and _can_call(n.func, bound)) for n in nodes)


def _can_call(callee: ast.expr, bound: set[str]) -> bool:
    """Whether calling this expression can get anywhere. Markdown's ``[text](link)`` calls a list, and
    other languages' ``include(x)`` a name that nobody has bound."""
    if isinstance(callee, LITERALS):
        return False
    while isinstance(callee, ast.Attribute | ast.Subscript | ast.Call):
        callee = callee.func if isinstance(callee, ast.Call) else callee.value
    return not isinstance(callee, ast.Name) or callee.id in GLOBALS or callee.id in bound
