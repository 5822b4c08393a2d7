"""Classes and objects of the program: how they come to be, and the methods that syntax calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner import ir
from scanner.analysis import exceptions
from scanner.analysis.containers import elements
from scanner.analysis.here import Here
from scanner.analysis.scope import Scope
from scanner.analysis.values import (
    UNKNOWN,
    Box,
    ClassObject,
    Closure,
    Instance,
    Super,
    Value,
    const,
    join,
    made,
    named,
)  # fmt: skip

OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow",
    "@": "matmul", "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor", "==": "eq",
    "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}  # fmt: skip
UNARY = {"-": "__neg__", "+": "__pos__", "~": "__invert__", "not": "__bool__"}
# What a library, or the interpreter, may call on an object that it is handed.
_IMPLICIT = """
    __len__ __bool__ __str__ __repr__ __format__ __hash__ __iter__ __next__ __int__ __index__ __float__
    __bytes__ __fspath__ __call__ __reversed__ __enter__ __exit__ __eq__ __lt__ __getstate__ __copy__
    __deepcopy__ __array__ __buffer__ __sizeof__ __dir__ __length_hint__ __await__ __aiter__ __anext__
    run filter emit find_spec find_module load_module exec_module create_module
"""
IMPLICIT = tuple(_IMPLICIT.split())
# A method that the class inherits from a library, and what of the class it calls.
_ENUMERATIONS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"})
_CALLED_BY = {"start": ("run",), "run": ("run",), "cmdloop": ("default", "precmd", "onecmd")}


def define(here: Here, op: ir.DefineClass, members: Scope, bases: tuple[Value, ...],
           kwargs: dict[str, Value]) -> Value:  # fmt: skip
    """The class that a ``class`` statement makes, after everything that its making calls."""
    meta = kwargs.pop("metaclass", None)
    inherited = [o.meta for b in bases for o in b.objects if isinstance(o, ClassObject) and o.meta]
    cls = ClassObject(op.name, members, bases, meta or next(iter(inherited), None))
    itself = made(cls)
    for name, value in list(members.layers[0].items()):
        for thing in value.objects:
            if isinstance(thing, Instance):
                call(here, thing, "__set_name__", [itself, const(name)])
    for base in bases:
        for parent in base.objects:
            hook = parent.find("__init_subclass__") if isinstance(parent, ClassObject) else None
            for method in closures(hook):
                here.invoke(method.bind(itself), [], kwargs)
    if any(base.rpartition(".")[2] in _ENUMERATIONS for base in cls.external()):
        _members(here, cls)
    if cls.meta is None:
        return itself
    body = Box("dict")
    body.entries.update(members.layers[0].items())
    return join(
        [
            itself,
            *_by_metaclass(here, cls, cls.meta, [const(op.name), made(Box("tuple", [*bases])), made(body)]),
        ]
    )


def _members(here: Here, cls: ClassObject) -> None:
    """The members of an enumeration are made with the class, out of the values in its body."""
    for method in closures(cls.find("__init__")):
        for name, value in list(cls.members.layers[0].items()):
            if not name.startswith("_") and not closures(value):
                given = (elements(value) if value.objects else None) or [value]
                here.invoke(method.bind(cls.instantiate()), given, {})


def _by_metaclass(here: Here, cls: ClassObject, meta: Value, args: list[Value]) -> Iterator[Value]:
    for maker in meta.objects:
        match maker:
            case ClassObject():
                for method in closures(maker.find("__prepare__")):
                    _fill_in(here, here.invoke(method.bind(meta), args[:2], {}), cls)
                for method in closures(maker.find("__new__")):
                    yield here.invoke(method.bind(meta), args, {})
                for method in closures(maker.find("__init__")):
                    here.invoke(method.bind(made(cls)), args, {})
            case Closure():
                yield here.invoke(maker, args, {})


def _fill_in(here: Here, namespace: Value, cls: ClassObject) -> None:
    """What ``__prepare__`` gives is told of every name that the body of the class binds."""
    for name, value in list(cls.members.layers[0].items()):
        sent(here, namespace, "__setitem__", [const(name), value])


def from_parts(name: str, bases: tuple[Value, ...], body: Value) -> Value:
    """``type(name, bases, body)``."""
    entries = {str(k): v for o in body.objects if isinstance(o, Box) for k, v in o.entries.items()}
    scope = Scope(ir.Function(name, (), (), frozenset(entries)), None, class_body=True)
    scope.layers[0].update(entries)
    return made(ClassObject(name, scope, bases))


def instantiate(here: Here, cls: ClassObject, args: list[Value], kwargs: dict[str, Value], *,
                new: bool) -> Value:  # fmt: skip
    """An object of a class of the program; ``new``: without its initialiser."""
    results = []
    for thing in cls.meta.objects if cls.meta and not new else ():
        if isinstance(thing, ClassObject):
            results += [
                here.invoke(m.bind(made(cls)), args, kwargs) for m in closures(thing.find("__call__"))
            ]
    instance = cls.instantiate()
    exceptions.keep(cls, instance, args)
    for method in closures(cls.find("__new__")):
        here.invoke(method.bind(made(cls)), args, kwargs)
    for name in ("__new__",) if new else ("__new__", "__init__", "__del__"):
        member = cls.find(name)
        if member is not None and member.names:
            here.call(named(*member.names), [] if name == "__del__" else args, kwargs)
    if new:
        if here.program.language == "pickle":  # and when the loader drops it again
            for method in closures(cls.find("__del__")):
                here.invoke(method.bind(instance), [], {})
        return instance
    if not closures(cls.find("__init__")):
        _fill(cls, instance, args, kwargs)
        acting = [base for base in cls.external() if here.knowledge.effect(base) is not None]
        results += [here.call(named(base), args, kwargs) for base in acting]
    for method in closures(cls.find("_missing_")):  # of an enumeration
        here.invoke(method.bind(made(cls)), args, {})
    for name in ("__init__", "__post_init__", "__del__"):
        for method in closures(cls.find(name)):
            here.invoke(
                method.bind(instance),
                args if name == "__init__" else [],
                kwargs if name == "__init__" else {},
            )
    return join([instance, *results])


def _fill(cls: ClassObject, instance: Value, args: list[Value], kwargs: dict[str, Value]) -> None:
    """The fields of a data class or a named tuple, in the order of the class body."""
    members = cls.members.layers[0].items()
    fields = (name for name, value in members if not name.startswith("__") and not closures(value))
    given = dict(zip(fields, args, strict=False))
    for thing in instance.objects:
        if isinstance(thing, Instance):
            thing.attributes.update(given)
            thing.attributes.update(kwargs.items())


def closures(value: Value | None) -> list[Closure]:
    """The functions of the program that a value may be."""
    return [o for o in value.objects if isinstance(o, Closure)] if value and value.objects else []


def call(here: Here, thing: Instance | ClassObject, name: str, args: list[Value],
         kwargs: dict[str, Value] | None = None) -> Value | None:  # fmt: skip
    """Call a method of an object (for a class: of the class itself), if it has one."""
    cls = thing.cls if isinstance(thing, Instance) else thing
    member = cls.find(name)
    if (
        member is not None and member.names and isinstance(thing, Instance)
    ):  # a built-in function: never bound
        return here.call(named(*member.names), args, kwargs)
    found = closures(member)
    if isinstance(thing, ClassObject):
        found = [m for m in found if name == "__class_getitem__"]
        for meta in thing.meta.objects if thing.meta else ():
            found += closures(meta.find(name)) if isinstance(meta, ClassObject) else []
    if not found:
        return None
    return join([here.invoke(method.bind(made(thing)), args, kwargs or {}) for method in found])


def sent(here: Here, value: Value, name: str, args: list[Value]) -> Value | None:
    """What the objects of the program among ``value`` answer to a method that syntax calls."""
    if not value.objects:
        return None
    answers = [
        answer
        for thing in value.objects
        if isinstance(thing, Instance | ClassObject) and (answer := call(here, thing, name, args)) is not None
    ]
    return join(answers) if answers else None


def overloaded(here: Here, op: str, left: Value, right: Value) -> Value | None:
    """A binary operator on objects of the program; None if they do not define it."""
    if op in ("in", "not in"):
        return sent(here, right, "__contains__", [left])
    word = OPERATORS.get(op)
    if word is None:
        return None
    for name in (f"__{word}__", f"__i{word}__"):
        answer = sent(here, left, name, [right])
        if answer is not None:
            return answer
    return sent(here, right, f"__r{word}__", [left])


def iterated(here: Here, value: Value) -> Value:
    """What a loop over ``value`` goes through: the answer of ``__iter__``, one answer of ``__next__``."""
    items = sent(here, value, "__iter__", [])
    items = sent(here, value, "__aiter__", []) if items is None else items
    source = value if items is None else items
    one = sent(here, source, "__next__", [])
    one = sent(here, source, "__anext__", []) if one is None else one
    if one is None and items is None:
        one = sent(here, value, "__getitem__", [UNKNOWN])
    return made(Box("list", [one], exact=False)) if one is not None else source


def handed(here: Here, values: Iterable[Value]) -> None:
    """Objects of the program that something else is handed: what it may call on them."""
    for value in values:
        for thing in value.objects:
            if isinstance(thing, Instance):
                for name in IMPLICIT:
                    call(here, thing, name, [])
                for name in ("__reduce__", "__reduce_ex__"):  # a callable and its arguments
                    reduced = call(here, thing, name, [UNKNOWN][: name == "__reduce_ex__"])
                    parts = elements(reduced) if reduced else None
                    if parts and len(parts) > 1:
                        here.call(parts[0], elements(parts[1]) or [])


def inherited(here: Here, thing: Instance, name: str) -> None:
    """A method that a class has from a library is called: it calls the class's own in turn."""
    for own in _CALLED_BY.get(name, ()):
        call(here, thing, own, [])


