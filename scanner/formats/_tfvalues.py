"""What the strings of a TensorFlow graph are before it runs: constants, and what is put together from them.

A function's parameter is whatever its callers hand it and, in a SavedModel, the constant that it captured.
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from itertools import islice, product
from typing import TypeAlias

from scanner.formats._protobuf import Wire
from scanner.formats._tfgraph import Graph, Node, Scope, attribute, strings

Values: TypeAlias = tuple[str | None, ...]  # what may be there; None is what nobody knows beforehand

UNKNOWN: Values = (None,)
MOST = 16  # alternatives of one value
DEEPEST = 40  # nodes on the way to a constant
# Operators that hand on what they are given first, in another shape or order.
SAME = frozenset({
    "Identity", "IdentityN", "Reshape", "ExpandDims", "Squeeze", "StopGradient", "EnsureShape", "Snapshot",
    "PlaceholderWithDefault", "PreventGradient", "Slice", "StridedSlice", "Tile", "GatherV2", "Gather",
    "Fill", "BroadcastTo", "DeepCopy", "Copy", "CopyHost", "RandomShuffle", "Unique", "Transpose",
    "StringStrip", "ReduceJoin", "Bitcast", "GuaranteeConst", "OptionalFromValue", "OptionalGetValue",
    "TensorSliceDataset", "TensorDataset", "Assert", "Unpack", "Split", "Switch", "RefSwitch", "Enter",
    "Exit",
})  # fmt: skip
ANY = frozenset({"Pack", "ConcatV2", "Concat", "Merge", "Select", "SelectV2", "Where"})  # any of its inputs


class Strings:
    """The strings that the inputs of nodes may be."""

    def __init__(self, wire: Wire, graph: Graph, given: Mapping[str, Values] | None = None) -> None:
        self._wire = wire
        self._graph = graph
        self._known: dict[tuple[str, str], Values] = {("", k): v for k, v in (given or {}).items()}
        self._callers: dict[str, list[tuple[str, Node]]] = {}
        for scope, inside in graph.scopes():
            for node in inside.nodes.values():
                for name in {node.operator, *self._named(node)}:
                    if name in graph.functions:
                        self._callers.setdefault(name, []).append((scope, node))

    def input(self, scope: str, reference: str, depth: int = 0) -> Values:
        """What ``reference`` (``node``, ``node:0``, ``node:output:0``) may be inside ``scope``, the name of
        a function or nothing for the graph itself."""
        name = reference.partition(":")[0]
        if (scope, name) not in self._known:
            self._known[scope, name] = UNKNOWN  # while it is looked for: graphs may go in circles
            found = self._find(scope, name, depth) if depth < DEEPEST else UNKNOWN
            self._known[scope, name] = tuple(dict.fromkeys(found))[:MOST] or UNKNOWN
        return self._known[scope, name]

    def attribute(self, node: Node, name: str) -> Values:
        """A string or a list of strings that the node itself says."""
        value = node.attributes.get(name)
        found = attribute(self._wire, value) if value is not None else ()
        return tuple(self._wire.text(field) for kind, field in found if kind == 2)[:MOST]

    def _find(self, scope: str, name: str, depth: int) -> Values:
        inside = self._graph.functions[scope] if scope else self._graph.main
        if name in inside.parameters:
            return self._parameter(scope, inside, name, depth + 1)
        node = inside.nodes.get(name)
        if node is None or (not scope and name in self._graph.assets):
            return UNKNOWN
        return self._node(scope, node, depth + 1)

    def _node(self, scope: str, node: Node, depth: int) -> Values:
        inputs = [each for each in node.inputs if not each.startswith("^")]
        match node.operator:
            case "Const" | "HostConst" if "value" in node.attributes:
                held = attribute(self._wire, node.attributes["value"])
                return tuple(text for kind, field in held if kind == 8 for text in strings(self._wire, field))
            case "StringJoin" | "Add" | "AddV2":
                separator = (self.attribute(node, "separator") or ("",))[0] or ""
                parts = [self.input(scope, each, depth) for each in inputs[:MOST]]
                return tuple(_joined(separator, each) for each in islice(product(*parts), MOST))
            case "DecodeBase64" if inputs:
                return tuple(_decoded(text) for text in self.input(scope, inputs[0], depth))
            case operator if operator in SAME and inputs:
                return self.input(scope, inputs[1 if operator == "Fill" and len(inputs) > 1 else 0], depth)
            case operator if operator in ANY:
                return tuple(text for each in inputs[:MOST] for text in self.input(scope, each, depth))
        return UNKNOWN

    def _parameter(self, function: str, inside: Scope, name: str, depth: int) -> Values:
        """From the end: branches and datasets are handed more in front than they hand on."""
        place = inside.parameters.index(name) - len(inside.parameters)
        found: list[str | None] = []
        captured = self._graph.bound.get(function, [])
        constant = captured[place] if -place <= len(captured) else None
        if constant is not None:
            found += self.input("", constant, depth)
        for scope, node in self._callers.get(function, [])[:MOST]:
            inputs = [each for each in node.inputs if not each.startswith("^")]
            if -place <= len(inputs):
                found += self.input(scope, inputs[place], depth)
        return tuple(found) or UNKNOWN

    def _named(self, node: Node) -> list[str]:
        """The functions that a node calls."""
        values = [pair for value in node.attributes.values() for pair in attribute(self._wire, value)]
        names = [part for kind, field in values if kind == 10 for part in self._wire.inside(field)]
        return [self._wire.text(part) for part in names if part.number == 1]


def _joined(separator: str, parts: tuple[str | None, ...]) -> str | None:
    known = [part for part in parts if part is not None]
    return separator.join(known) if len(known) == len(parts) else None


def _decoded(text: str | None) -> str | None:
    try:
        return urlsafe_b64decode(text + "===").decode("utf-8", "backslashreplace") if text else None
    except (binascii.Error, ValueError):
        return None
