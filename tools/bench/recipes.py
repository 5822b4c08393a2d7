"""The files that are scanned, made without the frameworks that write such files. Weights are holes.

``python recipes.py NAME PATH`` makes one: in a process of its own, because what a process has needed is
inherited, as a figure, by the processes that it starts.
"""

import io
import os
import pickle
import shutil
import sys
import sysconfig
import types
import zipfile
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy

MB = 1 << 20
GB = 1 << 30
HEAD = 1 << 12  # bytes of a storage that are not zeros
MALICIOUS = b"cposix\nsystem\n(S'echo " + b"x" * 73 + b"'\ntR."
HARMLESS = pickle.dumps({"name": "x" * 73, "layers": 12})


class Sparse(io.FileIO):
    """A file in which runs of zeros become holes, so that a gigabyte of weights takes no disk."""

    def write(self, data: Any) -> int:
        if len(data) > 1 << 16 and not any(memoryview(data)[:64]):
            return self.skip(len(data))
        return super().write(data)

    def skip(self, size: int) -> int:
        """Zeros, of which nothing is written but the last."""
        self.seek(size - 1, os.SEEK_CUR)
        super().write(b"\0")
        return size


class Called:
    """An object that is pickled as a call of ``callee`` with ``args``."""

    def __init__(self, callee: Any, *args: object) -> None:
        self._reduced = callee, args

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return self._reduced


class Hole:
    """A bytes object of ``size`` zeros."""

    def __init__(self, size: int) -> None:
        self.size = size


class Raw:
    """An array as joblib writes it: the wrapper, and behind its state the bytes themselves."""

    def __init__(self, size: int) -> None:
        self.size = size


class Storage:
    """What ``torch.save`` gives a persistent id."""

    def __init__(self, key: int, size: int) -> None:
        self.key, self.size = key, size


@cache
def name(path: str) -> Any:
    """A class of that dotted name, for the pickler to refer to."""
    module, _, last = path.rpartition(".")
    made = type(last, (), {"__module__": module})
    for parent in accumulate(module.split("."), "{}.{}".format):
        sys.modules.setdefault(parent, types.ModuleType(parent))
    setattr(sys.modules[module], last, made)
    return made


class Pickler(pickle._Pickler):  # type: ignore[misc, name-defined] # the one that can be extended
    """Writes holes, joblib's arrays and torch's storages."""

    file: Sparse

    def __init__(self, file: Any, protocol: int, storage: Callable[[Storage], object] | None = None) -> None:
        super().__init__(file, protocol)
        self.file, self._storage = file, storage

    def persistent_id(self, obj: object) -> object:
        return self._storage(obj) if self._storage and isinstance(obj, Storage) else None

    def save(self, obj: object, save_persistent_id: bool = True) -> None:
        match obj:
            case Hole(size=size):
                self.write(pickle.BINBYTES8 + size.to_bytes(8, "little"))
                self.file.skip(size)
            case Raw(size=size):
                wrapper = name("joblib.numpy_pickle.NumpyArrayWrapper")()
                wrapper.subclass, wrapper.dtype = numpy.ndarray, numpy.dtype("u1")
                wrapper.shape, wrapper.order, wrapper.allow_mmap = (size,), "C", True
                wrapper.numpy_array_alignment_bytes = 16
                super().save(wrapper, save_persistent_id)
                padding = 16 - (self.file.tell() + 1) % 16
                self.write(bytes([padding]) + b"\xff" * padding)
                self.file.skip(size)
            case _:
                super().save(obj, save_persistent_id)


# --- plain streams ---------------------------------------------------------------------------------


def mixed() -> bytes:
    """A list of two million numbers, texts and Nones."""
    return pickle.dumps([(n, n / 3, f"text {n}", None)[n % 4] for n in range(2_000_000)])


def nested() -> bytes:
    """Three hundred thousand dictionaries in a tree."""
    return pickle.dumps([{f"{n}-{m}": {"m": m} for m in range(999)} for n in range(300)])


def graph() -> bytes:
    """A million nodes: objects whose state is set, each with a link to an earlier one."""
    nodes: list[types.SimpleNamespace] = []
    for n in range(1_000_000):
        nodes.append(types.SimpleNamespace(id=n, parent=nodes[0] if nodes else None))
    return pickle.dumps(nodes)


def array() -> bytes:
    """One array of 100 MB."""
    return pickle.dumps(numpy.zeros(100_000_000, numpy.uint8), protocol=4)


# --- containers ------------------------------------------------------------------------------------


