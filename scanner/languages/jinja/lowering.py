"""From the syntax tree of ``jinja2`` to IR.

Names that the template does not set come from its caller, as ``jinja.context.NAME``; Jinja's own globals are
the objects that they are. Every attribute whose name is not a plain word of the template is told to
``jinja.attribute`` as well, because that is how a template leaves its sandbox.
"""

from collections.abc import Iterable
from typing import Any

from jinja2 import nodes

from scanner import ir
from scanner.irbuilder import Builder
from scanner.limits import Budget

GLOBALS = {
    "cycler": "jinja2.utils.Cycler",
    "joiner": "jinja2.utils.Joiner",
    "namespace": "jinja2.utils.Namespace",
    "lipsum": "jinja2.utils.generate_lorem_ipsum",
    "range": "builtins.range",
    "dict": "builtins.dict",
    "self": "jinja2.runtime.TemplateReference",
}
ATTRIBUTE = "jinja.attribute"  # an attribute by a name that tells, or that is computed
OPERATORS = {
    nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/", nodes.FloorDiv: "//", nodes.Mod: "%",
    nodes.Pow: "**",
}  # fmt: skip
COMPARISONS = {
    "eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in", "notin": "not in",
}  # fmt: skip
CONSTANTS = (bool, int, float, complex, str, type(None))


