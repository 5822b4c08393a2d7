"""Expressions to operations; the result of each is the register that holds its value."""

import ast
from collections.abc import Sequence

from scanner import ir
from scanner.languages.python import functions
from scanner.languages.python.emitter import Emitter
from scanner.languages.python.scope import Bindings, Scope

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&",
    ast.BitOr: "|", ast.BitXor: "^", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
    ast.Not: "not", ast.Invert: "~", ast.UAdd: "+", ast.USub: "-",
}  # fmt: skip
_CONVERSIONS = {ord("s"): "str", ord("r"): "repr", ord("a"): "ascii"}


def lower(x: Emitter, node: ast.expr) -> ir.Reg:
    """Evaluate ``node``."""
    at = node.lineno
    match node:
        case ast.Name(id=name):
            return x.load(at, name)
        case ast.Constant(value=value):
            return x.const(at, value)
        case ast.Attribute(value=base, attr=name):
            return x.attribute(node.end_lineno or at, lower(x, base), name)
        case ast.Call():
            return _call(x, node)
        case ast.BinOp():
            return _binary(x, node)
        case ast.Subscript(value=base, slice=key):
            return x.item(at, lower(x, base), lower(x, key))
        case ast.Tuple(elts=items):
            return x.make(at, "tuple", _each(x, items))
        case ast.List(elts=items):
            return x.make(at, "list", _each(x, items))
        case ast.Dict():
            return _dict(x, node)
        case ast.JoinedStr(values=values):
            return x.make(at, "str", _each(x, [v for v in values if not _is_empty(v)]))
        case ast.Compare():
            return _compare(x, node)
        case ast.UnaryOp():
            return _unary(x, node)
        case ast.BoolOp(values=values):
            return x.merge(at, *_each(x, values))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            lower(x, test)
            return x.merge(at, lower(x, body), lower(x, orelse))
    return _lower_rare(x, node)


def _lower_rare(x: Emitter, node: ast.expr) -> ir.Reg:
    at = node.lineno
    match node:
        case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt):
            return _comprehension(x, node, node.generators, x.make(at, "list", ()), elt)
        case ast.SetComp(elt=elt):
            return _comprehension(x, node, node.generators, x.make(at, "set", ()), elt)
        case ast.DictComp(key=key, value=value):
            return _comprehension(x, node, node.generators, x.make(at, "dict", ()), value, key)
        case ast.Set(elts=items):
            return x.make(at, "set", _each(x, items))
        case ast.Starred(value=value):
            return x.make(at, "spread", (lower(x, value),))
        case ast.Slice(lower=start, upper=stop, step=step):
            parts = [x.const(at, None) if p is None else lower(x, p) for p in (start, stop, step)]
            return x.make(at, "slice", tuple(parts))
        case ast.Lambda():
            return functions.lambda_(x, node)
        case ast.NamedExpr(target=target, value=value):
            src = lower(x, value)
            x.ops.append(ir.Store(at, x.scope.home().find(target.id) or target.id, src))
            return src
        case ast.FormattedValue():
            return _formatted(x, node)
        case ast.Await(value=value):
            return lower(x, value)
        case ast.Yield(value=value):
            src = x.const(at, None) if value is None else lower(x, value)
            x.ops.append(ir.Return(at, src, yielded=True))
            return x.sent(at)
        case ast.YieldFrom(value=value):
            src, dst = lower(x, value), x.register()
            x.ops.append(ir.Loop(at, (ir.Iter(at, dst, src), ir.Return(at, dst, yielded=True))))
            return src
    return _lower_unknown(x, node)


def _lower_unknown(x: Emitter, node: ast.expr) -> ir.Reg:
    """Syntax from the future: its parts are evaluated, what they make is not known."""
    parts = [lower(x, child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return x.merge(node.lineno, *parts, x.unknown(node.lineno, f"syntax: {type(node).__name__}"))


def _is_empty(part: ast.expr) -> bool:
    """Whether it is the empty text that some versions of ``ast`` put into f-strings."""
    return isinstance(part, ast.Constant) and part.value == ""


def _each(x: Emitter, nodes: Sequence[ast.expr]) -> tuple[ir.Reg, ...]:
    return tuple([lower(x, node) for node in nodes])


def call(
    x: Emitter, at: int, callee: ir.Reg, args: Sequence[ast.expr], keywords: Sequence[ast.keyword]
) -> ir.Reg:
    """Call ``callee`` on what stands between the parentheses."""
    positional = _each(x, args)
    named = tuple([(k.arg or "**", lower(x, k.value)) for k in keywords])
    dst = x.register()
    x.ops.append(ir.Call(at, dst, callee, positional, named))
    return dst


def _call(x: Emitter, node: ast.Call) -> ir.Reg:
    # The line of a call in a chain over several lines is that of its name, as in a traceback.
    at = node.func.end_lineno if isinstance(node.func, ast.Attribute) else None
    return call(x, at or node.lineno, lower(x, node.func), node.args, node.keywords)


def _binary(x: Emitter, node: ast.BinOp) -> ir.Reg:
    """A left-deep chain without recursion: obfuscators add thousands of characters."""
    chain = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    left = lower(x, chain[-1].left)
    for link in reversed(chain):
        right, dst = lower(x, link.right), x.register()
        x.ops.append(ir.Binary(link.lineno, dst, OPERATORS[type(link.op)], left, right))
        left = dst
    return left


def _unary(x: Emitter, node: ast.UnaryOp) -> ir.Reg:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() | complex() as value)):
            return x.const(node.lineno, -value)
    operand, dst = lower(x, node.operand), x.register()
    x.ops.append(ir.Unary(node.lineno, dst, OPERATORS[type(node.op)], operand))
    return dst


