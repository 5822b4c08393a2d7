"""``if __name__ == "__main__":`` in all its spellings."""

import ast

from scanner.languages.python.emitter import File

_MAIN = "__main__"
_Arms = tuple[list[ast.stmt], list[ast.stmt]]


def never(file: File, node: ast.If) -> _Arms | None:
    """(the arm that never runs when the file is loaded, the one that does), or None."""
    holds = _holds(node.test)
    if holds is None or file.renames:
        return None
    return (node.orelse, node.body) if holds else (node.body, node.orelse)


def _holds(test: ast.expr) -> bool | None:
    """Whether ``test`` holds in a module that is imported; None if that depends on more."""
    match test:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _compares(left, operator, right)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            holds = _holds(operand)
            return None if holds is None else not holds
        case ast.BoolOp(op=ast.And(), values=values):
            return False if any(_holds(v) is False for v in values) else None
        case ast.BoolOp(op=ast.Or(), values=values):
            return False if all(_holds(v) is False for v in values) else None
    return None


def _compares(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool | None:
    match left, operator, right:
        case (ast.Name("__name__"), ast.Eq() | ast.Is(), ast.Constant("__main__")):
            return False
        case (ast.Constant("__main__"), ast.Eq() | ast.Is(), ast.Name("__name__")):
            return False
        case (ast.Name("__name__"), ast.NotEq() | ast.IsNot(), ast.Constant("__main__")):
            return True
        case (ast.Constant("__main__"), ast.NotEq() | ast.IsNot(), ast.Name("__name__")):
            return True
        case (
            ast.Name("__name__"),
            ast.In(),
            ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items),
        ):
            if all(isinstance(item, ast.Constant) and item.value == _MAIN for item in items):
                return False
    return None


def renames(tree: ast.Module) -> bool:
    """Whether a file may set its own ``__name__``, so that the guard holds after all."""
    return any(_sets_name(node) for node in ast.walk(tree))


def _sets_name(node: ast.AST) -> bool:
    name = "__name__"
    match node:
        case ast.Name(id="__name__", ctx=ast.Store() | ast.Del()) | ast.arg(arg="__name__"):
            return True
        case ast.alias():
            return name in (node.asname, node.name)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == name
        case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
            return node.name == name
        case ast.Global() | ast.Nonlocal():
            return name in node.names
        case ast.Constant(value=str(text)):
            return name in text  # globals()["__name__"], exec("__name__ = …")
        case ast.Assign(targets=targets, value=value):
            renamed = any(isinstance(t, ast.Attribute) and t.attr == name for t in targets)
            return renamed and not (isinstance(value, ast.Attribute) and value.attr == name)
        case ast.Subscript(
            value=ast.Call(func=ast.Name("globals" | "vars" | "locals")), ctx=ast.Store(), slice=key
        ):
            return not isinstance(key, ast.Constant)
    return False
