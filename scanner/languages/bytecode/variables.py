"""Instructions that read and write variables, attributes and items, and those that import."""

from scanner import ir
from scanner.errors import Malformed
from scanner.languages.bytecode.emitter import NULL, Emitter, Module
from scanner.languages.bytecode.instructions import Instruction as Step
from scanner.languages.python.scope import BUILTINS

# What class bodies and modules write about themselves.
_BOOKKEEPING = frozenset({
    "__module__", "__qualname__", "__firstlineno__", "__static_attributes__", "__classcell__",
    "__classdictcell__", "__classdict__", "__conditional_annotations__",
})  # fmt: skip
_ANNOTATE = ("__annotate__", "__annotate_func__")
_COMMON = ("AssertionError", "NotImplementedError", "tuple", "all", "any")


class Variables(Emitter):
    """One method per instruction, by its name in lower case."""

    def text(self, index: int) -> str:
        """A name of the code object."""
        if not 0 <= index < len(self.code.names):
            raise Malformed(f"there is no name {index}")
        return self.code.names[index]

    def local(self, index: int) -> str:
        """A local variable, since 3.11 of any kind."""
        names = self.code.fast if self.table.version >= (3, 11) else self.code.locals
        if not 0 <= index < len(names):
            raise Malformed(f"there is no variable {index}")
        return names[index]

    def cell(self, index: int) -> str:
        """A variable that functions share."""
        if self.table.version >= (3, 11):
            return self.local(index)
        names = (*self.code.cells, *self.code.free)
        if not 0 <= index < len(names):
            raise Malformed(f"there is no variable {index}")
        return names[index]

    def load_const(self, step: Step) -> None:
        if step.arg >= len(self.code.constants):
            raise Malformed(f"there is no constant {step.arg}")
        self.push(self.constant(self.code.constants[step.arg]))

    def load_small_int(self, step: Step) -> None:
        self.push(self.const(step.arg))

    def load_common_constant(self, step: Step) -> None:
        if step.arg >= len(_COMMON):
            raise Malformed(f"there is no common constant {step.arg}")
        self.push(self.builtin(_COMMON[step.arg]))

    def load_assertion_error(self, step: Step) -> None:
        self.push(self.builtin("AssertionError"))

    def load_fast(self, step: Step) -> None:
        self.push(self.load(self.local(step.arg), fast=True))

    load_fast_check = load_fast_borrow = load_fast_and_clear = load_fast

    def load_fast_load_fast(self, step: Step) -> None:
        self.push(self.load(self.local(step.arg >> 4), fast=True))
        self.push(self.load(self.local(step.arg & 15), fast=True))

    load_fast_borrow_load_fast_borrow = load_fast_load_fast

    def store_fast(self, step: Step) -> None:
        self.store(self.local(step.arg), self.pop(), fast=True)

    def store_fast_load_fast(self, step: Step) -> None:
        self.store(self.local(step.arg >> 4), self.pop(), fast=True)
        self.push(self.load(self.local(step.arg & 15), fast=True))

    def store_fast_store_fast(self, step: Step) -> None:
        self.store(self.local(step.arg >> 4), self.pop(), fast=True)
        self.store(self.local(step.arg & 15), self.pop(), fast=True)

    def delete_fast(self, step: Step) -> None:
        self.local(step.arg)

    def load_deref(self, step: Step) -> None:
        self.push(self.load(self.cell(step.arg), fast=True))

    load_classderef = load_deref

    def store_deref(self, step: Step) -> None:
        name, src = self.cell(step.arg), self.pop()
        if name not in _BOOKKEEPING:
            self.store(name, src, fast=True)

    def delete_deref(self, step: Step) -> None:
        self.cell(step.arg)

    make_cell = delete_deref

    def load_closure(self, step: Step) -> None:
        self.cell(step.arg)
        self.push(self.unknown("a cell"))

    def copy_free_vars(self, step: Step) -> None:
        pass

    def load_from_dict_or_deref(self, step: Step) -> None:
        self.pop()
        self.load_deref(step)

    def load_from_dict_or_globals(self, step: Step) -> None:
        self.pop()
        self.load_name(step)

    def load_locals(self, step: Step) -> None:
        self.push(self.unknown("the local variables"))

    def load_global(self, step: Step) -> None:
        wide = self.table.version >= (3, 11)
        found = self.load(self.text(step.arg >> 1 if wide else step.arg), fast=False)
        if not wide or not step.arg & 1:
            self.push(found)
        else:
            self.push(*((found, NULL) if self.table.version >= (3, 13) else (NULL, found)))

    def store_global(self, step: Step) -> None:
        self.store(self.text(step.arg), self.pop(), fast=False)

    def delete_global(self, step: Step) -> None:
        self.text(step.arg)

    def load_name(self, step: Step) -> None:
        name = self.text(step.arg)
        self.push(self.load(name, fast=self.scope.kind == "class" and name in self.scope.local))

    def store_name(self, step: Step) -> None:
        name, src = self.text(step.arg), self.pop()
        if name in _ANNOTATE:
            self.annotate(src)
        elif self.scope.kind != "class":
            self.store(name, src, fast=False)
        elif name not in _BOOKKEEPING:
            self.store(name, src, fast=True)

    def delete_name(self, step: Step) -> None:
        name = self.text(step.arg)
        if name in BUILTINS and self.scope.kind == "module":  # the builtin is visible again
            self.store(name, self.builtin(name), fast=False)

    # Attributes and items

    def load_attr(self, step: Step) -> None:
        wide = self.table.version >= (3, 12)
        name, base = self.text(step.arg >> 1 if wide else step.arg), self.pop()
        self.push(self.member(base, name))
        if wide and step.arg & 1:
            self._method()

    def _method(self) -> None:
        """A method is two values on the stack; here the one that is bound and nothing."""
        bound = self.pop()
        self.push(*((bound, NULL) if self.table.version >= (3, 13) else (NULL, bound)))

    def load_method(self, step: Step) -> None:
        self.push(self.member(self.pop(), self.text(step.arg)))
        self._method()

    def load_super_attr(self, step: Step) -> None:
        callee, cls, instance = self.pops(3)
        args = (cls, instance) if step.arg & 2 else ()
        self.push(self.attribute(self.invoke(callee, args), self.text(step.arg >> 2)))
        if step.arg & 1:
            self._method()

    def member(self, base: ir.Reg, name: str) -> ir.Reg:
        """``base.name``; below a module that was just imported, a dotted name."""
        match self.origins.get(base):
            case Module(path=path):
                dotted = f"{path}{'' if path.endswith('.') else '.'}{name}"
                return self.name(dotted, path, Module(dotted))
        return self.attribute(base, name)

    def store_attr(self, step: Step) -> None:
        src, base = self.pops(2)
        self.ops.append(ir.SetAttr(self.at, base, self.text(step.arg), src))

    def delete_attr(self, step: Step) -> None:
        self.invoke(self.builtin("delattr"), (self.pop(), self.const(self.text(step.arg))))

    def binary_subscr(self, step: Step) -> None:
        self.push(self.item(*self.pops(2)))

    def store_subscr(self, step: Step) -> None:
        src, base, key = self.pops(3)
        self.ops.append(ir.SetItem(self.at, base, key, src))

    def delete_subscr(self, step: Step) -> None:
        base, key = self.pops(2)
        self.method(base, "__delitem__", key)

    def binary_slice(self, step: Step) -> None:
        base, start, stop = self.pops(3)
        self.push(self.item(base, self.make("slice", (start, stop, self.const(None)))))

    def store_slice(self, step: Step) -> None:
        src, base, start, stop = self.pops(4)
        key = self.make("slice", (start, stop, self.const(None)))
        self.ops.append(ir.SetItem(self.at, base, key, src))

    def store_annotation(self, step: Step) -> None:
        self.pop()

    def annotate(self, function: ir.Reg) -> None:
        """Annotations are a function since 3.14 (PEP 649), which decorators such as ``dataclass`` call: it
        runs here, where those of a source do."""
        self.invoke(function, (self.const(1),))

    def setup_annotations(self, step: Step) -> None:
        pass

    # Imports

    def import_name(self, step: Step) -> None:
        level, wanted = self.pops(2)
        depth = self.known(level)
        dots = "." * depth if isinstance(depth, int) and 0 < depth < 64 else ""
        path = dots + self.text(step.arg)
        if self.known(wanted) is None:
            found = self.name(path, path, Module(path))
            top = path.partition(".")[0]
            if top and top != path:
                found = self.name(top, top, Module(top))
            self.push(found)
            return
        self.push(self.name(path, path, Module(path)))

    def import_from(self, step: Step) -> None:
        base, name = self.peek(1), self.text(step.arg)
        found = self.member(base, name)
        # ``from m import x`` is x of m, not m.
        self.drop(base)
        self.push(found)

    def import_star(self, step: Step) -> None:
        base = self.pop()
        match self.origins.get(base):
            case Module(path=path):
                found = self.name(f"{path}.*", path)
                self.drop(base)
            case _:
                found = base
        if self.scope.unit.starred:
            old = self.register()
            self.ops.append(ir.Load(self.at, old, "*"))
            both = self.register()
            self.ops.append(ir.Merge(self.at, both, (old, found)))
            found = both
        self.scope.unit.starred = True
        self.ops.append(ir.Store(self.at, "*", found))
