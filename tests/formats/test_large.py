"""Files of 1 GB, mostly holes: of every format of tensors less than a hundredth is read.

Those that come with their own recipe are beside their other tests (``…_are_not_read``).
"""

import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import blocked_for, scan, scan_file
from tests.recipes.archives import PICKLE, npy, safetensors
from tests.recipes.flatbuffers import flatbuffer
from tests.recipes.frameworks import pdiparams
from tests.recipes.protobufs import message, varint
from tests.recipes.sparse import holes
from tests.recipes.tensors import Pieces, whole

GB = 1 << 30
ROOT = Path(__file__).resolve().parents[2]


def around(number: int, *, before: bytes, size: int) -> bytes:
    """The start of a protobuf field whose content begins with ``before`` and goes on for ``size`` bytes."""
    return varint(number << 3 | 2) + varint(len(before) + size) + before


def constant(size: int) -> bytes:
    """The start of a TensorFlow graph of one constant of ``size`` bytes."""
    tensor = message((1, 1)) + around(4, before=b"", size=size)
    entry = message((1, "value")) + around(2, before=around(8, before=tensor, size=size), size=size)
    node = message((1, "w"), (2, "Const")) + around(5, before=entry, size=size)
    return around(1, before=node, size=size)


def saved_model(size: int) -> bytes:
    return message((1, 1)) + around(2, before=around(2, before=constant(size), size=size), size=size)


def gguf(*places: int, size: int, kind: int = 0) -> bytes:
    """The header for tensors of ``size`` bytes each, which start at ``places``."""
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(places), 0)
    for place in places:
        head += struct.pack("<QsIQIQ", 1, b"w", 1, size // 4, kind, place)
    return head + bytes(-len(head) % 32)


def tflite(size: int) -> Pieces:
    """A graph with one buffer of ``size`` bytes."""
    numbers = b"weights " * 2
    graph = flatbuffer({0: 3, 1: [{3: 1}], 2: [{}], 4: [{}, {0: numbers}]}, b"TFL3")
    at = graph.rindex(numbers)
    return [graph[: at - 4] + struct.pack("<I", size), size, graph[at + len(numbers) :]]


def floats(size: int) -> bytes:
    return npy("'<f4'", f"({size // 4},)", b"")


def npz(size: int) -> Pieces:
    """A stored member, whose checksum nobody takes."""
    array, name = floats(size), b"weights.npy"
    length = len(array) + size
    local = struct.pack("<4sH8xIIIHH", b"PK\3\4", 20, 0, length, length, len(name), 0) + name
    entry = struct.pack("<4sHH8xIIIH16x", b"PK\1\2", 20, 20, 0, length, length, len(name)) + name
    end = struct.pack("<4s4xHHIIH", b"PK\5\6", 1, 1, len(entry), len(local) + length, 0)
    return [local + array, size, entry + end]


def tensors(size: int) -> bytes:
    header = {"a": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}
    return safetensors(json.dumps(header).encode())


# A vector of doubles behind the header of R's serialisation.
NUMBERS_OF_R = b"X\n" + struct.pack(">5i", 2, 0x40200, 0x20300, 14, GB // 8)


def of(pieces: Pieces) -> Callable[[Path], object]:
    return lambda path: holes(path, pieces)


def of_library(recipe: str) -> Callable[[Path], object]:
    """Ten arrays by a recipe of ``make bench``, which puts classes of its own in the place of the library's:
    in another process, so that they do not stay."""
    program = (
        "import sys; from pathlib import Path; from tools.bench import recipes\n"
        f"recipes.{recipe}(Path(sys.argv[1]), 10, {GB // 10})"
    )
    return lambda path: subprocess.run([sys.executable, "-c", program, path], check=True, cwd=ROOT)


FILES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a.safetensors": ("safetensors", of([tensors(GB), GB])),
    "a.gguf": ("gguf", of([gguf(0, size=GB), GB])),
    "a.npy": ("numpy", of([floats(GB), GB])),
    "a.npz": ("zip", of(npz(GB))),
    "graph.pb": ("tensorflow", of([constant(GB), GB])),
    "saved_model.pb": ("tensorflow", of([saved_model(GB), GB])),
    "a.pdiparams": ("paddle-params", of(pdiparams(GB))),
    "a.rds": ("r-data", of([NUMBERS_OF_R, GB])),
    "a.tflite": ("tflite", of(tflite(GB))),
    "zip.pt": ("pytorch-zip", of_library("torch_zip")),
    "legacy.pt": ("pickle", of_library("torch_legacy")),
    "a.joblib": ("pickle", of_library("joblib")),
}


@pytest.mark.parametrize("name", FILES)
def test_tensors_are_not_read(name: str, tmp_path: Path) -> None:
    kind, write = FILES[name]
    write(tmp_path / name)
    found = scan_file(tmp_path / name)
    assert (found.verdict, found.failure) == (Verdict.CLEAN, None)
    assert kind in found.formats
    assert found.size >= GB - 100
    assert found.bytes_read < found.size // 100


def test_the_archive_is_one_that_python_reads(tmp_path: Path) -> None:
    holes(tmp_path / "a.npz", npz(1 << 20))
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert archive.infolist()[0].file_size == (1 << 20) + len(floats(1 << 20))


BESIDE: dict[str, bytes] = {
    "between tensors of GGUF": whole([gguf(0, 4096, size=64), 64, PICKLE, 4096 - 64 - len(PICKLE), 64]),
    "in front of the tensors of GGUF": whole([gguf(4096, size=64), PICKLE, 4096 - len(PICKLE), 64]),
    "in a tensor of GGUF of a type that nobody knows": gguf(0, size=4096, kind=99) + PICKLE + bytes(4096),
    "behind the end of a broken GGUF": gguf(0, size=1 << 20) + PICKLE + bytes(99),
    "behind the buffers of TFLite": whole(tflite(1 << 17)) + PICKLE + bytes(99),
}


@pytest.mark.parametrize("data", BESIDE.values(), ids=BESIDE)
def test_what_stands_beside_the_numbers_is_searched(data: bytes) -> None:
    assert blocked_for(scan(data, "weights.bin")) == {"code-execution"}
