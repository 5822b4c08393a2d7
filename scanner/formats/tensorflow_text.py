"""TensorFlow's graphs as text (``.pbtxt``, ``saved_model.pbtxt``), which its loaders take as well.

The messages are the same. The text is put into binary, which the reader of graphs recognises. Sources: as for
``_tfgraph``.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob, BytesWindow
from scanner.errors import OverBudget
from scanner.formats._decode import KEPT
from scanner.formats._textproto import Schema, Text
from scanner.limits import Budget

NAME = "tensorflow-text"
STARTS = b" \t\r\n\v\f#acdglmnosv"
ROOT = re.compile(
    rb"(?:\s|#[^\n]*\n)*+(?:(?P<graph>node|library|versions?|debug_info)"
    rb"|(?P<meta>meta_info_def|graph_def|saver_def|collection_def|signature_def|asset_file_def|object_graph_def)"
    rb"|(?P<saved>meta_graphs|saved_model_schema_version))\s*[:{<]"
)
SIGN = ROOT.pattern
NODE = re.compile(rb"\bnode(?:_def)?\s*+:?\s*+[{<]")
OPERATOR = re.compile(rb"\bop\s*:\s*[\"']")  # without which a graph does nothing
ENUMS = {"true": 1, "True": 1, "DT_STRING": 7}

_PLAIN: Schema = {"name": (1, None)}
_FUNCTION: "dict[str, tuple[int, Schema | None]]" = {"name": (1, None)}
_TENSOR: Schema = {
    "dtype": (1, None),
    "tensor_shape": (2, {"dim": (2, {"size": (1, None)})}),
    "tensor_content": (4, None),
    "string_val": (8, None),
}
_LIST: Schema = {"s": (2, None), "tensor": (8, _TENSOR), "func": (9, _FUNCTION)}
_VALUE: Schema = {
    "list": (1, _LIST), "s": (2, None), "i": (3, None), "b": (5, None), "type": (6, None),
    "tensor": (8, _TENSOR), "placeholder": (9, None), "func": (10, _FUNCTION),
}  # fmt: skip
_ATTRIBUTE: Schema = {"key": (1, None), "value": (2, _VALUE)}
_FUNCTION["attr"] = (2, _ATTRIBUTE)
_NODE: Schema = {
    "name": (1, None),
    "op": (2, None),
    "input": (3, None),
    "device": (4, None),
    "attr": (5, _ATTRIBUTE),
}
_SIGNATURE: Schema = {"name": (1, None), "input_arg": (2, _PLAIN), "output_arg": (3, _PLAIN)}
_LIBRARY: Schema = {"function": (1, {"signature": (1, _SIGNATURE), "node_def": (3, _NODE)})}
_ASSET: Schema = {"tensor_info": (1, _PLAIN), "filename": (2, None)}
_OBJECTS: Schema = {
    "nodes": (1, {
        "user_object": (4, {"identifier": (1, None), "metadata": (3, None)}),
        "asset": (2, {"asset_file_def_index": (1, None)}), "constant": (9, {"operation": (1, None)}),
    }),
    "concrete_functions": (2, {"key": (1, None), "value": (2, {"bound_inputs": (2, None)})}),
}  # fmt: skip
GRAPH: Schema = {"node": (1, _NODE), "library": (2, _LIBRARY), "versions": (4, {"producer": (1, None)})}
META: Schema = {
    "meta_info_def": (1, {"tags": (4, None)}), "graph_def": (2, GRAPH), "asset_file_def": (6, _ASSET),
    "object_graph_def": (7, _OBJECTS),
}  # fmt: skip
SAVED: Schema = {"saved_model_schema_version": (1, None), "meta_graphs": (2, META)}
ROOTS = {"graph": GRAPH, "meta": META, "saved": SAVED}


def matches(blob: Blob, head: bytes) -> bool:
    """The name of a field that one of the three messages starts with, and a node with an operator."""
    if ROOT.match(head) is None:
        return False
    data = blob.read_at(0, KEPT)
    return NODE.search(data) is not None and OPERATOR.search(data) is not None


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob]:
    """The message in binary."""
    limit = budget.limits.constant
    data = blob.read_at(0, limit + 1)
    if len(data) > limit:
        raise OverBudget(f"a graph as text of more than {limit:,} bytes")
    match = ROOT.match(data)
    root = ROOTS[match.lastgroup] if match is not None and match.lastgroup else GRAPH
    binary = Text(data.decode("utf-8", "replace"), budget, ENUMS).message(root)
    yield blob.inner("(in binary)", BytesWindow(binary))
