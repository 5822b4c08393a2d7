"""From R's calls to IR. Everything in R is a call: assignments, branches, loops and functions too.

Functions of R's own packages are ``r.NAME``, those of others ``r.PACKAGE.NAME``, with ``_`` for what is
neither a letter nor a digit. Both arms of a branch are walked; what is quoted is a function that whoever
evaluates it calls.
"""

from collections.abc import Sequence

from scanner import ir
from scanner.irbuilder import Builder
from scanner.irwalk import walk
from scanner.languages.r.calls import (
    APPLIES,
    ASSIGNS,
    BLOCKS,
    EVALUATES,
    FOREIGN,
    LOOKS_UP,
    MEMBERS,
    OPENS,
    OWN,
    PARSES,
    QUOTES,
    READS,
    computes,
    fetched,
    is_call,
    is_function,
    name_of,
    parsed_text,
    parts,
)
from scanner.languages.r.constants import fold
from scanner.languages.r.nodes import Bytecode, Closure, Constant, Item, Node, Other, Pairs, Promise, Symbol
from scanner.limits import Budget


class Lowering(Builder):
    """The body under construction; functions stand beside it."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.functions: dict[str, ir.Function] = {}
        self._known: set[str] = set()
        self._parsed: set[str] = set()  # variables that hold what a text was parsed to
        self._shown: set[int] = set()  # objects that are a part of a source, or were lowered beside one

    def function(self, made: Closure) -> str:
        """A function, by the name that it has in the program."""
        name = f"function @ {made.at}"
        if name in self.functions:
            return name
        formals = made.formals.items if isinstance(made.formals, Pairs) else ()
        params = tuple(ir.Param(item.tag) for item in formals if item.tag and item.tag != "...")
        self.functions[name] = ir.Function(name, params, (), parent="main")  # it may contain itself
        outer, self._known = self._known, {*self._known, *(param.name for param in params)}
        with self.inside() as body:
            result = self.value(made.body)
            body.append(ir.Return(self.at, result))
        local = {op.var for op in walk(tuple(body)) if isinstance(op, ir.Store)}
        self._known = outer
        self.functions[name] = ir.Function(
            name, params, tuple(body), frozenset(local | {param.name for param in params}), "main"
        )
        return name

    def value(self, node: Node) -> ir.Reg:
        """The register of an expression, after the operations that compute it."""
        match node:
            case Symbol(name):
                return (
                    self.emit(lambda at, dst: ir.Load(at, dst, name))
                    if name in self._known
                    else self._own(name)
                )
            case Constant():
                return self._constant(node)
            case Closure():
                return self._define(node)
            case Promise(code=code):
                return self.value(code)
            case Bytecode(constants=(first, *others)):
                return self._compiled(first, others)
            case Pairs(kind="call", items=(head, *rest), at=at):
                self.at = at or self.at
                return self._call(head.value, rest)
            case Other(what):
                return self.const(None) if what == "nothing" else self.unknown(what)
        return self.unknown("an object")

    def _compiled(self, source: Node, others: Sequence[Node]) -> ir.Reg:
        """The expression that was compiled; and the calls among the other constants that it does not have,
        because it is the bytecode that runs, whatever is said to be its source."""
        self._shown |= {id(each) for each in parts(source)}
        result = self.value(source)
        for each in others:
            code = each.constants[0] if isinstance(each, Bytecode) and each.constants else each
            if isinstance(each, Pairs | Bytecode) and id(code) not in self._shown:
                self._shown.add(id(code))
                self.value(each)
        return result

    def _own(self, name: str, package: str = "") -> ir.Reg:
        """A function by its name."""
        where = f"r.{package}" if package and package not in OWN else "r"
        return self.name("", f"{where}.{FOREIGN.sub('_', name)}")

    def _constant(self, node: Constant) -> ir.Reg:
        if node.kind == "bytes" or len(node.values) != 1:
            return self.make("list", [self.const(value) for value in node.values])
        return self.const(node.values[0])

    def _define(self, made: Closure) -> ir.Reg:
        name = self.function(made)
        return self.emit(lambda at, dst: ir.Define(at, dst, name))

    def _quoted(self, code: Node) -> ir.Reg:
        return self._define(Closure(Other("nothing"), code, getattr(code, "at", self.at)))

    def _call(self, head: Node, rest: Sequence[Item]) -> ir.Reg:
        name = name_of(head)
        folded = fold(name, rest)
        if folded is not None:
            return self._constant(folded)
        match name, rest:
            case _ if name in BLOCKS:
                return [self.const(None), *(self.value(item.value) for item in rest)][-1]
            case _, [target, source, *_] if name in ASSIGNS:
                return self._assign(target.value, source.value)
            case "if", [test, *arms]:
                self.value(test.value)
                values = tuple(self.value(arm.value) for arm in arms)
                return self.emit(lambda at, dst: ir.Merge(at, dst, values))
            case "for", [variable, items, body]:
                return self._loop(body.value, items.value, name_of(variable.value))
            case (("while" | "repeat"), [*tests, body]):
                for test in tests:
                    self.value(test.value)
                return self._loop(body.value)
            case "function", [formals, body, *_]:
                return self._define(Closure(formals.value, body.value, self.at))
            case (("::" | ":::"), [package, member]):
                return self._own(name_of(member.value), name_of(package.value))
            case _, [code, *_] if name in QUOTES:
                return self._quoted(code.value)
            case _, [code, *_] if name in EVALUATES:
                return self._evaluate(code.value)
            case _, [found, *_] if name in LOOKS_UP:
                return self._looked_up(found.value)
            case "do.call", [function, *arguments]:
                return self._do(function.value, arguments)
            case _, [_, *_] if name in APPLIES:
                return self._apply(rest)
            case _, [base, *_] if name in MEMBERS:
                self.value(base.value)
                return self.unknown("a member")
        if name and name not in self._known and computes(name, rest):
            for item in rest:
                self.value(item.value)
            return self.unknown(f"what {name} computes")
        if name in OPENS:
            opened = [fetched(item) for item in rest]
            if name in READS and opened and opened[0] is not rest[0]:
                return self.value(opened[0].value)
            rest = opened
        return self._invoke(self.value(head), rest)

    def _invoke(self, callee: ir.Reg, rest: Sequence[Item]) -> ir.Reg:
        at = self.at
        given = [(item.tag, self.value(item.value)) for item in rest]
        self.at = at
        named = {FOREIGN.sub("_", tag): value for tag, value in given if tag}
        return self.call(callee, [value for tag, value in given if not tag], named)

    def _assign(self, target: Node, source: Node) -> ir.Reg:
        """Into a variable; assigning to a part of something calls no more than the way there."""
        value, name = self.value(source), name_of(target)
        if not name:
            self.value(target)
            return value
        if is_call(source, PARSES):
            self._parsed.add(name)
        self._known.add(name)
        self.body.append(ir.Store(self.at, name, value))
        return value

    def _loop(self, body: Node, items: Node | None = None, variable: str = "") -> ir.Reg:
        base, at = None if items is None else self.value(items), self.at
        with self.inside() as inner:
            if base is not None and variable:
                element = self.emit(lambda at, dst: ir.Iter(at, dst, base))
                self._known.add(variable)
                self.body.append(ir.Store(self.at, variable, element))
            self.value(body)
        self.body.append(ir.Loop(at, tuple(inner)))
        return self.const(None)

    def _evaluate(self, code: Node) -> ir.Reg:
        """What is quoted or parsed from a known text runs here; what any other text does nobody knows."""
        known = parsed_text(code, self.at)
        if known is not None:
            return self.value(known)
        if is_call(code, PARSES) and isinstance(code, Pairs):
            texts = [self.value(fetched(item).value) for item in code.items[1:]]
            return self.call(self._own("eval_text"), texts)
        value = self.value(code)
        if name_of(code) in self._parsed:
            return self.call(self._own("eval_text"), [value])
        return self.call(value) if is_call(code, QUOTES) or name_of(code) in self._known else value

    def _looked_up(self, found: Node) -> ir.Reg:
        if isinstance(found, Constant) and found.kind == "text" and len(found.values) == 1:
            return self._own(str(found.values[0]))
        return self.value(found)

    def _do(self, function: Node, arguments: Sequence[Item]) -> ir.Reg:
        """``do.call``: a function or its name, and a list of what it is given."""
        callee = self._looked_up(function)
        for given in arguments[:1]:
            if is_call(given.value, {"list", "c"}) and isinstance(given.value, Pairs):
                return self._invoke(callee, given.value.items[1:])
            if isinstance(given.value, Constant):
                return self._invoke(callee, [given])
        return self.call(callee, [self.unknown("a list of arguments")])

    def _apply(self, rest: Sequence[Item]) -> ir.Reg:
        """A function over the elements of something; which is which is told by what they are."""
        functions = [item for item in rest if item.tag in ("FUN", "f") or is_function(item.value)]
        others = [self.value(item.value) for item in rest if not any(item is each for each in functions)]
        base = others[0] if others else self.unknown("a vector")
        element = self.emit(lambda at, dst: ir.Iter(at, dst, base))
        for item in functions:
            self.call(self._looked_up(item.value), [element])
        return self.unknown("what a function makes of a vector")
