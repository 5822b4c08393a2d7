"""Attributes and elements: of ``self``, of what has a name, of what is handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.derive import calling
from tools.derive.domain import ANY, NOTHING, OPAQUE, Value, join
from tools.derive.library import Class, Code

if TYPE_CHECKING:
    from tools.derive.unit import Walk


def attribute(walk: Walk, base: Value, name: str) -> Value:
    """``base.name``."""
    cls = walk.itself(base)
    if cls is not None:
        return _of_self(walk, cls, name, base)
    found: list[Value] = []
    for owner in sorted(base.names):
        if owner.startswith(".") or base.box:
            continue
        value = walk.linker.attribute(owner, name)
        if not walk.top and any(
            isinstance(code := walk.linker.find(n), Code) and code.kind == "property" for n in value.names
        ):
            value = calling.call(walk, value.but(atoms=base.atoms), [])
        found.append(value)
    if base.box or (base.atoms and not found) or (base.opaque and not found) or not found:
        found.append(Value(names=frozenset({f".{name}"}), opaque=base.opaque))
    dotted = base.box or not any(not n.startswith(".") for v in found for n in v.names)
    found = [v.but(shared=True) if v.box or base.shared else v for v in found]
    return join(
        [
            *found,
            Value(base.atoms, inner=base.inner if base.box else frozenset(), made=base.made or not dotted),
        ]
    )


def _of_self(walk: Walk, cls: Class, name: str, base: Value) -> Value:
    if name == "__class__":
        return Value(names=frozenset({cls.name}))
    if name == "__dict__":
        return Value(frozenset({"__dict__"}), box=True)
    stores = walk.summary.stores
    walk.read |= {name, ANY}
    held = [stores[key] for key in (name, ANY) if key in stores]
    member = walk.linker.attribute(f"{cls.name}()", name)
    methods = [n for n in member.names if isinstance(walk.linker.find(n), Code)]
    if methods and not held:
        if any(walk.linker.find(n).kind == "property" for n in methods):  # type: ignore[union-attr]
            return calling.call(walk, member.but(atoms=base.atoms), []) if not walk.top else OPAQUE
        return member.but(atoms=base.atoms)
    known = walk.linker.fields(cls, name)
    outside = bool(member.names) and known is None and not held
    if outside:
        return member.but(atoms=base.atoms)
    member = member.but(opaque=False, shared=member.box)
    return join([Value(frozenset({name})), *held, known or NOTHING, member])


def item(walk: Walk, base: Value) -> Value:
    """``base[key]``, or an element of it."""
    if base.box:
        held = frozenset(n for n in base.names if not n.endswith("()") or walk.linker.find(n) is not None)
        return base.but(box=False, names=held) if base.names or base.inner else base
    if walk.top:
        return Value(names=base.names, opaque=base.opaque)  # of a generic class, most of the time
    for name in sorted(base.names):
        kind = walk.linker.source(name)
        if kind is not None and not walk.top:
            calling.always(walk, kind, name, 1)
    return Value(base.atoms, opaque=base.opaque or bool(base.names))


def set_attribute(walk: Walk, base: Value, name: str, value: Value) -> None:
    """``base.name = value``. Of what is handed over, or of a module, nobody knows what that means."""
    if base.shared and value.atoms:
        walk.unknown("what keeps it for good", 0)
    if walk.itself(base):
        walk.put(name, value)
    elif any(isinstance(atom, int) for atom in base.atoms) and not base.made and not walk.top:
        walk.unknown(f"sets .{name} of what is handed over", 0)
    elif any("()" not in n for n in base.names) and not walk.top:
        walk.unknown(f"sets .{name} of {min(base.names)}", 0)


def set_item(walk: Walk, base: Value, key: Value, value: Value) -> None:
    """``base[key] = value``."""
    if base.shared and (key.atoms or value.atoms):
        walk.unknown("what keeps it for good", 0)
    if "__dict__" in base.atoms and walk.code.owner:
        walk.put(ANY, value)
        return
    for name in sorted(base.names):
        if base.box or "()" in name or name.startswith("."):
            continue
        kind = "env.write" if walk.linker.source(name) == "env.read" else "attr.write"
        atoms = key.atoms | value.atoms
        for atom in sorted(atoms, key=str):
            walk.effect(kind, atom, "value", name, 1)
        if not atoms and kind == "env.write":
            walk.effect(kind, None, "_", name, 1)
