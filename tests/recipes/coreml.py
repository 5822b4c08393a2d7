"""Core ML files, field by field, as coremltools writes them."""

import json
import struct

from tests.recipes.protobufs import Value, message

NETWORK, PIPELINE, PROGRAM, CUSTOM, LINKED, SERIALIZED = 500, 202, 502, 555, 556, 3000


def coreml(kind: int, content: bytes, *more: tuple[int, Value]) -> bytes:
    """A file with one estimator of a kind."""
    description = message((1, message((1, "x"))), (10, message((1, "y"))))
    return message((1, 4), (2, description), (kind, content), *more)


def network(*layers: tuple[int, Value]) -> bytes:
    """Layers, each a number and its parameters."""
    return message(
        *((1, message((1, f"layer {n}"), (2, "x"), (3, "y"), layer)) for n, layer in enumerate(layers))
    )


def custom(name: str, *more: tuple[int, Value]) -> bytes:
    return message((10, name), *more)


def program(path: str) -> bytes:
    """An operation whose values lie in a file, in the block of another one."""
    value = message((2, message()), (5, message((1, path), (2, 64))))
    constant = message((1, "const"), (3, message((1, "w"))), (5, message((1, "val"), (2, value))))
    given = message((1, "cond"), (4, message((3, constant))))
    function = message((2, "CoreML5"), (3, message((1, "CoreML5"), (2, message((3, given))))))
    return message((1, 1), (2, message((1, "main"), (2, function))))


def linked(name: str, folders: str) -> bytes:
    return message((1, message((1, message((1, name))), (2, message((1, folders))))))


def manifest(*paths: str) -> bytes:
    items = {f"id {n}": {"author": "a", "name": "n", "path": path} for n, path in enumerate(paths)}
    return json.dumps(
        {"fileFormatVersion": "1.0.0", "itemInfoEntries": items, "rootModelIdentifier": "id 0"}
    ).encode()


def weights(*runs: bytes, hole: int = 0) -> bytes:
    """Runs of numbers; the last one claims ``hole`` bytes that are not written."""
    out = struct.pack("<II56x", len(runs), 2)
    for n, run in enumerate(runs):
        size = len(run) + (hole if n == len(runs) - 1 else 0)
        out += struct.pack("<4sIQQ40x", b"\xef\xbe\xad\xde", 1, size, len(out) + 64) + run
        out += bytes(-len(out) % 64) if n < len(runs) - 1 else b""
    return out
