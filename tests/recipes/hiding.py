"""Where a pickle stands that no honest writer puts there: a place in a file, for any stream."""

import pickle
import random
import struct
from collections.abc import Callable

from tests.recipes.archives import (
    NUMBERS,
    annotated,
    npy,
    padded_with,
    png,
    safetensors,
    tarred,
    torch_zip,
    zipped,
)

TENSOR = b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
NOISE = random.Random(5).randbytes(3 << 20)
PROSE = b"A note on the weights in this folder, and on how they were made.\n" * 40


def between_storages(stream: bytes) -> bytes:
    """PyTorch's oldest form: the second storage's pickle stands behind the first one's numbers."""
    key = b"\x80\x02(X\x01\x00\x00\x000X\x03\x00\x00\x00cpuctorch\nFloatStorage\nt."
    numbers = struct.pack("<q", 3000) + bytes(12000)
    return _oldest(storages=pickle.dumps(2, 2) + key + numbers + stream)


def between_tensors(stream: bytes) -> bytes:
    """The same in the list of tensors: behind the shape of the first one."""
    tensor = pickle.dumps((0, 0, None), 2) + struct.pack("<i4xqqq", 1, 3000, 1, 0)
    return _oldest(tensors=pickle.dumps(2, 2) + tensor + stream)


def _oldest(**changed: bytes) -> bytes:
    nothing = pickle.dumps(0, 2)
    members = {"sys_info": pickle.dumps({"protocol_version": 1000}, 2), "pickle": pickle.dumps({}, 2)}
    return tarred(members | {"storages": nothing, "tensors": nothing} | changed)


def in_storage(content: bytes) -> bytes:
    """A checkpoint of which the numbers of one tensor begin so."""
    return torch_zip(NUMBERS, {"0": bytes(64), "1": content + NOISE})


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "behind a picture": lambda stream: png() + stream,
    "in a chunk of a picture": lambda stream: png(b"key\0" + stream),
    "behind safetensors": lambda stream: safetensors(TENSOR, bytes(4) + stream),
    "in front of a ZIP": lambda stream: stream + zipped({"a": b"x"}),
    "behind a ZIP": lambda stream: zipped({"a": b"x"}) + stream,
    "in a ZIP comment": lambda stream: zipped({"a": b"x"}, comment=stream),
    "in a member's comment": lambda stream: annotated(comment=stream),
    "in an extra field": annotated,
    "in the padding of a torch ZIP": lambda stream: annotated(stream, kind=0x4246),
    "at the start of a storage": in_storage,
    "in the first numbers of a storage": lambda stream: in_storage(NOISE[:200] + stream),
    "in the padding of a tar": padded_with,
    "behind a tar": lambda stream: tarred({"a": b"x"}) + stream,
    "behind an array": lambda stream: npy("'<f4'", "(2,)", bytes(8) + stream),
    "behind a GGUF": lambda stream: b"GGUF\3\0\0\0" + bytes(400) + stream,
    "behind protobuf": lambda stream: b"\x08\x07\x12\x07pytorch" + bytes(100) + stream,
    "behind text": lambda stream: PROSE + stream,
    "inside noise": lambda stream: NOISE + stream + NOISE[:999],
    "behind an honest pickle": lambda stream: pickle.dumps({"a": 1}, 2) + bytes(99) + stream,
    "behind the object array of another": lambda stream: npy(
        "'|O'", "(1,)", pickle.dumps([1], 2) + npy("'|O'", "(1,)", stream)
    ),
    "between old storages": between_storages,
    "between old tensors": between_tensors,
}
