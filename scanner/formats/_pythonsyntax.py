"""Whether text that may be Python does anything."""

import ast
import builtins
import warnings

# Nodes that import, define, or bind names in ways that are not followed here.
DOES = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Match,
    ast.ExceptHandler,
)  # fmt: skip
LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.JoinedStr)
GLOBALS = frozenset(dir(builtins)) | {"__builtins__", "__file__"}


def is_program(source: str) -> bool:
    """Whether the text parses as Python, and imports, defines or calls what can be called."""
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
