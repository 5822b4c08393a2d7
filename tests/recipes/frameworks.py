"""Files as frameworks write them, around any pickle stream or any Python source."""

import json
import pickle
import struct
from collections.abc import Callable
from typing import Any, TypeAlias

from tests.recipes.archives import npy, tarred, torch_zip, zipped
from tests.recipes.protobufs import message
from tests.recipes.streams import Build, First, Global, New, Raw, call, stream

Members: TypeAlias = dict[str, bytes]

WEIGHTS = stream({}, 2)
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, 62) + bytes(64)
FORMULA = "Mul(Integer(3), Symbol('s77', positive=True, integer=True))"


def mar(handler: str, weights: bytes = WEIGHTS, name: str = "handler.py") -> bytes:
    """TorchServe's archive: a manifest that names a handler and its weights."""
    names = {"modelName": "digits", "serializedFile": "digits.pt", "handler": name, "modelVersion": "1.0"}
    manifest = {"runtime": "python", "model": names, "archiverVersion": "0.12.0"}
    members = {"MAR-INF/MANIFEST.json": json.dumps(manifest).encode(), name: handler.encode()}
    return zipped(members | {"digits.pt": torch_zip(weights)})


def program(formula: str, *guards: str) -> dict[str, Any]:
    """The document of an exported program with one size that is not known before."""
    size = {"as_expr": {"expr_str": formula, "hint": {"as_int": 12}}}
    graph = {"inputs": [], "nodes": [], "sym_int_values": {"mul": size}}
    return {"graph_module": {"graph": graph}, "opset_version": {"aten": 10}, "guards_code": guards}


def exported(
    inputs: bytes = WEIGHTS, *, formula: str = FORMULA, guard: str = "True", more: Members | None = None
) -> bytes:
    """What ``torch.export.save`` writes."""
    members = {
        "digits/data/weights/weight_0": bytes(24),
        "digits/data/weights/model_weights_config.json": b'{"config": {}}',
        "digits/models/model.json": json.dumps(program(formula, guard)).encode(),
        "digits/data/sample_inputs/model.pt": torch_zip(inputs),
        "digits/archive_format": b"pt2",
        "digits/archive_version": b"0",
        "digits/byteorder": b"little",
        "digits/.data/version": b"6\n",
    }
    return zipped(members | (more or {}))


def compiled_program(library: bytes = ELF) -> bytes:
    """The same, compiled ahead of time: its loader opens the library."""
    return exported(more={"digits/data/aotinductor/model/wrapper.so": library})


def mobile(member: str, content: bytes) -> bytes:
    """``_save_for_lite_interpreter``: bytecode beside the module."""
    instructions = ("instructions", (("STOREN", 1, 2), ("MOVE", 1, 0), ("RET", 0, 0)))
    table = (instructions, ("operators", ()), ("constants", ()), ("types", ()), ("register_size", 2))
    bytecode = pickle.dumps((8, ("__torch__.Net.forward", table)), 2)
    module = stream(Build(New(Global("__torch__", "Net"), ()), {"training": False}), 2)
    members = {
        "data.pkl": module,
        "constants.pkl": b"\x80\x02).",
        "bytecode.pkl": bytecode,
        "version": b"3\n",
    }
    return zipped({f"net/{name}": data for name, data in (members | {member: content}).items()})


STORAGE = stream((1, "cpu", Global("torch", "FloatStorage")), 2) + struct.pack("<q", 4) + bytes(16)
TENSOR = stream((10, 1, Global("torch", "FloatTensor")), 2) + struct.pack("<i4xqqq", 1, 4, 1, 0)
STATE = b"\x80\x02}X\x06\x00\x00\x00weightU\x0210Qs."


def oldest(**changed: bytes) -> bytes:
    """PyTorch's first form, a tar archive; ``torch.load`` 2.13 reads it. One tensor of four numbers."""
    members = {
        "sys_info": pickle.dumps({"protocol_version": 1000, "little_endian": True}, 2),
        "pickle": STATE,
        "storages": pickle.dumps(1, 2) + STORAGE + pickle.dumps([], 2),
        "tensors": pickle.dumps(1, 2) + TENSOR,
    }
    return tarred(members | changed)


def wrapped_array(filename: str, *, module: str = "joblib.numpy_pickle") -> Build:
    """What joblib before 0.10 put in the place of an array, which lies in a file of its own."""
    state = {"filename": filename, "subclass": Global("numpy", "ndarray"), "allow_mmap": True}
    return Build(New(Global(module, "NDArrayWrapper"), ()), state)


def beside_arrays(value: Any, module: str = "joblib.numpy_pickle") -> bytes:
    """The main file of an old joblib dump, with something beside the array."""
    return stream(First((wrapped_array("forest.pkl_01.npy", module=module), value)), 2)


