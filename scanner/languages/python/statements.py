"""Statements to operations."""

import ast
from collections.abc import Iterator, Sequence

from scanner import ir
from scanner.languages.python import expressions, functions, guard, imports
from scanner.languages.python.emitter import MAIN, Emitter
from scanner.languages.python.patterns import capture
from scanner.languages.python.scope import BUILTINS

_NESTING = 40  # arms of an ``elif`` chain inside each other; longer ones continue behind


def lower(x: Emitter, body: Sequence[ast.stmt]) -> None:
    """Run ``body``."""
    for node in body:
        match node:
            case ast.Expr(value=value):
                expressions.lower(x, value)
            case ast.Assign():
                _assign(x, node)
            case ast.Return(value=value):
                if value is None:
                    x.ops.append(ir.Jump(node.lineno, "return"))
                else:
                    x.ops.append(ir.Return(node.lineno, expressions.lower(x, value)))
            case ast.If():
                _if(x, node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                functions.define(x, node)
            case ast.ClassDef():
                functions.define_class(x, node)
            case ast.Import():
                imports.whole(x, node)
            case ast.ImportFrom():
                imports.parts(x, node)
            case ast.AugAssign():
                _augment(x, node)
            case ast.For() | ast.AsyncFor():
                _for(x, node)
            case ast.With() | ast.AsyncWith():
                _with(x, node)
            case ast.Try() | ast.TryStar():
                _try(x, node)
            case ast.Break():
                x.ops.append(ir.Jump(node.lineno, "break"))
            case ast.Continue():
                x.ops.append(ir.Jump(node.lineno, "continue"))
            case ast.Pass() | ast.Global() | ast.Nonlocal():
                pass
            case _:
                _lower_rare(x, node)


def _lower_rare(x: Emitter, node: ast.stmt) -> None:
    match node:
        case ast.AnnAssign():
            if not isinstance(node.target, ast.Name) or x.scope.kind != "function":
                functions.annotation(x, node.annotation)
            if node.value is not None:
                expressions.assign(x, node.target, expressions.lower(x, node.value))
            elif x.scope.kind == "class" and isinstance(node.target, ast.Name):  # a field, in its order
                x.store(node.lineno, node.target.id, x.unknown(node.lineno, "only annotated"))
        case ast.While(test=test):
            with _block(x) as ops:
                holds = expressions.lower(x, test)
                x.ops.append(ir.If(node.lineno, holds, _body(x, node.body)))
            x.ops.append(ir.Loop(node.lineno, tuple(ops)))
            lower(x, node.orelse)
        case ast.Raise(exc=raised, cause=cause):
            if raised is not None:
                x.ops.append(ir.Store(node.lineno, ir.RAISED, expressions.lower(x, raised)))
            if cause is not None:
                expressions.lower(x, cause)
        case ast.Assert(test=test, msg=message):
            expressions.lower(x, test)
            if message is not None:
                expressions.lower(x, message)
        case ast.Delete(targets=targets):
            for target in targets:
                _delete(x, target)
        case ast.Match():
            _match(x, node)
        case _ if type(node).__name__ == "TypeAlias":
            _type_alias(x, node)
        case _:
            _lower_unknown(x, node)


def _lower_unknown(x: Emitter, node: ast.AST) -> None:
    """Syntax from the future: what is inside may run."""
    x.unknown(getattr(node, "lineno", 0), f"syntax: {type(node).__name__}")
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.expr():
                expressions.lower(x, child)
            case ast.stmt():
                lower(x, [child])
            case _:
                _lower_unknown(x, child)


class _block:  # noqa: N801 - reads as a statement
    """Operations that are emitted inside go to a list of their own."""

    __slots__ = ("outer", "x")

    def __init__(self, x: Emitter) -> None:
        self.x = x

    def __enter__(self) -> list[ir.Op]:
        self.outer, self.x.ops = self.x.ops, []
        return self.x.ops

    def __exit__(self, *_: object) -> None:
        self.x.ops = self.outer


def _body(x: Emitter, body: Sequence[ast.stmt]) -> ir.Body:
    with _block(x) as ops:
        lower(x, body)
    return tuple(ops)


# Simple statements


def _assign(x: Emitter, node: ast.Assign) -> None:
    src = expressions.lower(x, node.value)
    for target in node.targets:
        expressions.assign(x, target, src)
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Attribute() as value):
            if x.scope.kind != "function":
                x.file.aliases[name] = x.file.dotted(value)


def _augment(x: Emitter, node: ast.AugAssign) -> None:
    at, operator = node.lineno, expressions.OPERATORS[type(node.op)]
    match node.target:
        case ast.Name(id=name):
            old = x.load(at, name)
        case ast.Attribute(value=value, attr=name):
            base = expressions.lower(x, value)
            old = x.attribute(at, base, name)
        case ast.Subscript(value=value, slice=index):
            base, key = expressions.lower(x, value), expressions.lower(x, index)
            old = x.item(at, base, key)
    operand, dst = expressions.lower(x, node.value), x.register()
    x.ops.append(ir.Binary(at, dst, operator, old, operand))
    match node.target:
        case ast.Name(id=name):
            x.store(at, name, dst)
        case ast.Attribute(attr=name):
            x.ops.append(ir.SetAttr(at, base, name, dst))
        case ast.Subscript():
            x.ops.append(ir.SetItem(at, base, key, dst))