def _compare(x: Emitter, node: ast.Compare) -> ir.Reg:
    left, results = lower(x, node.left), list[ir.Reg]()
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right, dst = lower(x, comparator), x.register()
        x.ops.append(ir.Binary(node.lineno, dst, OPERATORS[type(operator)], left, right))
        results.append(dst)
        left = right
    return results[0] if len(results) == 1 else x.merge(node.lineno, *results)


def _dict(x: Emitter, node: ast.Dict) -> ir.Reg:
    items: list[ir.Reg] = []
    for key, value in zip(node.keys, node.values, strict=True):
        items.append(-1 if key is None else lower(x, key))
        items.append(lower(x, value))
    return x.make(node.lineno, "dict", tuple(items))


def _formatted(x: Emitter, node: ast.FormattedValue) -> ir.Reg:
    at, value = node.lineno, lower(x, node.value)
    if node.conversion in _CONVERSIONS:
        value = x.call(at, x.builtin(at, _CONVERSIONS[node.conversion]), value)
    if node.format_spec is not None:
        value = x.call(at, x.builtin(at, "format"), value, lower(x, node.format_spec))
    return value


def _comprehension(
    x: Emitter,
    node: ast.expr,
    generators: Sequence[ast.comprehension],
    result: ir.Reg,
    element: ast.expr,
    key: ast.expr | None = None,
) -> ir.Reg:
    """Inline, as loops around an append; a generator is taken for the list of its values."""
    source = lower(x, generators[0].iter)  # in the scope outside
    bindings = Bindings()
    for generator in generators:
        bindings.target(generator.target)
    x.file.comprehensions += 1
    variables = {name: f"{name}:{x.file.comprehensions}" for name in bindings.names}
    x.inlined.update(variables.values())
    outer_scope, outer_ops = x.scope, x.ops
    x.scope = Scope("comprehension", outer_scope, variables)
    bodies: list[list[ir.Op]] = []
    for index, generator in enumerate(generators):
        if index:
            source = lower(x, generator.iter)
        x.ops = []
        bodies.append(x.ops)
        loop_over(x, node.lineno, source, generator.target)
        for condition in generator.ifs:
            lower(x, condition)
    at = element.lineno
    key_register = None if key is None else lower(x, key)
    x.ops.append(ir.SetItem(at, result, key_register, lower(x, element)))
    for index in range(len(bodies) - 1, 0, -1):
        bodies[index - 1].append(ir.Loop(node.lineno, tuple(bodies[index])))
    x.scope, x.ops = outer_scope, outer_ops
    x.ops.append(ir.Loop(node.lineno, tuple(bodies[0])))
    return result


def loop_over(x: Emitter, at: int, iterable: ir.Reg, target: ast.expr) -> None:
    """The head of a loop's body: the next element into the target."""
    dst = x.register()
    x.ops.append(ir.Iter(at, dst, iterable))
    assign(x, target, dst)


def assign(x: Emitter, target: ast.expr, src: ir.Reg) -> None:
    """Write ``src`` to a name, an attribute, an item, or take it apart into several of them."""
    at = target.lineno
    match target:
        case ast.Name(id=name):
            x.store(at, name, src)
        case ast.Attribute(value=base, attr=name):
            x.ops.append(ir.SetAttr(at, lower(x, base), name, src))
        case ast.Subscript(value=base, slice=key):
            x.ops.append(ir.SetItem(at, lower(x, base), lower(x, key), src))
        case ast.Tuple(elts=items) | ast.List(elts=items):
            _unpack(x, at, items, src)
        case ast.Starred(value=value):
            assign(x, value, src)


def _unpack(x: Emitter, at: int, items: Sequence[ast.expr], src: ir.Reg) -> None:
    star = next((i for i, item in enumerate(items) if isinstance(item, ast.Starred)), None)
    for index, item in enumerate(items):
        if star is None or index < star:
            key = x.const(at, index)
        elif index > star:
            key = x.const(at, index - len(items))
        else:
            rest = star + 1 - len(items)
            bounds = x.const(at, star), x.const(at, rest or None), x.const(at, None)
            key = x.make(at, "slice", bounds)
        assign(x, item, x.item(at, src, key))
