"""What the names in code objects mean, as the representation has it: lexical, with the module last."""

from msgspec import Struct, field

from scanner import ir
from scanner.languages.bytecode.code import OPTIMIZED, Code, walk
from scanner.languages.bytecode.instructions import Listing
from scanner.languages.python.scope import BUILTINS

MAIN = "main"
MODULE = "<module>"
_LONGEST = 200


class Unit(Struct):
    """What all functions of one program share. ``rebound`` are builtins that may also be variables."""

    listings: dict[Code, Listing]
    script: bool
    functions: dict[str, ir.Function] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)  # of the module
    hidden: set[str] = field(default_factory=set)  # those that a function around a user has, too
    enters: bool = False  # may define a context manager
    waiting: list["Scope"] = field(default_factory=list)  # functions that were made and not written yet
    bodies: set[str] = field(default_factory=set)  # of classes
    starred: bool = False
    suffix: str = ""  # of the names of the variables of the module, and of those that are
    outside: frozenset[str] = frozenset()  # local to functions that are not in the program

    def unique(self, name: str, line: int) -> str:
        """A name for a function that no other function has; of bounded length."""
        name = name[-_LONGEST:]
        if name in self.functions:
            name = f"{name}:{line}"
        count = 1
        while name in self.functions:
            count += 1
            name = f"{name.partition('#')[0]}#{count}"
        self.functions[name] = ir.Function(name, (), ())
        return name

    def survey(self, top: Code) -> None:
        """Find out what the module's variables are."""
        for code in walk(top):
            self.enters = self.enters or "__enter__" in code.names or code.name in ("__enter__", "__aenter__")
            module = code is top and code.name == MODULE
            for step in self.listings[code].instructions.values():
                if step.name == "STORE_GLOBAL" or (module and step.name == "STORE_NAME"):
                    self.variables.update(code.names[step.arg : step.arg + 1])
        waiting: list[tuple[Code, frozenset[str]]] = [(top, frozenset())]
        while waiting:
            code, around = waiting.pop()
            if around:
                for step in self.listings[code].instructions.values():
                    if step.name in ("LOAD_GLOBAL", "STORE_GLOBAL"):
                        index = step.arg
                        self.hidden.update(around.intersection(code.names[index : index + 1]))
                        self.hidden.update(around.intersection(code.names[index >> 1 : (index >> 1) + 1]))
            inside = around.union(code.locals, code.cells) if code.flags & OPTIMIZED else around
            waiting += [(inner, inside) for inner in code.inner()]


class Scope(Struct):
    """Where one code object stands in the program."""

    unit: Unit
    code: Code
    name: str
    kind: str  # "module", "class" or "function"
    parent: str | None
    prefix: str
    local: frozenset[str] = frozenset()
    made: dict[Code, "Scope"] = field(default_factory=dict)  # since 3.14 compilers write some of them twice

    def variable(self, name: str) -> str:
        """A variable of this function or of one around it."""
        return name + self.unit.suffix if name in self.unit.outside else name

    def global_variable(self, name: str) -> str | None:
        """A variable of the module; None for a builtin that nothing rebinds."""
        if name in self.unit.hidden:
            return f"{name}:global"
        if name not in self.unit.variables and (name in BUILTINS or name == "__builtins__"):
            return None
        return name + self.unit.suffix

    def define(self, code: Code) -> "Scope":
        """The scope of a function or class body that is made here, or of a module that is run here."""
        if code not in self.made:
            self.made[code] = self._define(code)
        return self.made[code]

    def _define(self, code: Code) -> "Scope":
        body = (
            code.name != MODULE
            and not code.flags & OPTIMIZED
            and ("__module__" in code.names or not code.parameters)
        )
        word = f"{code.name}:{code.line}" if code.name.startswith("<") else code.name
        name = self.unit.unique(self.prefix + word, code.line)
        parent = self.parent if self.kind == "class" else self.name
        local = frozenset((*code.locals, *code.cells))
        if body:
            stored = [s.arg for s in self.unit.listings[code].instructions.values() if s.name == "STORE_NAME"]
            local = local.union(code.names[index] for index in stored if index < len(code.names))
        if body:
            self.unit.bodies.add(name)
        scope = Scope(self.unit, code, name, "class" if body else "function", parent, f"{name}.", local)
        self.unit.waiting.append(scope)
        return scope

    def parameters(self) -> tuple[ir.Param, ...]:
        if self.kind != "function":
            return ()
        code = self.code
        names = iter(code.parameters)
        plain = [ir.Param(next(names)) for _ in range(code.argcount)]
        keyword = [ir.Param(next(names), "keyword") for _ in range(code.keyword_only)]
        star = [ir.Param(next(names), "star")] if code.flags & 4 else []
        stars = [ir.Param(next(names), "stars")] if code.flags & 8 else []
        return (*plain, *star, *keyword, *stars)