def object_array(content: bytes) -> bytes:
    """The file of an old joblib dump in which an array of objects lies."""
    return npy("'|O'", "(1,)", content)


def paddle(*values: Any) -> bytes:
    """``paddle.save``: parameters as pairs of a name and an array, other tensors by way of ``eval``."""
    array = call("numpy.core.multiarray._reconstruct", Global("numpy", "ndarray"), (0,), b"b")
    tensor = call("builtins.eval", "data", {"data": array})
    return stream(
        {"weight": call("builtins.tuple", ("linear_0.w_0", array)), "mean": tensor, "more": [*values]}, 4
    )


def _field(number: int, content: bytes) -> bytes:
    """A protobuf field that has a length."""
    length = len(content)
    varint = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return bytes([number << 3 | 2]) + varint + content


def pdmodel(kind: str, path: str) -> bytes:
    """A Paddle program of two operators, one of which names a file."""
    attribute = _field(1, b"file_path") + b"\x10\x02" + _field(5, path.encode())
    relu = _field(3, b"relu") + _field(4, _field(1, b"op_role") + b"\x10\x00\x18\x00")
    operator = _field(1, _field(1, b"X") + _field(2, b"w")) + _field(3, kind.encode()) + _field(4, attribute)
    root = b"\x08\x00\x10" + b"\xff" * 9 + b"\x01" + _field(4, relu) + _field(4, operator)
    return _field(1, root) + _field(4, b"\x08\x00")


def pir(kind: str, path: str, *, nested: bool = False) -> bytes:
    """The same program as PaddlePaddle 3 writes it, the operator in a branch if it is ``nested``."""

    def operator(name: str, inside: list[Any], **attributes: str) -> dict[str, Any]:
        given = [{"AT": {"#": "0.a_str", "D": value}, "N": key} for key, value in attributes.items()]
        return {"#": name, "A": given, "I": [], "O": [], "OA": []} | ({"regions": inside} if inside else {})

    def region(*operators: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"#": "region_0", "blocks": [{"#": "block_0", "args": [], "ops": [*operators]}]}]

    parameter = {"#": "p", "A": [0, 1, 1, "w_0"], "DA": [], "O": {"%": 1}}
    found = operator(f"1.{kind}", [], **{"filename" if kind == "read_file" else "file_path": path})
    ops = [parameter, operator("1.relu", [], struct_name="/ReLU/")]
    ops.append(operator("1.if", region(found)) if nested else found)
    base = {"magic": "pir", "trainable": True, "version": 4}
    return json.dumps({"base_code": base, "program": {"regions": region(*ops)}}).encode()


def pdiparams(size: int = 16, kind: int = 5) -> list[bytes | int]:
    """Two of PaddlePaddle's tensors, the first of them of ``size`` bytes."""
    first, second = message((1, kind), (2, size // 4)), message((1, 3), (2, 1), (2, 1))
    head = [bytes(16) + len(each).to_bytes(4, "little") + each for each in (first, second)]
    return [head[0], size, head[1] + bytes(8)]


def raw(content: bytes) -> Raw:
    """The opcodes of a stream of protocol 2, to stand inside another."""
    return Raw(content[2:-1])


CARRIERS: dict[str, Callable[[bytes], bytes]] = {
    "weights of a .mar": lambda content: mar("import os\n", content),
    "inputs of a .pt2": exported,
    "weights of a .pt2": lambda content: exported(more={"digits/data/weights/weight_1": torch_zip(content)}),
    "objects of a .pt2": lambda content: exported(more={"digits/data/constants/custom_obj_0": content}),
    "bytecode of a .ptl": lambda content: mobile("bytecode.pkl", content),
    "module of a .ptl": lambda content: mobile("data.pkl", content),
    "debug information of a .ptl": lambda content: mobile("code/__torch__.py.debug_pkl", content),
    "oldest PyTorch, object": lambda content: oldest(pickle=content),
    "oldest PyTorch, system": lambda content: oldest(sys_info=content),
    "oldest PyTorch, number of storages": lambda content: oldest(storages=content),
    "oldest PyTorch, second storage": lambda content: oldest(storages=pickle.dumps(2, 2) + STORAGE + content),
    "oldest PyTorch, views": lambda content: oldest(storages=pickle.dumps(1, 2) + STORAGE + content),
    "oldest PyTorch, second tensor": lambda content: oldest(tensors=pickle.dumps(2, 2) + TENSOR + content),
    "old joblib, main file": lambda content: beside_arrays(raw(content)),
    "old joblib of sklearn": lambda content: beside_arrays(
        raw(content), "sklearn.externals.joblib.numpy_pickle"
    ),
    "old joblib, file beside": object_array,
    "Paddle": lambda content: paddle(raw(content)),
}