def _delete(x: Emitter, target: ast.expr) -> None:
    at = target.lineno
    match target:
        case ast.Name(id=name):
            if name in BUILTINS and x.scope.kind == "module":  # the builtin is visible again
                x.store(at, name, x.builtin(at, name))
        case ast.Attribute(value=base, attr=name):
            x.call(at, x.builtin(at, "delattr"), expressions.lower(x, base), x.const(at, name))
        case ast.Subscript(value=base, slice=key):
            x.method(at, expressions.lower(x, base), "__delitem__", expressions.lower(x, key))
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                _delete(x, item)


def _type_alias(x: Emitter, node: ast.stmt) -> None:
    """``type X = …``: the right side is evaluated when somebody asks for it."""
    name, value = getattr(node, "name", None), getattr(node, "value", None)
    if isinstance(name, ast.Name) and isinstance(value, ast.expr):
        nothing = ast.arguments([], [], None, [], [], None, [])
        late = functions.lambda_(x, ast.copy_location(ast.Lambda(nothing, value), node))
        x.store(node.lineno, name.id, late)


# Compound statements


def _if(x: Emitter, node: ast.If) -> None:
    if x.scope.kind == "module" and (never := guard.never(x.file, node)) is not None:
        skipped, runs = never
        if skipped:
            _main(x, skipped)
        lower(x, runs)
        return
    arms: list[_Arm] = []
    while True:
        with _block(x) as ops:
            test = expressions.lower(x, node.test)
        arms.append((tuple(ops), node.lineno, test, _body(x, node.body)))
        match node.orelse:
            case [ast.If() as following] if guard.never(x.file, following) is None:
                node = following
            case _:
                break
    x.ops.extend(_chain(arms, _body(x, node.orelse)))


_Arm = tuple[ir.Body, int, ir.Reg, ir.Body]  # operations before the test, line, test, body


def _chain(arms: Sequence[_Arm], orelse: ir.Body) -> Iterator[ir.Op]:
    """Arms of which one runs, each in the ``else`` of the one before."""
    for start in range(0, len(arms), _NESTING):
        rest = orelse if start + _NESTING >= len(arms) else ()
        for before, at, test, body in reversed(arms[start : start + _NESTING]):
            rest = (*before, ir.If(at, test, body, rest))
        yield from rest


def _main(x: Emitter, body: Sequence[ast.stmt]) -> None:
    """What only runs when the file is the program: top-level code that no loader reaches."""
    name = x.file.unique("__main__", body[0].lineno)
    inner = Emitter(x.file, x.scope, "", MAIN)
    lower(inner, body)
    inner.finish(name, (), None)
    x.file.never.append(name)


def _for(x: Emitter, node: ast.For | ast.AsyncFor) -> None:
    iterable = expressions.lower(x, node.iter)
    with _block(x) as ops:
        expressions.loop_over(x, node.lineno, iterable, node.target)
        lower(x, node.body)
    x.ops.append(ir.Loop(node.lineno, tuple(ops)))
    lower(x, node.orelse)


def _with(x: Emitter, node: ast.With | ast.AsyncWith) -> None:
    """Context managers of libraries are their own result; the file's own are entered and left."""
    prefix = "__a" if isinstance(node, ast.AsyncWith) else "__"
    managers = []
    for item in node.items:
        at = item.context_expr.lineno
        result = manager = expressions.lower(x, item.context_expr)
        if x.file.enters:
            result = x.merge(at, manager, x.method(at, manager, f"{prefix}enter__"))
            managers.append((at, manager))
        if item.optional_vars is not None:
            expressions.assign(x, item.optional_vars, result)
    lower(x, node.body)
    for at, manager in reversed(managers):
        nothing = x.const(at, None)
        x.method(at, manager, f"{prefix}exit__", nothing, nothing, nothing)


def _try(x: Emitter, node: ast.Try | ast.TryStar) -> None:
    body = _body(x, [*node.body, *node.orelse])
    handlers = []
    for handler in node.handlers:
        with _block(x) as ops:
            if handler.type is not None:
                expressions.lower(x, handler.type)
            if handler.name is not None:
                caught = x.register()
                x.ops.append(ir.Load(handler.lineno, caught, ir.RAISED))
                x.store(handler.lineno, handler.name, caught)
            lower(x, handler.body)
        handlers.append(tuple(ops))
    x.ops.append(ir.Try(node.lineno, body, tuple(handlers), _body(x, node.finalbody)))


def _match(x: Emitter, node: ast.Match) -> None:
    subject = expressions.lower(x, node.subject)
    arms: list[_Arm] = []
    for case in node.cases:
        with _block(x) as ops:
            capture(x, case.pattern, subject)
            if case.guard is not None:
                expressions.lower(x, case.guard)
            lower(x, case.body)
        arms.append(((), case.pattern.lineno, subject, tuple(ops)))
    x.ops.extend(_chain(arms, ()))
