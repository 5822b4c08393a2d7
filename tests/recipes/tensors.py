"""Boosters, parameters and compiled graphs as their libraries write them, without the libraries.

Content that nothing reads can be a hole: a number of bytes in place of bytes (see ``sparse.holes``).
"""

import json
import struct
from typing import Any, TypeAlias

from tests.recipes.flatbuffers import Table, Wide, flatbuffer

Pieces: TypeAlias = list[bytes | int]

ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, 62) + bytes(64)
CUBIN = b"\x7fELF\x02\x01\x33" + bytes(9) + struct.pack("<HH", 2, 190) + bytes(64)


def ubj(value: Any) -> bytes:
    """Universal Binary JSON as XGBoost writes it; a list of floats is one of 32 bits each."""
    match value:
        case dict():
            return b"{" + b"".join(ubj(key)[1:] + ubj(each) for key, each in value.items()) + b"}"
        case [float(), *_]:
            return b"[$d#L" + struct.pack(f">q{len(value)}f", len(value), *value)
        case list():
            return b"[#L" + struct.pack(">q", len(value)) + b"".join(map(ubj, value))
        case int():
            return b"L" + struct.pack(">q", value)
    data = str(value).encode()
    return b"SL" + struct.pack(">q", len(data)) + data


def booster(**attributes: str) -> dict[str, Any]:
    """XGBoost's document for one tree."""
    trees = [{"base_weights": [0.5, -0.5], "id": 0}]
    inside = {"name": "gbtree", "model": {"trees": trees, "tree_info": [0]}}
    objective = {"name": "binary:logistic"}
    learner = {"attributes": attributes, "gradient_booster": inside, "objective": objective}
    return {"learner": learner, "version": [3, 2, 0]}


def large_booster(size: int) -> Pieces:
    """The same with weights of ``size`` bytes, in pieces."""
    whole = ubj(booster())
    head, tail = whole.split(ubj([0.5, -0.5]))
    return [head + b"[$d#L" + struct.pack(">q", size // 4), size, tail]


def binary_booster(trees: bytes = bytes(200), mark: bytes = b"binf") -> bytes:
    """XGBoost's form before JSON."""
    names = b"".join(struct.pack("<Q", len(name)) + name for name in (b"reg:squarederror", b"gbtree"))
    return mark + struct.pack("<fI", 0.5, 8) + bytes(128) + names + trees


def lightgbm() -> bytes:
    return (
        b"tree\nversion=v4\nnum_class=1\nobjective=binary sigmoid:1\n\nTree=0\nnum_leaves=2\n\nend of trees\n"
    )


def catboost(parts: bytes = b"", **metadata: str) -> bytes:
    """A ``.cbm`` file; with ``parts`` it says that it has some."""
    pairs: list[Table] = [{0: key.encode(), 1: text.encode()} for key, text in metadata.items()]
    core: Table = {0: b"FlabuffersModel_v1", 2: pairs}
    if parts:
        core[3] = [{}]
    data = flatbuffer(core)
    return b"CBM1" + struct.pack("<I", len(data)) + data + parts


def large_catboost(size: int) -> Pieces:
    """The same with trees of ``size`` bytes, in pieces."""
    whole = catboost()
    return [whole[:4] + struct.pack("<I", len(whole) - 8 + size) + whole[8:], size]


def symbol(*nodes: dict[str, Any]) -> bytes:
    """MXNet's graph."""
    document = {
        "nodes": [{"op": "null", "name": "data", "inputs": []}, *nodes],
        "arg_nodes": [0],
        "heads": [[len(nodes), 0, 0]],
        "attrs": {"mxnet_version": ["int", 10900]},
    }
    return json.dumps(document).encode()


def parameters(size: int = 16, name: bytes = b"arg:fc1_weight", behind: bytes = b"") -> Pieces:
    """MXNet's arrays: one dense of ``size`` bytes, one by rows, one of the first version."""
    device = struct.pack("<ii", 1, 0)
    dense = (
        struct.pack("<Iii", 0xF993FAC9, 0, 1) + struct.pack("<q", size // 4) + device + struct.pack("<i", 0)
    )
    rows = (
        struct.pack("<IiIqqIqq", 0xF993FAC9, 1, 2, 1, 2, 2, 9, 2) + device + struct.pack("<iiIq", 0, 6, 1, 1)
    )
    first = struct.pack("<IIq", 0xF993FAC8, 1, 2) + device + struct.pack("<i", 2)
    names = b"".join(struct.pack("<Q", len(each)) + each for each in (name, b"rows", b"old"))
    head = struct.pack("<QQQ", 0x112, 0, 3)
    end = rows + bytes(8 + 8) + first + bytes(4) + struct.pack("<Q", 3) + names + behind
    return [head + dense, size, end]


def engine(code: bytes = CUBIN, document: bytes = b"") -> bytes:
    """A TensorRT engine; exporters may put a document in front."""
    head = struct.pack("<I", len(document)) + document if document else b""
    return head + b"ftrt" + bytes(60) + code + bytes(40)


def executorch(
    *operators: str,
    delegates: tuple[str, ...] = (),
    segments: tuple[bytes | int, ...] = (),
    behind: bytes = b"",
) -> Pieces:
    """An ExecuTorch program whose segments stand behind it, each at a multiple of 16 bytes."""
    sizes = [each if isinstance(each, int) else len(each) for each in segments]
    places = [sum(-(-size // 16) * 16 for size in sizes[:n]) for n in range(len(sizes))]
    plan: Table = {
        0: b"forward",
        6: [{0: name.encode()} for name in operators],
        7: [{0: name.encode()} for name in delegates],
    }
    table: list[Table] = [{0: Wide(place), 1: Wide(size)} for place, size in zip(places, sizes, strict=True)]
    program = flatbuffer({1: [plan], 4: table}, b"ET12" + b"eh00" + bytes(24))
    program += bytes(-len(program) % 16)
    header = struct.pack("<IQQ", 24, len(program), len(program) if segments else 0)
    pieces: Pieces = [program[:12] + header + program[32:]]
    for each, size in zip(segments, sizes, strict=True):
        pieces += [each, bytes(-size % 16)]
    return [*(pieces[:-1] if segments else pieces), behind]


def whole(pieces: Pieces) -> bytes:
    """The pieces as they are on disk."""
    return b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in pieces)
