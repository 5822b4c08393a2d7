"""A small valid file of every kind that a reader reads: what mutations and fuzzing start from.

A test sees to it that every format has one, so that a new reader is tried like the others. The keys are
names for people, and for the few formats that go by the file's name.
"""

import importlib.util
import json
import marshal
import struct
import zipfile

import py7zr

from scanner.formats import riegeli
from tests.recipes import archives, columns, coreml, frameworks, graphs, keras_files, skops_files, tensors
from tests.recipes.archives import COMPRESSED, PICKLE
from tests.recipes.bundles import FLOAT, STRING, index
from tests.recipes.flatbuffers import tflite
from tests.recipes.protobufs import message
from tests.recipes.robjects import Function, Pairs, Promise, call, serialized, workspace
from tests.recipes.torch7 import BYTECODE, Object, Tensor, torch7
from tests.recipes.torch7 import Function as LuaFunction
from tests.recipes.xml import PLUGINS, document, openvino, pmml

MEMBERS = {"archive/data.pkl": PICKLE, "b": bytes(300), "c": b"import os\n" * 20}
CODE = marshal.dumps(compile("import os\nos.getcwd()\n", "<seed>", "exec"))
TENSOR = message((1, 1), (2, 1), (8, "w"), (13, message((1, "location"), (2, "/etc/hosts"))), (14, 1))
NODE = message((1, "w"), (2, "y"), (4, "Op"), (5, message((1, "s"), (4, "text" * 20))), (7, "vendor"))
COLUMNS = columns.schema(
    columns.column(b"x", {}, [columns.column(b"y", columns.extension(b"arrow.py_extension_type", PICKLE))])
)
CODE_OF_R = [
    Promise(call("system", "id")),
    Function(call("c", 1.0), ("x",), compiled=True),
    Pairs((("a", "b"),)),
]
LUA = Object("nn.Linear", {"weight": Tensor((1.0, 2.0)), "f": LuaFunction(BYTECODE), 1.0: "a text"})
SEEDS = {
    "stored zip": archives.zipped(MEMBERS),
    "deflated zip": archives.zipped(MEMBERS, zipfile.ZIP_DEFLATED),
    "bzip2 zip": archives.zipped(MEMBERS, zipfile.ZIP_BZIP2),
    "lzma zip": archives.zipped(MEMBERS, zipfile.ZIP_LZMA),
    "streamed zip": archives.streamed_zip(MEMBERS),
    "zip64": archives.zip64("wide", PICKLE),
    "unlisted": archives.unlisted(archives.zipped(MEMBERS), b"ghost", PICKLE),
    "tar": archives.tarred({**MEMBERS, "x" * 200: b"y"}),
    "sparse tar": archives.sparse_tar(PICKLE, 999),
    **{name: compress(PICKLE * 9) for name, compress in COMPRESSED.items()},
    "7z": archives.seven_zip(MEMBERS),
    "plain 7z": archives.plain_seven_zip("archive/data.pkl", PICKLE),
    "stored 7z": archives.seven_zip(MEMBERS, [{"id": py7zr.FILTER_COPY}]),
    "lzma": archives.lzma_alone(PICKLE * 9),
    "zfile": archives.zfile(PICKLE * 9),
    "npy": archives.npy("'|O'", "(1,)", PICKLE),
    "safetensors": archives.safetensors(
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', bytes(4)
    ),
    "yaml": b"a: &x !!python/object/apply:os.getcwd [1]\nb: {_target_: os.getpid, c: *x}\n",
    "hub config": b'{"auto_map": {"A": "b/c--d.E"}, "chat_template": [{"name": "n", "template": "{{ x }}"}]}',
    "arrow stream": columns.arrow_stream(COLUMNS),
    "old arrow stream": columns.arrow_stream(COLUMNS, marked=False),
    "arrow file": columns.arrow_file(COLUMNS),
    "feather": columns.feather_v1(b"text" * 20),
    "parquet": columns.parquet(
        bytes(9), metadata=columns.arrow_schema(COLUMNS), chunk={1: b"/etc/hosts"}, size=9
    ),
    "Core ML": coreml.coreml(coreml.NETWORK, coreml.network((500, coreml.custom("C")))),
    "Core ML program": coreml.coreml(coreml.PROGRAM, coreml.program("/etc/hosts")),
    "Core ML pipeline": coreml.coreml(coreml.PIPELINE, b"", (coreml.LINKED, coreml.linked("a", "b:c"))),
    "Core ML package": coreml.manifest("a", "../b"),
    "Core ML weights": coreml.weights(b"numbers", b"more"),
    "Torch7": torch7(LUA),
    "Torch7 in words": torch7(LUA, words=True),
    "PMML": document(pmml("<Extension>a text</Extension>"), "<!DOCTYPE r [<!ENTITY x SYSTEM 'y'>]>"),
    "OpenVINO": document(openvino('<rt_info><chat_template value="{{ x }}"/></rt_info>'), encoding="utf-16"),
    "OpenVINO's plug-ins": document(PLUGINS.format("x.so")),
    "msgpack": b"\x82\xa4kind\xa1O\xa3ext\xc7\x06\x01\x93\x01\xa1f\xc4\x00"
    + b"\x81\xa4data\xc4\x50"
    + PICKLE.ljust(80),
    "R object": serialized(CODE_OF_R),
    "R object as text": serialized(CODE_OF_R, form="A"),
    "R object as here": serialized(CODE_OF_R, form="B", version=2),
    "R workspace": workspace(x=CODE_OF_R, y=b"bytes" * 20),
    "gguf": b"GGUF" + struct.pack("<III", 1, 0, 1) + b"\1\0\0\0k" + struct.pack("<II", 8, 9) + b"{{ x.y }}",
    "onnx": message((1, 8), (7, message((1, NODE), (5, TENSOR), (2, "main"))), (8, message((2, 18)))),
    "onnx tensor": TENSOR,
    "tflite": tflite(("FlexReadFile", b"\x12\x08ReadFile", [0]), ("Op", b"", [100]), texts=("/etc/hosts",)),
    "saved graph": graphs.saved(
        graphs.graph(
            graphs.const("c", "/etc/hosts", "b", packed=True),
            graphs.node("call", "If", "x", "c", then_branch=graphs.called("f")),
            functions=(graphs.function("f", ["p"], graphs.node("r", "ReadFile", "p")),),
        ),
        (6, graphs.asset("a", "vocab.txt")),
        (7, graphs.captured("f", "c")),
    ),
    "checkpoint index": index(("a/w", FLOAT, 0, 64), ("b/text", STRING, 64, 9)),
    "fingerprint": message(*((n, 1 << 60) for n in range(1, 6)), (7, "uuid")),
    "graph as text": b'# x\nnode { name: "r" op: "ReadFile" input: ["p"] } versions < producer: -1 >',
    "records": riegeli.SIGNATURE + bytes(40),
    "objects in hdf5": keras_files.objects(b"\x80\x02N.", PICKLE, compression="gzip", shuffle=True),
    "keras metadata": message(
        (1, message((3, "root"), (4, "_tf_keras_layer"), (5, '{"class_name": "A", "config": {}}')))
    ),
    "hdf5": keras_files.legacy(keras_files.sequential(keras_files.layer("Dense", units=1))),
    "new hdf5": keras_files.legacy(keras_files.sequential(), libver="latest"),
    "keras": json.dumps(keras_files.sequential(keras_files.function("os", "system"))).encode(),
    "skops": json.dumps(
        skops_files.sequence(
            skops_files.called(skops_files.node("FunctionNode", "os", "getcwd")),
            skops_files.mapping(a=skops_files.value([1, {"b": 2}])),
        )
    ).encode(),
    "shard index": b'{"metadata": {}, "weight_map": {"a": "../part-1.bin", "b": "part-2.bin"}}',
    "modules": b'[{"idx": 0, "name": "0", "path": "x", "type": "torch.jit"}]',
    "xgboost": tensors.ubj(tensors.booster(note="x" * 99)),
    "xgboost json": json.dumps(tensors.booster()).encode(),
    "xgboost binary": tensors.binary_booster(),
    "lightgbm": tensors.lightgbm(),
    "catboost": tensors.catboost(parts=bytes(9), params="x" * 99),
    "mxnet": tensors.symbol({"op": "Custom", "name": "c", "attrs": {"op_type": "own"}}),
    "mxnet params": tensors.whole(tensors.parameters(name=b"x" * 300)),
    "executorch": tensors.whole(
        tensors.executorch("aten::add", "own::x", delegates=("Own",), segments=(b"a" * 9, PICKLE))
    ),
    "engine": tensors.engine(tensors.ELF, b'{"a": 1}'),
    "plain engine": tensors.engine(),
    "exported program": json.dumps(frameworks.program("x + 1", "x > 0")).encode(),
    "Paddle program": frameworks.pdmodel("save", "out/weights"),
    "newer Paddle program": frameworks.pir("save", "out/weights", nested=True),
    "Paddle parameters": tensors.whole(frameworks.pdiparams()),
    "notebook": json.dumps({"cells": [{"cell_type": "code", "source": ["!ls\n"]}], "nbformat": 4}).encode(),
    "pickle": b"\x80\x04\x95\x20\0\0\0\0\0\0\0" + PICKLE,
    "image": b"\x89PNG\r\n\x1a\n" + bytes(30),
    "executable": b"\x7fELF\x02\x01\x01" + bytes(60),
    "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12\n" % (b"0" * 64),
    "template.jinja": b"{% for m in messages %}{{ m['content'] | trim }}{% endfor %}",
    "marshal": CODE,
    "pyc": importlib.util.MAGIC_NUMBER + bytes(12) + CODE,
    "python": b"# coding: latin-1\nimport os\nos.getcwd()\n",
}