def state_dict(tensors: int, size: int) -> dict[str, Called]:
    """A state dictionary of ``tensors`` tensors of ``size`` bytes each."""
    rebuild = name("torch._utils._rebuild_tensor_v2")
    shape = (size // 4,)
    return {
        f"layer.{n}.weight": Called(rebuild, Storage(n, size), 0, shape, (1,), False, {})
        for n in range(tensors)
    }


class Pipe:
    """A file that can only be written to, so that sizes follow the content, as in PyTorch's own archives."""

    def __init__(self, file: io.FileIO) -> None:
        self.write, self.flush = file.write, file.flush


def torch_zip(path: Path, tensors: int, size: int) -> None:
    """What ``torch.save`` writes: each storage begins with numbers like those of a trained layer."""
    kind = name("torch.FloatStorage")
    stream = io.BytesIO()
    storage = lambda s: ("storage", kind, str(s.key), "cpu", s.size // 4)  # noqa: E731
    Pickler(stream, 2, storage).dump(state_dict(tensors, size))
    weights = numpy.random.default_rng(0).normal(0, 0.02, (tensors, min(size, HEAD) // 4))
    zeros = bytes(size - weights[0].size * 4)
    with Sparse(path, "w") as file, zipfile.ZipFile(Pipe(file), "w") as archive:  # type: ignore[call-overload]
        archive.writestr("archive/data.pkl", stream.getvalue())
        archive.writestr("archive/byteorder", "little")
        for n in range(tensors):
            with archive.open(f"archive/data/{n}", "w") as member:
                member.write(weights[n].astype(numpy.float32).tobytes())
                member.write(zeros)
        archive.writestr("archive/version", "3\n")


def torch_legacy(path: Path, tensors: int, size: int) -> None:
    """What ``torch.save`` wrote before version 1.6: five pickles, then the storages."""
    kind = name("torch.FloatStorage")
    with Sparse(path, "w") as file:
        for head in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}):
            pickle.dump(head, file, 2)
        storage = lambda s: ("storage", kind, str(s.key), "cpu", s.size // 4, None)  # noqa: E731
        Pickler(file, 2, storage).dump(state_dict(tensors, size))
        pickle.dump([str(n) for n in range(tensors)], file, 2)
        for _ in range(tensors):
            file.write((size // 4).to_bytes(8, "little"))
            file.skip(size)


def joblib(path: Path, arrays: int, size: int) -> None:
    """What ``joblib.dump`` writes: arrays in the middle of the stream."""
    with Sparse(path, "w") as file:
        Pickler(file, 3).dump({f"array {n}": Raw(size) for n in range(arrays)})


def npy(path: Path, objects: int, size: int) -> None:
    """What ``numpy.save`` writes for an array of objects: a pickle behind a header."""
    values = numpy.empty(objects, object)
    values[:] = [Hole(size) for _ in range(objects)]
    with Sparse(path, "w") as file:
        header = {"descr": "|O", "fortran_order": False, "shape": values.shape}
        numpy.lib.format.write_array_header_1_0(file, header)
        Pickler(file, 3).dump(values)


def folder(path: Path, files: int) -> None:
    """Small checkpoints, no two alike."""
    path.mkdir()
    for n in range(files):
        torch_zip(path / f"{n}.pt", 2 + n % 7, 256)


def scripts(path: Path) -> None:
    """Modules that people wrote, of the length of a dataset script."""
    path.mkdir()
    for module in Path(sysconfig.get_paths()["stdlib"]).glob("*.py"):
        if module.read_bytes().count(b"\n") in SCRIPT_LINES:
            shutil.copy(module, path)


def writing(make: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(make())


STREAMS: dict[str, Callable[[Path], object]] = {
    "2 M mixed values in a list": writing(mixed),
    "300 K nested dictionaries": writing(nested),
    "1 M objects in a graph": writing(graph),
    "one array of 100 MB": writing(array),
}
CONTAINERS: dict[str, Callable[[Path], object]] = {
    "PyTorch ZIP of 1 GB, 2,000 tensors": lambda path: torch_zip(path, 2_000, GB // 2_000),
    "PyTorch legacy of 1 GB, 2,000 tensors": lambda path: torch_legacy(path, 2_000, GB // 2_000),
    "joblib of 1 GB, 10 arrays": lambda path: joblib(path, 10, GB // 10),
    "npy of 1 GB, 10 objects": lambda path: npy(path, 10, GB // 10),
    "PyTorch ZIP of 10 GB, 500 tensors": lambda path: torch_zip(path, 500, 10 * GB // 500),
}
FOLDER = "a folder of 2,000 small checkpoints"
SCRIPTS = "modules of the standard library"
SCRIPT_LINES = range(50, 300)
FOLDERS = {FOLDER: "checkpoints", SCRIPTS: "scripts"}
ALL: dict[str, Callable[[Path], object]] = {
    "malicious": writing(lambda: MALICIOUS),
    "harmless": writing(lambda: HARMLESS),
    **STREAMS,
    **CONTAINERS,
    FOLDER: lambda path: folder(path, 2_000),
    SCRIPTS: scripts,
}
# Peers go by the extension.
_EXTENSIONS = {"PyTorch": ".pt", "joblib": ".joblib", "npy": ".npy"}


def file_name(what: str) -> str:
    """How the file called ``what`` is called on disk."""
    if what in FOLDERS:
        return FOLDERS[what]
    return "file" + _EXTENSIONS.get(what.partition(" ")[0], ".pkl")


def main(arguments: Iterable[str]) -> None:
    what, path = arguments
    ALL[what](Path(path))


if __name__ == "__main__":
    main(sys.argv[1:])
