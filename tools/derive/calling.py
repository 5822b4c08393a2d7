"""What a call does, by the rows of the tables, by the summary of what it calls, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scanner.knowledge.apis import Api
from tools.derive import attributes
from tools.derive.binding import Given, bind, kind_of, roles_of, taken
from tools.derive.domain import (
    ANY,
    DATA,
    NOTHING,
    OPAQUE,
    Atom,
    Parameter,
    Summary,
    Value,
    data,
    join,
)
from tools.derive.library import Class

if TYPE_CHECKING:
    from tools.derive.unit import Walk

# Methods of text, numbers and containers, and what syntax calls on them.
_TYPES = (str, bytes, bytearray, int, float, complex, list, tuple, dict, set, frozenset)
_PROTOCOLS = """
    __len__ __iter__ __next__ __getitem__ __setitem__ __delitem__ __contains__ __enter__ __exit__ __eq__
    __hash__ __str__ __repr__ __bool__ __class__ __name__ __dict__ __doc__ __module__ __qualname__
    shape dtype ndim size
"""
BENIGN = frozenset(_PROTOCOLS.split()) | {
    name for kind in _TYPES for name in dir(kind) if not name.startswith("__")
}
NESTED = 3  # callbacks that are handed callbacks
TRANSPARENT = frozenset({"code.resolve", "import.dynamic", "class.make", "code.load", "code.run"})


def call(walk: Walk, callee: Value, args: list[Given]) -> Value:
    """Call everything that the callee may be; the join of what that returns."""
    results = [_name(walk, name, callee, args) for name in sorted(callee.names)]
    for name in callee.inner:
        results.append(_inner(walk, name, args, partial=callee.partial))
    passed = callee.atoms and not callee.made and not any(name.startswith(".") for name in callee.names)
    if passed and not _is_self(walk, callee):
        _indirect(walk, callee.atoms, args)
        results.append(taken(args, callee).but(opaque=True, box=False, made=False))
    elif callee.opaque and not callee.names and not callee.inner:
        walk.unknown("what was computed", 0)
        results.append(taken(args, callee).but(opaque=True, box=False))
    return join(results) if results else taken(args, callee)


def _is_self(walk: Walk, callee: Value) -> bool:
    return bool(callee.names) and (0 in callee.atoms) and walk.code.owner is not None


def _indirect(walk: Walk, atoms: Iterable[Atom], args: list[Given]) -> None:
    """A parameter is called."""
    for atom in atoms:
        walk.effect("call.indirect", atom, "callable", "its argument", 1)
    for given in args:
        role = "kwargs" if given.keyword == "**" else "args" if given.spread else "value"
        for atom in given.value.atoms:
            own = isinstance(atom, int) and walk.summary.parameters[atom].kind == "star"
            if atom not in atoms:
                walk.effect("call.indirect", atom, "value" if own else role, "its argument", 1)


def _inner(walk: Walk, name: str, args: list[Given], *, partial: bool) -> Value:
    """A function of this function."""
    function = walk._named(name)
    parameters = tuple(Parameter(p.name, p.kind) for p in function.params)
    for parameter, value in zip(parameters, bind(parameters, args, loose=partial), strict=True):
        if value is not None:
            walk.bind(function, parameter.name, value)
    walk.read.add(name)
    return walk.returns.get(name, NOTHING)


def _name(walk: Walk, name: str, callee: Value, args: list[Given]) -> Value:
    linker = walk.linker
    if name.startswith("."):
        if name[1:] in BENIGN:
            if name == ".update" and walk.code.owner and "__dict__" in callee.atoms:
                walk.put(ANY, taken(args).but(box=False))
            return join([taken(args, callee), callee.but(names=frozenset(), consts=frozenset())])
        walk.unknown(f"{name[1:]}() of what is handed over", 0)
        return taken(args, callee).but(opaque=True)
    if (special := _special(walk, name, args)) is not None:
        return special
    if name.endswith("()"):  # not the callee once more: what it returned
        name = f"{name}.__call__"
    receiver = callee.but(names=frozenset())
    api = linker.row(name)
    if api is not None:
        return _row(walk, api, name, receiver, args)
    vouched = linker.vouched(name)
    target = linker.target(name) if not vouched or linker.doubted(name) else None
    if vouched and not (target is not None and _acts(walk, target[1])):
        return _result(name, receiver, args)
    if target is None:
        if name.rpartition(".")[2] in BENIGN and "()." in name:
            return taken(args, callee).but(opaque=True)
        walk.unknown(name, 0)
        return taken(args, callee).but(opaque=True, names=frozenset({f"{name}()"}))
    label, summary, bound = target
    if bound:
        args = [Given(callee.but(names=frozenset({name.rpartition(".")[0]}))), *args]
    result = apply(walk, label, summary, args, loose=callee.partial)
    if linker.find(name) is None:  # what another package returns is known by where it comes from
        return taken(args, callee).but(box=False, names=frozenset({f"{name}()"}))
    return result


def _acts(walk: Walk, summary: Summary) -> bool:
    """Whether a family's row is wrong about a function."""
    return any(walk.linker.severity(kind) in ("runs", "acts") for kind, _ in summary.effects)


