"""skops archives as their library writes them, without the library: trees of nodes."""

import json
from typing import Any

from tests.recipes.archives import npy, zipped

Node = dict[str, Any]


def node(loader: str, module: str, name: str, **more: Any) -> Node:
    """Any node: its loader, and the class that it names."""
    return {"__class__": name, "__module__": module, "__loader__": loader, **more}


def value(plain: Any) -> Node:
    """What JSON can say."""
    return node("JsonNode", "builtins", "str", content=json.dumps(plain), is_json=True)


def sequence(*items: Node, kind: str = "tuple") -> Node:
    return node(f"{kind.capitalize()}Node", "builtins", kind, content=[*items])


def mapping(types: list[Node] | None = None, **items: Node) -> Node:
    """A dictionary; ``types`` are those of its keys."""
    keys = [node("TypeNode", "builtins", "str")] * len(items) if types is None else types
    return node("DictNode", "builtins", "dict", content=items, key_types=sequence(*keys, kind="list"))


def called(*callee_and_args: Node) -> Node:
    """``operator.call`` behind a name that looks harmless (CVE-2025-54412)."""
    return node("OperatorFuncNode", "operator", "call", attrs=sequence(*callee_and_args))


def instance(module: str, name: str, **state: Node) -> Node:
    """An object with a state."""
    return node("ObjectNode", module, name, content=mapping(**state))


def archive(root: Node, **members: bytes) -> bytes:
    """A ``.skops`` file; an array of three numbers is in every one."""
    document = json.dumps({**root, "protocol": 2, "_skops_version": "0.12.0"}, indent=2)
    return zipped({"1.npy": npy("'<f4'", "(3,)", bytes(12)), "schema.json": document.encode(), **members})
