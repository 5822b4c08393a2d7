"""Docstrings as what they are to a program: the value of ``__doc__``."""

import ast


def spell_out(tree: ast.Module) -> None:
    """Write the assignments down that Python makes of docstrings. Few programs look at them, so this is for
    those whose text says ``__doc__`` or ``getdoc``."""
    for node in list(ast.walk(tree)):
        text = _docstring(node)
        if text is not None and isinstance(node, ast.Module | ast.ClassDef):
            node.body[0] = _assign(ast.Name("__doc__", ast.Store()), text)
        for _, body in ast.iter_fields(node):
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                body[:] = [made for statement in body for made in _described(statement)]


def _described(statement: ast.stmt) -> list[ast.stmt]:
    """A statement, and if it defines a function, that function's docstring."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return [statement]
    text, name = _docstring(statement), ast.Name(statement.name, ast.Load())
    if text is None:
        return [statement]
    return [statement, _assign(ast.Attribute(name, "__doc__", ast.Store()), text)]


def _docstring(node: ast.AST) -> ast.Constant | None:
    match node:
        case (
            ast.Module(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.AsyncFunctionDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
        ):
            return text
    return None


def _assign(target: ast.expr, text: ast.Constant) -> ast.stmt:
    made = ast.copy_location(ast.Assign([target], text), text)
    return ast.fix_missing_locations(made)