def _result(name: str, receiver: Value, args: list[Given]) -> Value:
    result = taken(args, receiver)
    kept = [a.value for a in args] if name in ("builtins.list", "builtins.tuple", "builtins.dict") else []
    return join([result.but(names=frozenset({f"{name}()"})), *kept])


def _special(walk: Walk, name: str, args: list[Given]) -> Value | None:
    """Calls that the walk follows itself."""
    values = [a.value for a in args]
    match name, values:
        case "builtins.getattr", [base, key, *rest] if key.consts and not key.atoms and not key.opaque:
            return join([*(attributes.attribute(walk, base, k) for k in sorted(key.consts)), *rest])
        case (("builtins.setattr" | "builtins.object.__setattr__"), [base, key, value]) if walk.itself(base):
            for attr in sorted(key.consts) if key.consts and not key.atoms else [ANY]:
                walk.put(attr, value)
            return DATA
        case "builtins.type" | "builtins.super", _ if walk.code.owner and (
            name == "builtins.super" or (len(values) == 1 and walk.itself(values[0]))
        ):
            own = walk.code.owner.name
            return Value(frozenset({0}), frozenset({own if name == "builtins.type" else f"super {own}()"}))
        case (("functools.partial" | "functools.partialmethod"), [function, *bound]):
            return join([function, data(*bound)]).but(partial=True, box=False)
        case "builtins.vars", [base] if walk.itself(base):
            return Value(frozenset({"__dict__"}), box=True)
        case _ if (
            name.endswith(".__new__")
            and values
            and (made := [n for n in values[0].names if isinstance(walk.linker.find(n), Class)])
            and walk.linker.target(name) is None
        ):
            return Value(frozenset(), frozenset(f"{n}()" for n in made))
    return None


def on_import(callee: Value, args: list[Given]) -> Value:
    """A call of the top level: only what it may return matters."""
    if callee.names & {"functools.partial", "builtins.staticmethod", "builtins.classmethod"} and args:
        partial = "functools.partial" in callee.names
        return args[0].value.but(partial=partial)
    names = frozenset(f"{n}()" for n in callee.names if not n.startswith("."))
    return Value(names=names, opaque=not names)


def _row(walk: Walk, api: Api, name: str, receiver: Value, args: list[Given]) -> Value:
    """A call that the tables know."""
    if api.method and "()" not in name and args:
        receiver, args = args[0].value, args[1:]
    roles = roles_of(api, args)
    kind = kind_of(api.kind, roles)
    callables = [g.value for role, g in roles if role == "callable"]
    others = [g for role, g in roles if role in ("args", "each", "value", "kwargs")]
    result = taken(args, receiver).but(
        names=frozenset({f"{name}()"}),
        opaque=kind in TRANSPARENT,
        box=kind not in TRANSPARENT,
        made=kind not in TRANSPARENT,
    )
    if callables or any(role == "callable" for role in (*api.positional, *api.keywords.values())):
        for value in callables:
            known = value.but(atoms=frozenset())
            if known.names or known.inner:
                result = join([result, call(walk, known, [Given(g.value) for g in others])])
        if not any(v.atoms or v.opaque for v in callables):
            return result
        if not any(v.atoms for v in callables):
            walk.unknown(name, 0)
            return result
    telling = _TELLING.get(kind)
    reached = [
        (role, g.value)
        for role, g in roles
        if role != "_" and (telling is None or role in telling) and g.value.atoms
    ]
    for role, value in reached:
        for atom in sorted(value.atoms, key=str):
            walk.effect(kind, atom, role, name, 1)
    if not reached:
        always(walk, kind, name, 1, family=api.name.endswith(".*"))
    return result


