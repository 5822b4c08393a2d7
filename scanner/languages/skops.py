"""skops documents: trees of nodes, each of which names what it makes and the loader that makes it.

Source: the nodes of ``skops.io``, protocols 0 to 3. Which types are allowed is up to whoever loads the file,
and published bypasses made the list of them lie (CVE-2024-37065, CVE-2025-54412, CVE-2025-54413), so a
document is judged by what its nodes do.
"""

import json
from collections.abc import Iterator
from typing import Any

from scanner.blob import Fragment
from scanner.errors import OverBudget
from scanner.ir import Program, Reg
from scanner.irbuilder import Builder, Places
from scanner.languages._document import document
from scanner.limits import Budget

NAME = "skops"

DEEPEST = 200
PLAIN = {  # containers that are made without a call, unless they are of a class of their own
    "ListNode": ("builtins", "list"),
    "TupleNode": ("builtins", "tuple"),
    "SetNode": ("builtins", "set"),
    "DictNode": ("builtins", "dict"),
}
KEYS = frozenset({"str", "int", "float", "bool", "bytes", "NoneType"})  # types of keys that are what they are
MEMBERS = frozenset({"BytesNode", "BytearrayNode", "SparseMatrixNode"})  # held by a member of the archive


def lower(fragment: Fragment, budget: Budget) -> Iterator[Program]:
    """One program for the whole document."""
    data, described = document(fragment.blob, budget, "document")
    reading = _Reading(data, Builder(budget))
    reading.node(described, 0)
    yield reading.build.program(NAME, fragment.blob, "making the objects that the document describes")


