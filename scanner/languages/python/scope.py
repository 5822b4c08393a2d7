"""Which names a piece of code binds, and what a name means where it stands."""

import ast
import builtins
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct, field

_PYTHON_2 = """
    apply basestring buffer cmp coerce execfile file intern long raw_input reduce reload unichr
    unicode xrange
"""
BUILTINS = {name: f"builtins.{name}" for name in (*dir(builtins), *_PYTHON_2.split())}
for _name in ("__doc__", "__file__", "__loader__", "__name__", "__package__", "__spec__", "_"):
    BUILTINS.pop(_name, None)  # every module has its own
BUILTINS["get_ipython"] = "IPython.get_ipython"
GIVEN = frozenset({"torch", "ops"})
"""Modules that TorchScript has without importing them; Python would not find the names."""

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Scope(Struct):
    """The names that a module, class, function or comprehension binds, and its variables in the IR.

    A comprehension shares the registers and variables of the function it stands in, so its names
    are given variables that no other name can have.
    """

    kind: Literal["module", "class", "function", "comprehension"]
    parent: "Scope | None" = None
    variables: dict[str, str] = field(default_factory=dict)
    globals: frozenset[str] = frozenset()

    def find(self, name: str) -> str | None:
        """The variable that ``name`` means here, or None if nothing in the program binds it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.globals:
                scope = scope.module()
            if (scope.kind != "class" or scope is self) and name in scope.variables:
                return scope.variables[name]
            scope = scope.parent
        return None

    def module(self) -> "Scope":
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def home(self) -> "Scope":
        """The scope in which a walrus binds: the nearest that is not a comprehension."""
        scope = self
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return scope


class Bindings(Struct):
    """What the statements of one scope bind, and what they declare to be bound elsewhere."""

    names: dict[str, None] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)

    def target(self, node: ast.expr | None) -> None:
        """The names that an assignment to ``node`` binds."""
        waiting = [node]
        while waiting:
            match waiting.pop():
                case ast.Name(id=name):
                    self.names[name] = None
                case ast.Tuple(elts=items) | ast.List(elts=items):
                    waiting.extend(reversed(items))
                case ast.Starred(value=value):
                    waiting.append(value)

    def pattern(self, pattern: ast.pattern) -> None:
        """The names that a ``case`` captures."""
        for node in ast.walk(pattern):
            match node:
                case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                    self.names[name] = None
                case ast.MatchMapping(rest=str(name)):
                    self.names[name] = None

    def walruses(self, node: ast.AST) -> None:
        """The names that assignment expressions in ``node`` bind."""
        waiting: list[ast.AST] = [node]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.NamedExpr):
                self.target(node.target)
            if not isinstance(node, ast.stmt | ast.Lambda):
                waiting.extend(ast.iter_child_nodes(node))

    def statements(self, body: Iterable[ast.stmt], *, walrus: bool) -> None:
        """All that ``body`` binds; expressions are looked into only if ``walrus``."""
        waiting = [iter(body)]
        while waiting:
            for node in waiting[-1]:
                self._statement(node)
                if walrus:
                    for child in ast.iter_child_nodes(node):
                        self.walruses(child)
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    inner = _nested(node)
                    if inner is not None:
                        waiting.append(inner)
                        break
            else:
                waiting.pop()

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                for target in targets:
                    self.target(target)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.names[name] = None
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                self.target(target)
            case ast.For(target=target) | ast.AsyncFor(target=target):
                self.target(target)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    if alias.name != "*":
                        self.names[alias.asname or alias.name.partition(".")[0]] = None
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    self.target(item.optional_vars)
            case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
                self.names.update((h.name, None) for h in handlers if h.name)
            case ast.Match(cases=cases):
                for case in cases:
                    self.pattern(case.pattern)
            case ast.Global(names=declared):
                self.globals.update(declared)
            case ast.Nonlocal(names=declared):
                self.nonlocals.update(declared)
            case _ if type(node).__name__ == "TypeAlias":  # 3.12
                self.target(getattr(node, "name", None))


def _nested(node: ast.stmt) -> Iterator[ast.stmt] | None:
    """The statements inside a compound statement."""
    match node:
        case ast.Try() | ast.TryStar():
            handlers = [s for h in node.handlers for s in h.body]
            return iter([*node.body, *handlers, *node.orelse, *node.finalbody])
        case ast.Match(cases=cases):
            return iter([s for c in cases for s in c.body])
        case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
            return iter([*node.body, *node.orelse])
        case ast.With() | ast.AsyncWith():
            return iter(node.body)
    return None


def function_bindings(node: Function, *, walrus: bool) -> Bindings:
    """What the body of a function binds, parameters excepted."""
    bindings = Bindings()
    if not isinstance(node, ast.Lambda):
        bindings.statements(node.body, walrus=walrus)
    elif walrus:
        bindings.walruses(node.body)
    return bindings


def declared_global(tree: ast.AST) -> set[str]:
    """The names that functions in ``tree`` declare global."""
    return {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}


def hidden_globals(tree: ast.Module) -> set[str]:
    """Globals of one function that are local to another around it, so that plain lexical lookup
    would find those instead."""
    hidden: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, Function) and (declared := declared_global(node)):
            bindings = function_bindings(node, walrus=True)
            hidden |= declared & {*parameters(node.args), *(bindings.names.keys() - bindings.globals)}
    return hidden


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of all parameters."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [a.arg for a in every]