def parent(here: Here, args: list[Value]) -> Value:
    """``super()``: the bases of the class that the method stands in, for the method's first argument."""
    function = here.frame.scope.function
    owner = function.name.rpartition(".")[0]
    if args:
        classes = [o for o in args[0].objects if isinstance(o, ClassObject)]
        receiver = args[1] if len(args) > 1 else UNKNOWN
    else:
        first = function.params[0].name if function.params else ""
        receiver = here.frame.scope.get(first) or UNKNOWN
        classes = []
        for thing in receiver.objects:
            cls = thing.cls if isinstance(thing, Instance) else thing
            if isinstance(cls, ClassObject):
                classes += [c for c in cls.family() if c.name == owner] or [cls]
    found = [Super(receiver, cls) for cls in classes]
    return made(*found) if found else UNKNOWN.tainted(receiver)


_CONVERSIONS = {
    "builtins.str": "__str__",
    "builtins.repr": "__repr__",
    "builtins.format": "__format__",
    "builtins.bytes": "__bytes__",
    "builtins.int": "__int__",
    "builtins.float": "__float__",
    "builtins.len": "__len__",
    "builtins.next": "__next__",
    "builtins.abs": "__abs__",
    "os.fspath": "__fspath__",
}


def converted(here: Here, callee: str, args: list[Value]) -> Value | None:
    """A built-in function of an object of the program that says how it is done."""
    name = _CONVERSIONS.get(callee)
    if name is None or not 1 <= len(args) <= 1 + (name == "__format__") or not args[0].objects:
        return None
    answer = sent(here, args[0], name, args[1:])
    answer = sent(here, args[0], "__repr__", []) if answer is None and name == "__str__" else answer
    return exceptions.text(args[0]) if answer is None and name == "__str__" else answer


def shown(here: Here, value: Value) -> Value:
    """A part of an f-string."""
    for name in ("__format__", "__str__", "__repr__") if value.objects else ():
        answer = sent(here, value, name, [UNKNOWN][: name == "__format__"])
        if answer is not None:
            return answer
    return exceptions.text(value) or value
