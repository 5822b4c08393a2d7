"""MXNet's graphs (``-symbol.json``): operators in an order in which they can run.

Sources: ``symbol.json`` of NNVM, ``custom.cc``, ``native_op.cc``. Operators compute. ``Custom`` runs
a Python class that somebody has registered under a name; ``_Native`` and ``_NDArray`` take the addresses of
functions from a parameter in the file, which nothing checks.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.blob import Blob
from scanner.formats import _json
from scanner.limits import Budget

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "mxnet"
STARTS, SIGN = _json.STARTS, _json.SIGN
KEYS = ("nodes", "arg_nodes", "heads")
CUSTOM, NATIVE = frozenset({"Custom", "_CustomFunction"}), frozenset({"_Native", "_NDArray"})
PARAMETERS = ("attrs", "attr", "param")  # where versions keep what an operator is given


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON object with the keys of a graph and a list of operators."""
    document = _json.opened(blob, head)
    if document is None or not all(document.mentions(key) for key in KEYS):
        return False
    match document.value:
        case {"nodes": [{"op": str()}, *_], "arg_nodes": list(), "heads": list()}:
            return True
    return document.long


def unwrap(blob: Blob, budget: Budget) -> Iterator["Program"]:
    """A program of the operators that are not the library's own."""
    found = [(node, kind) for node in _nodes(_json.document(blob, budget)) for kind in _kind(node)]
    if not found:
        return
    from scanner.irbuilder import Builder, Places  # noqa: PLC0415 - most graphs only compute

    build, places = Builder(budget), Places(blob.read_at(0, budget.limits.constant))
    for node, kind in found:
        build.at = places.after(node["op"])
        build.call(build.name(NAME, kind), [build.const(_given(node))])
    yield build.program(NAME, blob, "running the graph runs its operators")


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
    """The operators of the graph and of the graphs inside it (loops, branches)."""
    waiting = [document]
    while waiting:
        match waiting.pop():
            case {"nodes": list() as nodes}:
                for node in nodes:
                    if isinstance(node, dict) and isinstance(node.get("op"), str):
                        yield node
                        inner = node.get("subgraphs")
                        waiting += inner if isinstance(inner, list) else []


def _kind(node: dict[str, Any]) -> Iterator[str]:
    if node["op"] in CUSTOM:
        yield "custom_operator"
    if node["op"] in NATIVE:
        yield "native_operator"


def _given(node: dict[str, Any]) -> str:
    """The name of the class, or the address."""
    for key in PARAMETERS:
        match node.get(key):
            case {"op_type": str() as name} | {"info": str() as name}:
                return name
    return str(node["op"])