# Of these, the argument that says what is looked up or changed is the one that counts.
_TELLING = {"code.resolve": {"attribute", "name"}, "attr.write": {"attribute", "name"}}
_HARMLESS = frozenset({"sys._getframe", "os.getcwd", "posix.getcwd", "os.getpid", "nt.getcwd"})


def always(walk: Walk, kind: str, name: str, depth: int, *, family: bool = False) -> None:
    """An effect that no argument reaches. What only reads or looks up makes nobody's gadget, but it is
    not nothing either."""
    severity = walk.linker.severity(kind)
    if (severity == "resolves" and kind not in ("call.indirect", "call.later")) or name in _HARMLESS:
        return
    if severity in ("runs", "acts") and kind != "attr.write" and not family:
        walk.effect(kind, None, "_", name, depth)
    else:
        walk.unknown(name, depth - 1)


def apply(walk: Walk, name: str, summary: Summary, args: list[Given], *, loose: bool = False) -> Value:
    """What a call of a function does whose summary is known."""
    bound = bind(summary.parameters, args, loose=loose)
    own = bool(bound) and bound[0] is not None and walk.itself(bound[0]) is not None

    def given(atom: Atom) -> Value | None:
        if isinstance(atom, int):
            return bound[atom] if atom < len(bound) else None
        if own:
            walk.read.add(atom)
            return join([Value(frozenset({atom})), walk.summary.stores.get(atom, NOTHING)])
        receiver = bound[0] if bound else None
        return receiver.but(names=frozenset()) if receiver is not None else None

    for (kind, atom), (role, hop) in list(summary.effects.items()):
        value = NOTHING if atom is None else given(atom)
        if atom is None:
            walk.effect(kind, None, role, name, hop.depth + 1)
        elif value is None:
            if isinstance(atom, int) and summary.parameters[atom].default and role != "callable":
                always(walk, kind, name, hop.depth + 1)
        else:
            _reach(walk, kind, role, value, name, hop.depth + 1)
    if summary.unknown is not None:
        walk.unknown(name, summary.unknown.depth + 1)
    if own:
        walk.summary.virtual |= summary.virtual | {name.rpartition(".")[2]}
        for attr, value in list(summary.stores.items()):
            walk.put(attr, _substituted(value, given))
    elif bound and bound[0] is not None and bound[0].shared and any(v.atoms for v in summary.stores.values()):
        walk.unknown("what keeps it for good", 0)
    return _substituted(summary.returns, given)


def _reach(walk: Walk, kind: str, role: str, value: Value, name: str, depth: int) -> None:
    for atom in sorted(value.atoms, key=str):
        walk.effect(kind, atom, role, name, depth)
    if role == "callable":
        known = value.but(atoms=frozenset())
        if walk.nesting >= NESTED:
            walk.unknown(name, depth)
        elif known.names or known.inner:
            walk.nesting += 1
            call(walk, known, [Given(OPAQUE)])
            walk.nesting -= 1
        elif known.opaque and not value.atoms:
            walk.unknown(name, depth)
    elif not value.atoms:
        always(walk, kind, name, depth)


def _substituted(value: Value, given: object) -> Value:
    parts = [value.but(atoms=frozenset())]
    for atom in value.atoms:
        found = given(atom)  # type: ignore[operator]
        if found is not None:
            parts.append(found if not value.box else data(found))
    return join(parts)
