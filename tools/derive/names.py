"""The names of a package: modules, what their top levels and classes bind, where a dotted name leads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from scanner import ir
from tools.derive.classes import lineage
from tools.derive.domain import NOTHING, OPAQUE, Value, join
from tools.derive.library import Class, Code, Module, merged, read
from tools.derive.unit import Walk

if TYPE_CHECKING:
    from scanner.knowledge.tables import Knowledge
    from tools.derive.linking import Linker

_DECORATORS = """
    dataclasses.dataclass functools.total_ordering typing.final enum.unique typing.runtime_checkable
    typing.dataclass_transform typing_extensions.final typing_extensions.deprecated enum._simple_enum
    enum.global_enum enum.verify warnings.deprecated
"""
_OF_CLASSES = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
_KINDS = {
    "builtins.staticmethod": "static",
    "builtins.classmethod": "class",
    "builtins.property": "property",
    "functools.cached_property": "property",
    "abc.abstractproperty": "property",
    "abc.abstractclassmethod": "class",
}
_CLASSES = frozenset(_DECORATORS.split())  # of classes, which stay what they are


class Names:
    """The modules of one package; see :class:`tools.derive.linking.Linker`."""

    knowledge: Knowledge

    def __init__(self, root: Path, places: Mapping[str, Path]) -> None:
        self.root = root
        self.places = dict(places)
        self.modules: dict[str, Module] = {}
        self.codes: dict[str, Code] = {}
        self.classes: dict[str, Class] = {}
        self.families: dict[str, list[Class]] = {}
        self.complete = False  # all modules have been read
        self._looking: set[str] = set()
        self._found: dict[str, Module | Class | Code | None] = {}

    # Modules

    def module(self, name: str) -> Module | None:
        """A module of the package, its top level walked when it is first asked for."""
        if name in self.modules or name not in self.places:
            return self.modules.get(name)
        module = self.modules[name] = read(name, self.root, self.places[name])
        if module.program is not None:
            code = Code(name, module, module.program.functions["main"], {})
            Walk(cast("Linker", self), code, top=True).run()
        return module

    def variable(self, module: Module, name: str) -> Value | None:
        """A variable of a module, or what a starred import brings."""
        if name in module.variables:
            return module.variables[name]
        for star in module.stars:
            other = self.module(star)
            if other is not None and other is not module:
                found = self.variable(other, name) if not name.startswith("_") else None
                if found is not None:
                    return found
            elif other is None and not name.startswith("_"):
                return Value(names=frozenset({f"{star}.{name}"}))
        return None

    def set_variable(self, module: Module, name: str, value: Value) -> None:
        """An assignment of the top level."""
        if name == "*":
            for star in sorted(value.names):
                if (stripped := star.removesuffix(".*")) not in module.stars:
                    module.stars.append(stripped)
            return
        old = module.variables.get(name)
        if old is not None and old.names == {f"builtins.{name}"}:  # as long as nothing else was put there
            old = None
        module.variables[name] = merged(old, value)

    def define(self, module: Module, name: str, defaults: dict[str, Value], owner: Class | None) -> Value:
        """A function of the top level, or of a class there."""
        assert module.program is not None
        key = f"{module.name}.{name}"
        if key not in self.codes:
            kind = "class" if owner is not None and name.rpartition(".")[2] in _OF_CLASSES else "method"
            self.codes[key] = Code(key, module, module.program.functions[name], defaults, owner, kind)
        return Value(names=frozenset({key}))

    def define_class(
        self, module: Module, op: ir.DefineClass, bases: tuple[Value, ...], meta: Value
    ) -> Value:
        """A class of the top level; its body runs here."""
        assert module.program is not None
        key = f"{module.name}.{op.name}"
        cls = self.classes.get(key)
        if cls is None:
            cls = self.classes[key] = Class(key, module, {}, bases, meta)
        body = _Body(cast("Linker", self), Code(key, module, module.program.functions[op.body], {}), cls)
        body.body(body.code.function, {}, body.code.function.body)
        return Value(names=frozenset({key}))

    def decorate(self, callee: Value, value: Value) -> Value:
        """A decorator: one that only says how a function is looked up, or one that wraps it."""
        codes = [c for n in value.names if (c := self.codes.get(n)) is not None]
        kind = next((_KINDS[n] for n in callee.names if n in _KINDS), None)
        for code in codes:
            if kind is not None:
                code.kind = kind
            elif callee not in code.decorators and not any(
                n.startswith(".") or n.endswith((".setter", ".deleter", ".getter")) for n in callee.names
            ):
                code.decorators.append(callee)
        for name in value.names:
            if name in self.classes and not all(n.partition("()")[0] in _CLASSES for n in callee.names):
                self.classes[name].members.setdefault("<decorated>", callee)
        return value

    # Names

    def find(self, name: str) -> Module | Class | Code | None:
        """What of this package a dotted name is; an object (``C()``) is found as its class."""
        if name in self._found:
            return self._found[name]  # type: ignore[return-value]
        if name in self._looking:  # a name that leads to itself
            return None
        self._looking.add(name)
        found = self._find(name)
        self._looking.discard(name)
        if found is not None or self.complete:
            self._found[name] = found
        return found

    def _find(self, name: str) -> Module | Class | Code | None:
        plain = name.removeprefix("super ")
        if plain in self.codes:
            return self.codes[plain]
        if plain in self.classes:
            return self.classes[plain]
        if plain in self.places:
            return self.module(plain)
        if plain.endswith("()"):
            thing = self.find(plain[:-2])
            return thing if isinstance(thing, Class) else None
        head, dot, last = name.rpartition(".")
        owner = self.find(head) if dot else None
        value = None
        if isinstance(owner, Class):
            value = self.member(owner, last, above=head.startswith("super "))
        elif isinstance(owner, Module):
            value = self.variable(owner, last)
        for other in sorted(value.names) if value else ():
            if other != name and (found := self.find(other)) is not None:
                return found
        return None

    def member(self, cls: Class, name: str, *, above: bool = False) -> Value | None:
        """A member of a class or of those of the package that it derives from."""
        for number, parent in enumerate(lineage(cast("Linker", self), cls)):
            if name in parent.members and not (above and number == 0):
                return parent.members[name]
        return None

    def attribute(self, owner: str, name: str) -> Value:
        """An attribute of something that has a name."""
        thing = self.find(owner)
        plain = Value(names=frozenset({f"{owner}.{name}"}))
        if isinstance(thing, Module):
            found = None if self.knowledge.exact(f"{owner}.{name}") else self.variable(thing, name)
            return found if found is not None else plain
        if not isinstance(thing, Class):
            return plain
        above = owner.startswith("super ")
        found = self.member(thing, name, above=above)
        if found is not None:
            bound = owner.endswith("()") and any(isinstance(self.find(n), Code) for n in found.names)
            return join([plain if bound else found, hidden(cast("Linker", self), thing, name, owner)])
        if owner.endswith("()") and (known := cast("Linker", self).fields(thing, name)) is not None:
            return known
        outside = outer_bases(cast("Linker", self), thing)
        call = "()" if owner.endswith("()") else ""
        if outside:
            return Value(names=frozenset(f"{base}{call}.{name}" for base in outside))
        return Value(names=frozenset({f"builtins.object.{name}"})) if name.startswith("__") else OPAQUE


def outer_bases(linker: Linker, cls: Class) -> list[str]:
    """The bases of a class that are not of this package, object aside."""
    names = {n for c in lineage(linker, cls) for b in c.bases for n in b.names if not n.startswith(".")}
    return sorted(n for n in names if n != "builtins.object" and not isinstance(linker.find(n), Class))


def hidden(linker: Linker, cls: Class, name: str, owner: str) -> Value:
    """The same member of a base that nobody has read and that comes before the one that has it: C extensions
    put their classes there, and the methods of the other bases are for documentation."""
    own = name in cls.members and not owner.startswith("super ")
    base = "" if own else _unread(linker, cls, name, {cls.name})
    return (
        Value(names=frozenset({f"{base}{'()' if owner.endswith('()') else ''}.{name}"})) if base else NOTHING
    )


def _unread(linker: Linker, cls: Class, name: str, seen: set[str]) -> str:
    for above in (n for base in cls.bases for n in sorted(base.names)):
        parent = linker.find(above)
        if not isinstance(parent, Class):
            if not linker.lacks(above, name):
                return above
        elif parent.name not in seen and any(name in c.members for c in lineage(linker, parent)):
            seen.add(parent.name)
            return "" if name in parent.members else _unread(linker, parent, name, seen)
    return ""


class _Body(Walk):
    """The body of a class, whose variables are its members."""

    def __init__(self, linker: Linker, code: Code, cls: Class) -> None:
        super().__init__(linker, code, top=True)
        self.cls = cls

    def _store(self, function: ir.Function, name: str, value: Value) -> None:
        self.cls.members[name] = merged(self.cls.members.get(name), value)

    def load(self, function: ir.Function, name: str) -> Value:
        held = self.cls.members.get(name)
        return held if held is not None else self.linker.variable(self.module, name) or OPAQUE

    def _define(self, function: ir.Function, name: str, defaults: dict[str, Value]) -> Value:
        if not name.removeprefix(self.code.function.name).lstrip(".").partition(":")[0].isidentifier():
            return Value(opaque=True)
        return self.linker.define(self.module, name, defaults, self.cls)

    def _class(self, function: ir.Function, registers: dict[int, Value], op: ir.DefineClass) -> Value:
        bases = tuple(registers.get(b, OPAQUE) for b in op.bases)
        return self.linker.define_class(self.module, op, bases, NOTHING)
