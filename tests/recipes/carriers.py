"""Ways for Python source to travel inside data, and be run by whoever loads the data."""

import base64
import gzip
import io
import json
import marshal
import shlex
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.recipes import keras_files
from tests.recipes.archives import COMPRESSED, npy, seven_zip, tarred, torch_zip, zipped
from tests.recipes.streams import Call, First, Global, Instance, New, Object, call, encode, stream

STATE = {"layer.weight": [0.1, 0.2], "layer.bias": [0.0], "epoch": 3}


def by_protocol(protocol: int) -> Callable[[str], bytes]:
    """``exec(source)`` by REDUCE in this protocol."""
    return lambda source: stream(call("builtins.exec", source), protocol)


def python2(source: str) -> bytes:
    return stream(call("__builtin__.eval", f"exec({source!r}) or dict()"), 0)


def object_opcode(source: str) -> bytes:
    return stream(Object(Global("builtins", "exec"), (source,)), 1)


def instance_opcode(source: str) -> bytes:
    return stream(Instance("builtins", "exec", (source,)), 0)


def shell_command(source: str) -> bytes:
    return stream(call("posix.system", f"python3 -c {shlex.quote(source)}"), 4)


def argument_list(source: str) -> bytes:
    return stream(call("subprocess.Popen", ["python3", "-c", source]), 4)


def compiled(source: str) -> bytes:
    code = call("builtins.compile", source, "<string>", "exec")
    return stream(Call(Global("builtins", "exec"), (code,)), 4)


def run_code(source: str) -> bytes:
    return stream(call("runpy._run_code", source, {}), 4)


def by_getattr(source: str) -> bytes:
    run = call("builtins.getattr", call("builtins.__import__", "builtins"), "exec")
    return stream(Call(run, (source,)), 4)


def by_map(source: str) -> bytes:
    return stream(call("builtins.list", call("builtins.map", Global("builtins", "exec"), [source])), 4)


def by_partial(source: str) -> bytes:
    return stream(Call(call("functools.partial", Global("builtins", "exec"), source), ()), 4)


def decoded(source: str) -> bytes:
    packed = call("zlib.decompress", zlib.compress(source.encode()))
    return stream(Call(Global("builtins", "exec"), (packed,)), 4)


def nested_loads(source: str) -> bytes:
    return stream(call("_pickle.loads", by_protocol(4)(source)), 4)


def nested_twice(source: str) -> bytes:
    return stream(call("pickle.loads", nested_loads(source)), 2)


def before_state(source: str) -> bytes:
    return stream(First((call("builtins.exec", source), STATE)), 2)


def inside_state(source: str) -> bytes:
    return stream(STATE | {"extra": call("builtins.exec", source)}, 2)


def in_ordered_dict(source: str) -> bytes:
    pairs = [("weight", 0.5), ("hook", call("builtins.exec", source))]
    return stream(call("collections.OrderedDict", pairs), 2)


def after_state(source: str) -> bytes:
    return stream(First((STATE, call("builtins.exec", source))), 2)


def stacked_first(source: str) -> bytes:
    return by_protocol(2)(source) + stream(STATE, 2)


def stacked_last(source: str) -> bytes:
    return stream(STATE, 2) + by_protocol(2)(source)


def broken_tail(source: str) -> bytes:
    return stream(call("builtins.exec", source), 2, end=b"0000\xff\xfe")


def torch_zip_of(pickle: Callable[[str], bytes]) -> Callable[[str], bytes]:
    return lambda source: torch_zip(pickle(source))


def torch_legacy(source: str) -> bytes:
    """Magic number, protocol, machine, the object, the storage keys, then raw storages."""
    head = stream(0x1950A86A20F9469CFC6C, 2) + stream(1001, 2) + stream({"little_endian": True}, 2)
    return head + inside_state(source) + stream([], 2)


