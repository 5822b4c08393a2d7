"""Functions and classes: their bodies become functions of the program."""

import ast
from collections.abc import Sequence

from scanner import ir
from scanner.irwalk import walk
from scanner.languages.python import expressions, statements
from scanner.languages.python.emitter import ClassSeen, Emitter, File, function_scope
from scanner.languages.python.scope import Bindings, Scope

_INERT_ANNOTATION = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.BitOr,
    ast.Load, ast.Starred, ast.UnaryOp, ast.USub,
)  # fmt: skip


def define(x: Emitter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """``def``: decorators and defaults are evaluated now, the body when it is called."""
    decorators = [(d, expressions.lower(x, d)) for d in node.decorator_list]
    defaults = _defaults(x, node.args)
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    every += [a for a in (node.args.vararg, node.args.kwarg) if a is not None]
    for argument in every:
        annotation(x, argument.annotation)
    annotation(x, node.returns)
    name = x.file.unique(x.prefix + node.name, node.lineno)
    inner = Emitter(x.file, function_scope(x.file, x.scope, node), f"{name}.", name)
    type_parameters(inner, node)
    statements.lower(inner, node.body)
    inner.finish(name, _params(node.args), x.parent)
    if x.scope.kind == "module":
        x.file.toplevel[node.name] = name
    dst = x.register()
    x.ops.append(ir.Define(node.lineno, dst, name, defaults))
    x.store(node.lineno, node.name, _decorated(x, decorators, dst))


def lambda_(x: Emitter, node: ast.Lambda) -> ir.Reg:
    """A function without a name of its own."""
    defaults = _defaults(x, node.args)
    name = x.file.unique(f"{x.prefix}<lambda>:{node.lineno}", node.lineno)
    inner = Emitter(x.file, function_scope(x.file, x.scope, node), f"{name}.", name)
    inner.ops.append(ir.Return(node.body.lineno, expressions.lower(inner, node.body)))
    inner.finish(name, _params(node.args), x.parent)
    dst = x.register()
    x.ops.append(ir.Define(node.lineno, dst, name, defaults))
    return dst


def define_class(x: Emitter, node: ast.ClassDef) -> None:
    """``class``: the body is a function that runs now and whose variables are the members."""
    decorators = [(d, expressions.lower(x, d)) for d in node.decorator_list]
    bases = tuple([expressions.lower(x, base) for base in node.bases])
    kwargs = tuple([(k.arg or "**", expressions.lower(x, k.value)) for k in node.keywords])
    name = x.file.unique(x.prefix + node.name, node.lineno)
    bindings = Bindings()
    bindings.statements(node.body, walrus=x.file.walrus)
    outside = bindings.globals | bindings.nonlocals
    members = {member: member for member in bindings.names if member not in outside}
    inner = Emitter(
        x.file, Scope("class", x.scope, members, frozenset(bindings.globals)), f"{name}.", x.parent
    )
    type_parameters(inner, node)
    statements.lower(inner, node.body)
    inner.finish(name, (), x.parent)
    dotted = tuple(x.file.dotted(base) for base in node.bases)
    x.file.classes.append(ClassSeen(name, dotted, _methods(x.file, inner.ops)))
    dst = x.register()
    x.ops.append(ir.DefineClass(node.lineno, dst, name, name, bases, kwargs))
    x.store(node.lineno, node.name, _decorated(x, decorators, dst))


def _methods(file: File, body: Sequence[ir.Op]) -> dict[str, str]:
    """The functions that a class body binds, wherever in it and however they are made."""
    found: dict[str, str] = {}
    values: dict[ir.Reg, str] = {}
    for op in walk(tuple(body)):
        match op:
            case ir.Define(dst=dst, function=function):
                values[dst] = function
            case ir.Load(dst=dst, var=name) if name in file.toplevel:
                values[dst] = file.toplevel[name]
            case ir.Call(dst=dst, args=(wrapped, *_)) if wrapped in values:
                values[dst] = values[wrapped]
            case ir.Store(var=name, src=src) if src in values:
                found[name] = values[src]
    return found


def type_parameters(x: Emitter, node: ast.AST) -> None:
    """``[T: bound = default]`` of Python 3.12: names inside, values that are made when asked for."""
    for parameter in getattr(node, "type_params", ()):
        x.scope.variables.setdefault(parameter.name, parameter.name)
        for part in (getattr(parameter, "bound", None), getattr(parameter, "default_value", None)):
            annotation(x, part)
        x.store(parameter.lineno, parameter.name, x.unknown(parameter.lineno, "a type parameter"))


def annotation(x: Emitter, node: ast.expr | None) -> None:
    """Evaluate an annotation if that may do more than look up types; one that is text, as those do who
    resolve it (``get_type_hints``, ``pydantic``)."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = _quoted(node)
    if node is not None and not all(isinstance(part, _INERT_ANNOTATION) for part in ast.walk(node)):
        expressions.lower(x, node)


def _quoted(node: ast.Constant) -> ast.expr | None:
    try:
        inner = ast.parse(str(node.value).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for part in ast.walk(inner):
        ast.copy_location(part, node)
    return inner


def _decorated(x: Emitter, decorators: list[tuple[ast.expr, ir.Reg]], value: ir.Reg) -> ir.Reg:
    for decorator, callee in reversed(decorators):
        dst = x.register()
        x.ops.append(ir.Call(decorator.lineno, dst, callee, (value,), how="decorate"))
        value = dst
    return value


def _defaults(x: Emitter, arguments: ast.arguments) -> tuple[tuple[str, ir.Reg], ...]:
    plain = [*arguments.posonlyargs, *arguments.args]
    given = list(zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    given += [(parameter, default) for parameter, default in named if default is not None]
    return tuple([(parameter.arg, expressions.lower(x, default)) for parameter, default in given])


def _params(arguments: ast.arguments) -> tuple[ir.Param, ...]:
    params = [ir.Param(a.arg) for a in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        params.append(ir.Param(arguments.vararg.arg, "star"))
    params += [ir.Param(a.arg, "keyword") for a in arguments.kwonlyargs]
    if arguments.kwarg:
        params.append(ir.Param(arguments.kwarg.arg, "stars"))
    return tuple(params)
