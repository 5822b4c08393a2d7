"""``base[key]``: of containers, of the program's objects, and of the interpreter's own tables."""

from __future__ import annotations

from scanner.analysis import attributes, classes, containers, environment, network
from scanner.analysis.here import Here
from scanner.analysis.values import Box, Value, join, made, named

# Dictionaries of the interpreter, and what their keys are the names of.
_TABLES = {"sys.modules": "", "builtins": "builtins.", "builtins.__dict__": "builtins."}
_LIBRARIES = frozenset({"ctypes.CDLL", "ctypes.PyDLL", "ctypes.WinDLL", "ctypes.cdll.LoadLibrary"})
_LOOKUPS = frozenset({"__getitem__", "get", "pop", "setdefault"})


_CLASSES = frozenset(
    {"builtins.dict", "collections.OrderedDict", "collections.ChainMap", "collections.UserDict"}
)


def look_up(here: Here, canonical: str, args: list[Value]) -> Value | None:
    """``table.get(key)`` and its like, when ``table`` is a dictionary of the interpreter. ``eval(key,
    table)`` is one of them if ``key`` is nothing but a name that ``table`` has: so Paddle writes tensors."""
    if canonical == "builtins.eval" and len(args) == len(("key", "table")):
        return _evaluated(*args)
    table, _, method = canonical.rpartition(".")
    if (
        table in _CLASSES and method in _LOOKUPS and len(args) > 1 and args[0].names
    ):  # dict.get(os.__dict__, key)
        return subscript(here, args[0], args[1])
    dictionary = table in _TABLES or table.endswith((".__builtins__", ".__globals__", ".__dict__"))
    return subscript(here, named(table), args[0]) if dictionary and method in _LOOKUPS and args else None


def _evaluated(key: Value, table: Value) -> Value | None:
    match key.consts, table.objects:
        case [str(name)], [Box(kind="dict", exact=True) as box] if name.isidentifier() and not table.names:
            return box.entries.get(name) if key.known else None
    return None


def subscript(here: Here, base: Value, key: Value) -> Value:
    """``base[key]``; subscripts of the import system's own tables are names."""
    found = []
    for hook in ("__getitem__", "__class_getitem__", "__missing__") if base.objects else ():
        answer = classes.sent(here, base, hook, [key])
        found += [] if answer is None else [answer]
    keys = [k for k in key.consts if isinstance(k, str)]
    for name in base.names:
        canonical = here.knowledge.canonical(name)
        if canonical in _TABLES:
            found += [named(_TABLES[canonical] + k) for k in keys]
        elif canonical.endswith((".__builtins__", ".f_builtins")):
            found += [named(f"builtins.{k}") for k in keys]
        elif canonical.endswith(".__globals__"):
            around = _around(canonical.removesuffix(".__globals__"))
            found += [
                named(*(["builtins"] if k == "__builtins__" else [f"{m}.{k}" for m in around])) for k in keys
            ]
        elif canonical == "builtins.globals" or canonical.endswith((".f_globals", ".f_locals")):
            for k in keys:
                own = here.frame.module.scope.get(k)
                found.append(
                    named("builtins" if k == "__builtins__" else f"builtins.{k}") if own is None else own
                )
        elif canonical.endswith(".__dict__"):
            found += [here.machine.global_name(here, f"{name.removesuffix('.__dict__')}.{k}") for k in keys]
        elif here.knowledge.source(canonical) is not None:
            found.append(environment.read_variable(here, canonical, key))
        elif canonical in _LIBRARIES and name.endswith("()"):
            found += [named(f"{name}.{k}") for k in keys]
        elif "()" in name and here.program.script and network.speaks(here, name):  # a table of a database
            found.append(named(name).tainted(Value(parts=base.parts, sources=base.sources)))
    if found:
        return join(found)
    for box in containers.boxes(base):
        _fill_in(here, box, key)
    return containers.get_item(base, key)


def _around(function: str) -> list[str]:
    """The module that a function is of: a method's is not what its name says first."""
    words = function.split(".")[:-1]
    return [".".join(words[:end]) for end in range(len(words), 0, -1)]


def _fill_in(here: Here, box: Box, key: Value) -> None:
    """``defaultdict.__missing__``: a key that is not there is made by the factory, and stays."""
    present = key.consts[0] in box.entries if key.known else bool(box.items)
    if box.factory is not None and not present:
        value = here.call(box.factory, [])
        containers.set_item(made(box), key, value, certain=here.frame.certain)


def assign_item(here: Here, base: Value, key: Value | None, value: Value) -> None:
    """``base[key] = value``; in the import system's own tables this is a patch."""
    if key is not None:
        classes.sent(here, base, "__setitem__", [key, value])
    if not here.frame.ghost:
        containers.set_item(base, key, value, certain=here.certain(base))
    for constant in key.consts if key is not None else ():
        attributes.patch(here, base, constant, value)
        environment.set_variable(here, base, constant, value)
    for owner in base.names if key is None else ():
        if not owner.endswith(")"):  # sys.path, sys.meta_path: a list of the interpreter's
            here.record("attr.write", here.knowledge.canonical(owner), (here.argument("0", value),))