class _Reading:
    """The document on its way to a program."""

    def __init__(self, data: bytes, build: Builder) -> None:
        self.build = build
        self._places = Places(data)
        self._known: dict[str, Reg] = {}

    def node(self, node: Any, depth: int) -> Reg:
        """The object that a node makes. What is no node is looked through for nodes."""
        if depth > DEEPEST:
            raise OverBudget("the document nests too deeply")
        match node:
            case {"__class__": str() as name, "__module__": str() as module}:
                made = self._made(node, module, name, depth + 1)
            case dict():
                made = self._mapping(node, depth + 1)
            case list():
                made = self.build.make("list", [self.node(item, depth + 1) for item in node])
            case _:
                made = self.build.const(node)
        if isinstance(node, dict) and "__id__" in node:
            self._known.setdefault(str(node["__id__"]), made)
        return made

    def _made(self, node: dict[str, Any], module: str, name: str, depth: int) -> Reg:
        loader, content = node.get("__loader__", ""), node.get("content")
        self.build.at = self._places.after(name)
        match loader, content:
            case "CachedNode", _:
                known = self._known.get(str(node.get("__id__")))
                return self.build.unknown("an object made before") if known is None else known
            case "JsonNode", str():
                return self._json(content)
            case (("FunctionNode" | ""), {"module_path": str() as path, "function": str() as function}) if (
                loader or name == "function"
            ):
                return self.build.name(path, function)
            case "FunctionNode" | "TypeNode", _:
                return self.build.name(module, name)
            case "MethodNode", {"func": str() as function, "obj": owner}:
                return self.build.attr(self.node(owner, depth), function)
            case "OperatorFuncNode", _:  # whatever module the node claims
                return self._spread(self.build.name("operator", name), node.get("attrs"), depth)
            case "PartialNode", dict():
                return self._partial(content, depth)
            case (("ListNode" | "SetNode" | "TupleNode" | "DictNode"), _):
                return self._container(node, loader, (module, name), depth)
            case (("ObjectNode" | "RandomStateNode"), _):
                return self._object(module, name, content, depth, fresh=loader == "ObjectNode")
            case "NdArrayNode", _ if (module, name) == ("numpy", "ndarray"):
                return self.node(content, depth) if content is not None else self._member()
            case _ if loader in MEMBERS:
                return self._member()
        return self._called(node, module, name, depth)

    def _called(self, node: dict[str, Any], module: str, name: str, depth: int) -> Reg:
        """A call of the class with whatever the node holds: its arguments and then, if any, its state."""
        at, thing = self.build.at, self.build.name(module, name)
        reduced, content = node.get("__reduce__"), node.get("content")
        if isinstance(reduced, dict):
            made, state = self._spread(thing, reduced.get("args"), depth), content
        elif node.get("__loader__") == "ConstructorFromReduceNode":
            made, state = self._spread(thing, content, depth), None
        else:
            given = [self.node(content, depth)] if content is not None else [self._member()]
            self.build.at = at
            made, state = self.build.call(thing, given), None
        if state is not None:
            self.build.call(made, [self.node(state, depth)], how="state")
        return made

    def _object(self, module: str, name: str, content: Any, depth: int, *, fresh: bool) -> Reg:
        """An object without its constructor, or with it and no arguments; then its state."""
        thing = self.build.name(module, name)
        made = self.build.call(thing, how="new" if fresh else "call")
        if content is not None:
            self.build.call(made, [self.node(content, depth)], how="state")
        return made

    def _partial(self, content: dict[str, Any], depth: int) -> Reg:
        function = self.node(content.get("func"), depth)
        args = self._arguments(content.get("args"), depth)
        match content.get("kwds"):
            case {"__loader__": "DictNode", "content": dict() as pairs}:
                kwargs = {str(key): self.node(value, depth) for key, value in pairs.items()}
            case other:
                kwargs = {"**": self.node(other, depth)}
        return self.build.call(self.build.name("functools", "partial"), [function, *args], kwargs)

    def _container(self, node: dict[str, Any], loader: str, named: tuple[str, str], depth: int) -> Reg:
        """A container is a call of its class, which any node may name."""
        content = node.get("content")
        if loader == "DictNode":
            held = self._mapping(content if isinstance(content, dict) else {}, depth, node.get("key_types"))
        else:
            items = [self.node(item, depth) for item in (content if isinstance(content, list) else ())]
            held = self.build.make("tuple" if loader == "TupleNode" else "list", items)
            if loader == "TupleNode" and named != PLAIN[loader]:
                return self.build.call(self.build.name(*named), items)
        return held if named == PLAIN[loader] else self.build.call(self.build.name(*named), [held])

    def _mapping(self, content: dict[str, Any], depth: int, key_types: Any = None) -> Reg:
        """A dictionary. Each key is what the type at its place makes of a string."""
        types = _items(key_types)
        made_before = self.node(key_types, depth) if types is None and key_types is not None else None
        parts = []
        for place, (key, value) in enumerate(content.items()):
            made = self.build.const(str(key))
            match types[place] if types and place < len(types) else None:
                case {"__class__": str() as name, "__module__": "builtins"} if name in KEYS:
                    pass
                case dict() as kind:
                    made = self.build.call(self.node(kind, depth), [made])
                case _ if made_before is not None:
                    kind_there = self.build.item(made_before, self.build.const(place))
                    made = self.build.call(kind_there, [made])
            parts += [made, self.node(value, depth)]
        return self.build.make("dict", parts)

    def _spread(self, thing: Reg, args: Any, depth: int) -> Reg:
        """A call with the items of a node of arguments."""
        at = self.build.at
        given = self._arguments(args, depth)
        self.build.at = at
        return self.build.call(thing, given)

    def _arguments(self, args: Any, depth: int) -> list[Reg]:
        """The items of a node, which may be any node that makes something with items."""
        items = _items(args)
        if items is None:
            return [self.build.make("spread", [self.node(args, depth)])]
        return [self.node(item, depth) for item in items]

    def _json(self, content: str) -> Reg:
        try:
            return self._plain(json.loads(content), 0)
        except (ValueError, RecursionError):
            return self.build.unknown("a value that is not JSON")

    def _plain(self, value: Any, depth: int) -> Reg:
        """A value in which nothing is a node, whatever it looks like."""
        if depth > DEEPEST:
            raise OverBudget("the document nests too deeply")
        match value:
            case dict():
                pairs = [(self.build.const(key), self._plain(each, depth + 1)) for key, each in value.items()]
                return self.build.make("dict", [part for pair in pairs for part in pair])
            case list():
                return self.build.make("list", [self._plain(each, depth + 1) for each in value])
        return self.build.const(value)

    def _member(self) -> Reg:
        return self.build.unknown("a member of the archive")


def _items(node: Any) -> list[Any] | None:
    """What a node of a tuple or a list holds; None of any other node."""
    match node:
        case {
            "__loader__": "TupleNode" | "ListNode" | "SetNode" | "NdArrayNode",
            "content": list() as content,
        }:
            return content
    return None
