"""Pickle streams written by hand, opcode by opcode. Payloads are inert: nobody loads them."""

import pickle
import struct
from typing import Any


def proto(version: int) -> bytes:
    """The header of protocols 2 and later."""
    return b"\x80" + bytes([version])


def glob(module: str, name: str) -> bytes:
    """GLOBAL: push ``module.name``."""
    return f"c{module}\n{name}\n".encode()


def text(value: str) -> bytes:
    """BINUNICODE: push a string."""
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def stack_global(module: bytes, name: bytes) -> bytes:
    """STACK_GLOBAL on two operands, given as opcodes."""
    return module + name + b"\x93"


def data(value: bytes) -> bytes:
    """BINBYTES8: push bytes, as large as they are."""
    return b"\x8e" + struct.pack("<Q", len(value)) + value


def args(*items: bytes) -> bytes:
    """MARK, the items, TUPLE."""
    return b"(" + b"".join(items) + b"t"


def call(callee: bytes, *items: bytes) -> bytes:
    """REDUCE with the items as arguments."""
    return callee + args(*items) + b"R"


def new(kind: bytes, *items: bytes) -> bytes:
    """NEWOBJ."""
    return kind + args(*items) + b"\x81"


def build(target: bytes, state: bytes) -> bytes:
    """BUILD."""
    return target + state + b"b"


def frame(payload: bytes, length: int | None = None) -> bytes:
    """FRAME, whose length may be a lie."""
    return b"\x95" + struct.pack("<Q", len(payload) if length is None else length) + payload


def plain(value: Any, protocol: int = 2) -> bytes:
    """The opcodes that Python's own pickler writes for harmless data, without header and STOP."""
    return pickle.dumps(value, protocol)[2:-1]


COMMAND = text("touch /tmp/pwned")
SYSTEM = call(glob("os", "system"), COMMAND)
"""``os.system("touch /tmp/pwned")``"""


def joblib_array(dtype: str, shape: tuple[int, ...], raw: bytes, padding: int | None = 3) -> bytes:
    """joblib's wrapper and the bytes that follow it; ``padding`` None is how old versions wrote it."""
    state = text("shape") + plain(shape) + text("dtype") + call(glob("numpy", "dtype"), text(dtype))
    if padding is not None:
        state += text("numpy_array_alignment_bytes") + b"K\x10"
        raw = bytes([padding]) + b"\xff" * padding + raw
    return build(new(glob("joblib.numpy_pickle", "NumpyArrayWrapper")), b"(" + state + b"d") + raw