def joblib_array(source: str) -> bytes:
    """A joblib file: an array wrapper, its raw bytes between the opcodes, then the payload."""
    dtype = encode(call("numpy.dtype", "f8", False, True), 2)
    wrapper = encode(New(Global("joblib.numpy_pickle", "NumpyArrayWrapper"), ()), 2)
    state = (
        b"(" + encode("subclass", 2) + encode(Global("numpy", "ndarray"), 2) + encode("shape", 2)
        + encode((2,), 2) + encode("order", 2) + encode("C", 2) + encode("dtype", 2) + dtype
        + encode("allow_mmap", 2) + encode(False, 2) + b"d"
    )  # fmt: skip
    array = wrapper + state + b"b" + struct.pack("<2d", 0.5, 1.5)
    return b"\x80\x02(" + array + encode(call("builtins.exec", source), 2) + b"t."


def zip_in_zip(source: str) -> bytes:
    return zipped({"inner/bundle.zip": torch_zip(by_protocol(2)(source))}, zipfile.ZIP_DEFLATED)


def object_array(source: str) -> bytes:
    return npy("'|O'", "(1,)", by_protocol(3)(source))


def archived_arrays(source: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.npy", object_array(source))
    return file.getvalue()


def lambda_layer(source: str) -> bytes:
    """The bytecode of a Lambda in a ``.keras`` archive, run while the layers are built."""
    code = marshal.dumps(eval(f"lambda x: exec({source!r}) or x", {}).__code__)
    function = {"class_name": "__lambda__", "config": {"code": base64.b64encode(code).decode()}}
    return keras_files.archive(keras_files.sequential(keras_files.layer("Lambda", function=function)))


def lambda_attribute(source: str) -> bytes:
    """The same in HDF5, as Keras 2 wrote it, around another builtin."""
    code = marshal.dumps(eval(f"lambda x: eval(compile({source!r}, '', 'exec'))", {}).__code__)
    layer = keras_files.layer("Lambda", function=[base64.b64encode(code).decode(), None, None])
    return keras_files.legacy(keras_files.sequential(layer))


def function_by_value(source: str) -> bytes:
    """A function made of its bytecode, as cloudpickle carries one, and called."""
    code = call("marshal.loads", marshal.dumps(compile(source, "<function>", "exec")))
    return stream(Call(call("types.FunctionType", code, {}), ()), 4)


def chat_template(source: str) -> bytes:
    """A template of a tokeniser that leaves its sandbox."""
    walk = f"{{{{ cycler.__init__.__globals__.__builtins__.exec({source!r}) }}}}"
    return json.dumps({"chat_template": walk}).encode()


def yaml_tag(source: str) -> bytes:
    return f"- !!python/object/apply:builtins.exec [{json.dumps(source)}]\n".encode()


CARRIERS: dict[str, Callable[[str], bytes]] = {
    **{f"exec, protocol {n}": by_protocol(n) for n in range(6)},
    "gzip": lambda source: gzip.compress(by_protocol(4)(source), mtime=0),
    "zlib": lambda source: zlib.compress(by_protocol(4)(source)),
    "lz4": lambda source: COMPRESSED["lz4"](by_protocol(4)(source)),
    "Zstandard": lambda source: COMPRESSED["zstd"](by_protocol(4)(source)),
    "7z": lambda source: seven_zip({"weights/data.pkl": by_protocol(2)(source)}),
    "7z of a torch ZIP": lambda source: seven_zip({"weights.pt": torch_zip(by_protocol(2)(source))}),
    "tar": lambda source: tarred({"pickle": by_protocol(2)(source)}),
    "torch ZIP, before the state": torch_zip_of(before_state),
    "torch ZIP, inside the state": torch_zip_of(inside_state),
    "torch ZIP, after the state": torch_zip_of(after_state),
    "torch ZIP, in an OrderedDict": torch_zip_of(in_ordered_dict),
    **{
        f.__name__.replace("_", " "): f
        for f in (
            python2, object_opcode, instance_opcode, shell_command, argument_list, compiled, run_code,
            by_getattr, by_map, by_partial, decoded, nested_loads, nested_twice, before_state, inside_state,
            in_ordered_dict, after_state, stacked_first, stacked_last, broken_tail, torch_legacy,
            joblib_array, zip_in_zip, object_array, archived_arrays, lambda_layer, lambda_attribute,
            function_by_value, chat_template, yaml_tag,
        )
    },
}  # fmt: skip
