"""Checkpoints of frameworks that need not be installed here: what they name, as they write it."""

import pickle
import struct

import pytest

from tests.quiet.scanning import rules, told
from tests.recipes import archives
from tests.recipes.pickles import args, build, call, glob, new, plain, proto, text

NONE, TRUE, EMPTY = b"N", b"\x88", b"}"
STORAGE = args(text("storage"), glob("torch", "FloatStorage"), text("0"), text("cpu"), b"K\x10") + b"Q"
TENSOR = call(
    glob("torch._utils", "_rebuild_tensor_v2"), STORAGE, b"K\x00", args(b"K\x10"), args(b"K\x01"), TRUE,
    call(glob("collections", "OrderedDict")),
)  # fmt: skip
ARRAY = call(
    glob("numpy._core.multiarray", "_reconstruct"), glob("numpy", "ndarray"), args(b"K\x00"), plain(b"b")
)


def whole(value: bytes, version: int = 2) -> bytes:
    return proto(version) + value + b"."


def state(**values: bytes) -> bytes:
    return b"}(" + b"".join(text(name) + value for name, value in values.items()) + b"u"


def rebuilt(module: str, name: str) -> bytes:
    """An object as protocols 0 and 1 put it together."""
    return call(glob("copy_reg", "_reconstructor"), glob(module, name), glob("__builtin__", "object"), NONE)


CHECKPOINTS = {
    "tensors": state(weight=TENSOR, bias=TENSOR),
    "parameter": call(glob("torch._utils", "_rebuild_parameter"), TENSOR, TRUE, EMPTY),
    "module": build(new(glob("torch.nn.modules.linear", "Linear")), state(weight=TENSOR, training=TRUE)),
    "subclass": call(
        glob("torch._tensor", "_rebuild_from_type_v2"), glob("torch._utils", "_rebuild_tensor_v2"),
        glob("torch.nn.parameter", "Buffer"), args(STORAGE, b"K\x00"), EMPTY,
    ),
    "sampler": new(glob("torch.utils.data.sampler", "SequentialSampler")),
    "estimator": build(
        new(glob("sklearn.preprocessing._data", "StandardScaler")),
        state(mean_=ARRAY, _sklearn_version=text("1.7.0")),
    ),
    "estimator, protocol 0": build(
        rebuilt("sklearn.linear_model._logistic", "LogisticRegression"), state(coef_=ARRAY)
    ),
    "function kept": build(
        new(glob("sklearn.preprocessing._function_transformer", "FunctionTransformer")),
        state(func=glob("numpy", "log1p")),
    ),
    "column": build(new(glob("pandas.arrays", "IntegerArray")), state(_data=ARRAY)),
    "column type": call(glob("pandas", "StringDtype"), text("pyarrow")),
    "filter": call(glob("statsmodels.tsa.statespace._kalman_filter", "dKalmanFilter"), ARRAY),
    "bag of arguments": build(
        new(glob("argparse", "Namespace")), state(cmd=text("train.py"), url=text("https://example.com/a"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_checkpoints(name: str) -> None:
    assert told(whole(CHECKPOINTS[name])) == []
    assert told(archives.torch_zip(whole(CHECKPOINTS[name]))) == []


def test_functions_by_value_want_a_look_and_are_not_blocked() -> None:
    """dill fills the cells of a closure and names the classes that it makes."""
    cell = call(glob("dill._dill", "_create_cell"), NONE)
    fill = call(glob("builtins", "setattr"), cell, text("cell_contents"), b"K\x06")
    made = call(glob("dill._dill", "_create_type"), glob("builtins", "type"), text("A"), args(), EMPTY)
    name = call(glob("builtins", "setattr"), made, text("__qualname__"), text("A"))
    assert not rules(whole(fill)) & {"tampering", "code-on-load"}
    assert not rules(whole(name)) & {"tampering", "code-on-load"}


def test_a_module_by_reference_is_no_code() -> None:
    assert told(whole(call(glob("cloudpickle.cloudpickle", "subimport"), text("numpy")))) == []


def test_eight_bytes_that_are_no_frame() -> None:
    """A value of eight bytes that is 1, in front of an opcode with an argument, in a stream without
    frames: only after a FRAME opcode is it the length of one."""
    one = text("\x01\0\0\0\0\0\0\0")
    frame_like = text("\x95\x05\0\0\0\0\0\0\0")
    assert told(whole(b"]" + frame_like + b"a" + one + b"a" + call(glob("zlib", "crc32"), one) + b"a")) == []


def test_an_exported_archive_with_records_of_both_sizes() -> None:
    """PyTorch writes a 64-bit end record beside the other. Counted back from the wrong one, the
    directory would begin at its second entry when the first is as long as that record is."""
    content = archives.zipped({"exported/data/weights/weight_0": b"\0" * 64, "exported/version": b"1"})
    at = content.rfind(archives.END)
    count, size, offset = struct.unpack_from("<HII", content, at + 10)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, at, 1)
    assert len(record + locator) == 76  # and so is the first entry
    assert told(content[:at] + record + locator + content[at:], "a.pt2") == []


def bytes_of(storage: int) -> bytes:
    """What ``torch.storage._load_from_bytes`` is handed: a file of the old format with one storage."""
    head = [pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})]
    return b"".join(head) + TENSOR.join((b"\x80\x02", b".")) + pickle.dumps(["0"], 2) + (
        storage.to_bytes(8, "little") + bytes(4 * storage)
    )  # fmt: skip


@pytest.mark.parametrize("elements", [1, 80, 88, 640, 30_000])
def test_whole_modules_in_plain_pickles(elements: int) -> None:
    """A tensor is the bytes of a file then, whose numbers may look like anything, and there are many of them."""
    raw = bytes_of(elements)
    old = call(glob("_codecs", "encode"), text(raw.decode("latin-1")), text("latin1"))
    new = b"B" + struct.pack("<I", len(raw)) + raw
    for data in (old, new):
        tensor = call(glob("torch._utils", "_rebuild_tensor_v2"), call(glob("torch.storage", "_load_from_bytes"), data),
                      b"K\x00", args(), args(), TRUE, NONE)  # fmt: skip
        count = 300 if elements < 100 else 2
        assert told(whole(b"](" + tensor * count + b"e")) == []


def test_the_parameters_of_a_large_network_in_a_plain_pickle() -> None:
    raw = bytes_of(4)
    data = b"B" + struct.pack("<I", len(raw)) + raw
    tensor = call(glob("torch._utils", "_rebuild_tensor_v2"), call(glob("torch.storage", "_load_from_bytes"), data),
                  b"K\x00", args(), args(), TRUE, NONE)  # fmt: skip
    items = b"".join(text(f"blocks.{number}.weight") + tensor + b"s" for number in range(400))
    assert told(whole(call(glob("collections", "OrderedDict")) + items)) == []


def test_classes_of_old_files_are_persistent_objects() -> None:
    kind = (
        args(text("module"), glob("torch.nn.modules.linear", "Linear"), text("linear.py"), text("class …"))
        + b"Q"
    )
    assert told(whole(build(kind + args() + b"\x81", state(weight=TENSOR)))) == []
    command = args(text("module"), glob("os", "system"), NONE, NONE) + b"Q" + args(text("echo")) + b"R"
    assert "command-on-load" in rules(whole(command))