class Lowering(Builder):
    """The function under construction; macros become functions beside it."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.functions: dict[str, ir.Function] = {}
        self._known: set[str] = set()

    # Statements

    def statements(self, found: Iterable[nodes.Node]) -> None:
        for node in found:
            self.at = node.lineno or self.at
            self._statement(node)

    def _statement(self, node: nodes.Node) -> None:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        self.value(part)
            case nodes.For():
                self._for(node)
            case nodes.If():
                self._if(node.test, node.body, node.elif_, node.else_)
            case nodes.Assign():
                self._store(node.target, self.value(node.node))
            case nodes.Macro() | nodes.CallBlock():
                self._macro(node)
            case nodes.With():
                for target, value in zip(node.targets, node.values, strict=True):
                    self._store(target, self.value(value))
                self.statements(node.body)
            case nodes.AssignBlock():
                self.statements(node.body)
                self._store(node.target, self.unknown("what a block renders to"))
            case nodes.FilterBlock():
                self.statements(node.body)
                self.value(node.filter)
            case nodes.Include() | nodes.Extends() | nodes.Import() | nodes.FromImport():
                self.call(self.name("", "jinja.include"), [self.value(node.template)])
            case nodes.ExprStmt():
                self.value(node.node)
            case _:
                self.statements(node.iter_child_nodes())

    def _for(self, node: nodes.For) -> None:
        base = self.value(node.iter)
        with self.inside() as body:
            item = self.emit(lambda at, dst: ir.Iter(at, dst, base))
            self._store(node.target, item)
            if node.test is not None:
                self.value(node.test)
            self.statements(node.body)
        self.body.append(ir.Loop(node.lineno, tuple(body)))
        self.statements(node.else_)

    def _if(
        self, test: nodes.Node, body: list[nodes.Node], rest: list[nodes.If], last: list[nodes.Node]
    ) -> None:
        value, line = self.value(test), self.at
        with self.inside() as then:
            self.statements(body)
        with self.inside() as orelse:
            if rest:
                self._if(rest[0].test, rest[0].body, rest[1:], last)
            else:
                self.statements(last)
        self.body.append(ir.If(line, value, tuple(then), tuple(orelse)))

    def _macro(self, node: nodes.Macro | nodes.CallBlock) -> None:
        """A function of the template; a call block hands one to the macro that it calls."""
        name = node.name if isinstance(node, nodes.Macro) else f"caller:{node.lineno}"
        unique = (
            name if name not in self.functions and name != "main" else f"{name}:{node.lineno}:{self._next}"
        )
        params = [arg.name for arg in node.args]
        late = params[len(params) - len(node.defaults) :]
        defaults = tuple(zip(late, [self.value(d) for d in node.defaults], strict=True))
        known, self._known = self._known, {*self._known, *params, "caller", "varargs", "kwargs"}
        with self.inside() as body:
            self.statements(node.body)
        self._known = known
        plain = tuple(ir.Param(param) for param in params)
        self.functions[unique] = ir.Function(unique, plain, tuple(body), frozenset(params), "main")
        function = self.emit(lambda at, dst: ir.Define(at, dst, unique, defaults))
        if isinstance(node, nodes.Macro):
            self._known.add(name)
            self.body.append(ir.Store(self.at, name, function))
        else:
            self.body.append(ir.Store(self.at, "caller", function))
            self.call(function, [])
            self.value(node.call)

    def _store(self, target: nodes.Node, value: ir.Reg) -> None:
        match target:
            case nodes.Name():
                self._known.add(target.name)
                self.body.append(ir.Store(self.at, target.name, value))
            case nodes.NSRef():
                base = self._variable(target.name)
                self.body.append(ir.SetAttr(self.at, base, target.attr, value))
            case nodes.Tuple():
                for index, item in enumerate(target.items):
                    self._store(item, self.item(value, self.const(index)))

    # Expressions

    def value(self, node: nodes.Node | None) -> ir.Reg:
        """The register of an expression, after the operations that compute it."""
        match node:
            case None:
                return self.const(None)
            case nodes.Const():
                return self.const(node.value if isinstance(node.value, CONSTANTS) else repr(node.value))
            case nodes.TemplateData():
                return self.const(node.data)
            case nodes.Name():
                return self._variable(node.name)
            case nodes.Getattr():
                return self._attribute(node.node, nodes.Const(node.attr))
            case nodes.Getitem():
                return self._item(node)
            case nodes.Call():
                callee = self.value(node.node)
                return self.call(callee, *self._arguments(node))
            case nodes.Filter():
                return self._filter(node)
            case nodes.Test():
                args, kwargs = self._arguments(node)
                return self.call(
                    self.name("", f"jinja2.tests.test_{node.name}"), [self.value(node.node), *args], kwargs
                )
            case nodes.CondExpr():
                self.value(node.test)
                items = (self.value(node.expr1), self.value(node.expr2))
                return self.emit(lambda at, dst: ir.Merge(at, dst, items))
        return self._operation(node)

    def _operation(self, node: nodes.Node) -> ir.Reg:
        match node:
            case nodes.And() | nodes.Or():
                items = (self.value(node.left), self.value(node.right))
                return self.emit(lambda at, dst: ir.Merge(at, dst, items))
            case nodes.Concat():
                return self.make("str", map(self.value, node.nodes))
            case nodes.BinExpr():
                return self.binary(OPERATORS[type(node)], self.value(node.left), self.value(node.right))
            case nodes.UnaryExpr():
                operand = self.value(node.node)
                return self.emit(lambda at, dst: ir.Unary(at, dst, node.operator, operand))
            case nodes.Compare():
                left = self.value(node.expr)
                for other in node.ops:
                    left = self.binary(COMPARISONS[other.op], left, self.value(other.expr))
                return left
            case nodes.Tuple() | nodes.List():
                return self.make("list", map(self.value, node.items))
            case nodes.Dict():
                pairs = [self.value(part) for pair in node.items for part in (pair.key, pair.value)]
                return self.make("dict", pairs)
            case nodes.Slice():
                return self.make("slice", [self.value(x) for x in (node.start, node.stop, node.step)])
        for child in node.iter_child_nodes():
            self.value(child)
        return self.unknown(f"a {type(node).__name__} of the template")

    def _variable(self, name: str) -> ir.Reg:
        if name in self._known:
            return self.emit(lambda at, dst: ir.Load(at, dst, name))
        return self.name("", GLOBALS.get(name, f"jinja.context.{name}"))

    def _item(self, node: nodes.Getitem) -> ir.Reg:
        """``x[k]``, which Jinja takes for ``x.k`` where there is no such item."""
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) and "__" in node.arg.value:
            return self._attribute(node.node, node.arg)
        base, key = self.value(node.node), self.value(node.arg)
        if not isinstance(node.arg, nodes.Const | nodes.Slice):
            self.call(self.name("", ATTRIBUTE), [key])
        return self.item(base, key)

    def _attribute(self, node: nodes.Node, attribute: nodes.Node) -> ir.Reg:
        base = self.value(node)
        if isinstance(attribute, nodes.Const) and isinstance(attribute.value, str):
            if "__" in attribute.value:
                self.call(self.name("", ATTRIBUTE), [self.const(attribute.value)])
            return self.emit(lambda at, dst: ir.Attr(at, dst, base, attribute.value))
        name = self.value(attribute)
        self.call(self.name("", ATTRIBUTE), [name])
        return self.call(self.name("", "builtins.getattr"), [base, name])

    def _filter(self, node: nodes.Filter) -> ir.Reg:
        if node.name == "attr" and node.node is not None and node.args:
            return self._attribute(node.node, node.args[0])
        base = self.value(node.node)
        args, kwargs = self._arguments(node)
        for argument in (*args, *kwargs.values()):  # map(attribute="__class__")
            self.call(self.name("", ATTRIBUTE), [argument])
        return self._filtered(node.name, base, args, kwargs)

    def _filtered(self, name: str, base: ir.Reg, args: list[ir.Reg], kwargs: dict[str, ir.Reg]) -> ir.Reg:
        """Filters that put text together are what they are in Python, so that constants stay known."""
        if name in ("list", "first", "last", "string", "trim", "safe", "unique", "sort") and not args:
            return base
        if name == "join":
            glue = args[0] if args else self.const("")
            return self.call(self.emit(lambda at, dst: ir.Attr(at, dst, glue, "join")), [base])
        if name == "format" and args and not kwargs:
            return self.binary("%", base, self.make("tuple", args))
        if name in ("upper", "lower", "replace"):
            return self.call(self.emit(lambda at, dst: ir.Attr(at, dst, base, name)), args)
        if name == "reverse":
            steps = self.make("slice", [self.const(None), self.const(None), self.const(-1)])
            return self.item(base, steps)
        return self.call(self.name("", f"jinja2.filters.do_{name}"), [base, *args], kwargs)

    def _arguments(self, node: Any) -> tuple[list[ir.Reg], dict[str, ir.Reg]]:
        args = [self.value(arg) for arg in node.args]
        kwargs = {keyword.key: self.value(keyword.value) for keyword in node.kwargs}
        if node.dyn_args is not None:
            args.append(self.make("spread", [self.value(node.dyn_args)]))
        if node.dyn_kwargs is not None:
            kwargs["**"] = self.value(node.dyn_kwargs)
        return args, kwargs
