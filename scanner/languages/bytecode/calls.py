"""Instructions that call, and those that make functions and classes."""

from scanner import ir
from scanner.errors import Malformed
from scanner.languages.bytecode.code import Code
from scanner.languages.bytecode.emitter import Defined, Known, Made, Marker, Stack
from scanner.languages.bytecode.instructions import Instruction as Step
from scanner.languages.bytecode.text import Text

_Keywords = tuple[tuple[str, ir.Reg], ...]


class Calls(Text):
    """One method per instruction, by its name in lower case."""

    def _perform(self, callee: ir.Reg, args: Stack, kwargs: _Keywords = ()) -> None:
        """Call, unless what looks like a call is ``class``, a decorator or a part of ``with``."""
        match self.origins.get(callee):
            case Marker(what="class"):
                self.push(self._class(args, kwargs))
            case Marker(what="exit"):
                self.push(self.unknown("what leaving a context says"))
            case Marker(what="__enter__" | "__aenter__" as word) if args:
                self.push(self.entered(args[0], word))
            case _ if len(args) == 1 and not kwargs and self._is_fresh(args[0]):
                dst = self.register(Marker("fresh"))
                self.ops.append(ir.Call(self.at, dst, callee, args, how="decorate"))
                self.push(dst)
            case _:
                self.push(self.invoke(callee, args, kwargs))

    def entered(self, manager: ir.Reg, word: str) -> ir.Reg:
        """What ``as`` names. Managers of libraries are their own result; those of the program are entered."""
        if not self.scope.unit.enters:
            return manager
        entered = self.method(manager, word)
        dst = self.register()
        self.ops.append(ir.Merge(self.at, dst, (manager, entered)))
        return dst

    def _is_fresh(self, register: ir.Reg) -> bool:
        """Whether it is a function or class that has no name yet: only decorators are handed those."""
        match self.origins.get(register):
            case Defined(code=code):
                return not code.name.startswith("<")
        return self.marks(register, "fresh")

    def call_function(self, step: Step) -> None:
        if self.table.version < (3, 0):
            self._starred_call_of_python_2(step, star=False, stars=False)
            return
        args = self.pops(step.arg)
        self._perform(self.pop(), args)

    def _pairs_of_python_2(self, count: int) -> _Keywords:
        found = self.pops(2 * count)
        return tuple(
            (str(self.known(key)), value) for key, value in zip(found[::2], found[1::2], strict=True)
        )

    def _starred_call_of_python_2(self, step: Step, *, star: bool, stars: bool) -> None:
        mapping = self.pop() if stars else None
        sequence = self.pop() if star else None
        kwargs = self._pairs_of_python_2(step.arg >> 8)
        args = self.pops(step.arg & 255)
        if sequence is not None:
            args = (*args, *self._positional(sequence))
        if mapping is not None:
            kwargs = (*kwargs, *self._named(mapping))
        self._perform(self.pop(), args, kwargs)

    def call_function_var(self, step: Step) -> None:
        self._starred_call_of_python_2(step, star=True, stars=False)

    def call_function_var_kw(self, step: Step) -> None:
        self._starred_call_of_python_2(step, star=True, stars=True)

    def call_function_kw(self, step: Step) -> None:
        if self.table.version < (3, 0):
            self._starred_call_of_python_2(step, star=False, stars=True)
            return
        names = self.texts(self.pop())
        args, kwargs = self._split(self.pops(step.arg), names)
        self._perform(self.pop(), args, kwargs)

    def _split(self, found: Stack, names: tuple[str, ...]) -> tuple[Stack, _Keywords]:
        """Positional arguments, and those that the last names belong to."""
        if len(names) > len(found):
            raise Malformed("a call has more keywords than arguments")
        count = len(found) - len(names)
        return found[:count], tuple(zip(names, found[count:], strict=True))

    def call_method(self, step: Step) -> None:
        args = self.pops(step.arg)
        self._perform(*self._callee(args))

    def _callee(self, args: Stack) -> tuple[ir.Reg, Stack]:
        """What is called, out of the two places below the arguments."""
        lower, upper = self.pops(2)
        if self.table.version >= (3, 13):
            return lower, (args if self.is_null(upper) else (upper, *args))
        return (upper, args) if self.is_null(lower) else (lower, (upper, *args))

    def kw_names(self, step: Step) -> None:
        names = self.code.constants[step.arg] if step.arg < len(self.code.constants) else None
        if not isinstance(names, tuple):
            raise Malformed("the keywords of a call are no tuple")
        self.keywords = tuple(str(name) for name in names)

    def call(self, step: Step) -> None:
        found = self.pops(step.arg)
        names, self.keywords = self.keywords, ()
        args, kwargs = self._split(found, names)
        callee, args = self._callee(args)
        self._perform(callee, args, kwargs)

    def call_kw(self, step: Step) -> None:
        self.keywords = self.texts(self.pop())
        self.call(step)

    def call_function_ex(self, step: Step) -> None:
        version = self.table.version
        mapping = self.pop() if step.arg & 1 or version >= (3, 14) else None
        sequence = self.pop()
        if version >= (3, 13):
            self.pop()
        callee = self.pop()
        if (3, 11) <= version < (3, 13):
            self.pop()
        kwargs = () if mapping is None or self.is_null(mapping) else self._named(mapping)
        self._perform(callee, self._positional(sequence), kwargs)

    def _positional(self, sequence: ir.Reg) -> Stack:
        items = self.items(sequence)
        return (self.make("spread", (sequence,)),) if items is None else items

    def _named(self, mapping: ir.Reg) -> _Keywords:
        match self.origins.get(mapping):
            case Made(kind="dict", items=items):
                pairs = zip(items[::2], items[1::2], strict=True)
                return tuple(("**" if key < 0 else str(self.known(key)), value) for key, value in pairs)
        return (("**", mapping),)

    # Functions

    def make_function(self, step: Step) -> None:
        version = self.table.version
        if version < (3, 11) and version > (3, 0):
            self.pop()  # the qualified name
        code = self.pop()
        flags = step.arg if (3, 0) < version < (3, 13) else 0
        if flags & 8:
            self.pop()  # the closure
        if flags & 4:
            self.pop()  # annotations
        named = self.pop() if flags & 2 else None
        plain = self.pop() if flags & 1 else None
        if version < (3, 0):
            plain = self.make("tuple", self.pops(step.arg))
        self._define(code, plain, named)

    def make_closure(self, step: Step) -> None:
        code, _ = self.pop(), self.pop()
        self._define(code, self.make("tuple", self.pops(step.arg)), None)

    def _define(self, code: ir.Reg, plain: ir.Reg | None, named: ir.Reg | None) -> None:
        match self.origins.get(code):
            case Known(value=Code() as body):
                scope = self.scope.define(body)
                self.drop(code)
                defaults = (*self._defaults(body, plain), *self._keyword_defaults(named))
                dst = self.register(Defined(scope.name, body, defaults))
                self.ops.append(ir.Define(self.at, dst, scope.name, defaults))
                self.push(dst)
            case _:
                self.push(self.unknown("a function whose code is not a constant"))

    def _defaults(self, code: Code, plain: ir.Reg | None) -> _Keywords:
        items = (None if plain is None else self.items(plain)) or ()
        names = code.parameters[: code.argcount]
        return tuple(zip(names[len(names) - len(items) :], items, strict=False)) if items else ()

    def _keyword_defaults(self, named: ir.Reg | None) -> _Keywords:
        return () if named is None else tuple(p for p in self._named(named) if p[0] != "**")

    def set_function_attribute(self, step: Step) -> None:
        attribute, function = self.pops(2)
        if step.arg == 16:
            self.annotate(attribute)
        match self.origins.get(function):
            case Defined(name=name, code=code, defaults=defaults) if step.arg in (1, 2):
                given = (
                    self._defaults(code, attribute) if step.arg == 1 else self._keyword_defaults(attribute)
                )
                defaults = (*defaults, *given)
                self.drop(function)
                function = self.register(Defined(name, code, defaults))
                self.ops.append(ir.Define(self.at, function, name, defaults))
        self.push(function)

    # Classes

    def load_build_class(self, step: Step) -> None:
        self.push(self.unknown("__build_class__", Marker("class")))

    def _class(self, args: Stack, kwargs: _Keywords) -> ir.Reg:
        match self.origins.get(args[0]) if args else None:
            case Defined(name=name):
                self.drop(args[0])
                dst = self.register(Marker("fresh"))
                self.ops.append(ir.DefineClass(self.at, dst, name, name, args[2:], kwargs))
                return dst
        return self.unknown("a class whose body is not a constant")

    def build_class(self, step: Step) -> None:
        """Python 2: name, bases and the result of calling the body."""
        _, bases, members = self.pops(3)
        recent = self.ops[-2:]
        made = next((op for op in recent if isinstance(op, ir.Call) and op.dst == members), None)
        match None if made is None else self.origins.get(made.callee):
            case Defined(name=name) if made is not None:
                self.drop(members)
                self.drop(made.callee)
                dst = self.register(Marker("fresh"))
                self.ops.append(ir.DefineClass(self.at, dst, name, name, self._positional(bases)))
                self.push(dst)
            case _:
                self.push(self.unknown("a class whose body is not a constant"))
