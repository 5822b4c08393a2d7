"""Keras checkpoints as their library writes them, without the library: a configuration, and HDF5."""

import io
import json
from collections.abc import Callable
from typing import Any

import h5py
import numpy

from tests.recipes.archives import zipped


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    """A configuration of Keras 3."""
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


def layer(name: str, module: str = "keras.layers", /, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def function(module: str, name: str, **more: Any) -> dict[str, Any]:
    """A function by reference."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name, **more}


def archive(config: dict[str, Any] | str) -> bytes:
    """A ``.keras`` file."""
    text = config if isinstance(config, str) else json.dumps(config)
    metadata = json.dumps({"keras_version": "3.8.0"})
    return zipped(
        {"metadata.json": metadata.encode(), "config.json": text.encode(), "model.weights.h5": weights()}
    )


def legacy(config: dict[str, Any], **options: Any) -> bytes:
    """An ``.h5`` file, the configuration in an attribute of the root."""
    return hdf5(lambda root: root.attrs.create("model_config", json.dumps(config).encode()), **options)


def weights() -> bytes:
    return hdf5(lambda root: root.create_dataset("layers/dense/vars/0", data=numpy.ones((3, 2), "f4")))


def hdf5(fill: Callable[[h5py.File], object], **options: Any) -> bytes:
    """An HDF5 file with what ``fill`` puts into it."""
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as root:
        fill(root)
    return file.getvalue()


def objects(*pickles: bytes, mark: tuple[str, str] = ("PSEUDOATOM", "object"), **options: Any) -> bytes:
    """A PyTables file with an array of objects, one pickle in each row of variable length."""

    def fill(root: h5py.File) -> None:
        kind = h5py.vlen_dtype(numpy.uint8)
        rows = root.create_dataset("table/rows", (0,), maxshape=(None,), dtype=kind, **options)
        rows.resize((len(pickles),))
        for number, content in enumerate(pickles):
            rows[number] = numpy.frombuffer(content, numpy.uint8)
        rows.attrs["CLASS"] = numpy.bytes_("VLARRAY")
        rows.attrs[mark[0]] = numpy.bytes_(mark[1])
        root.attrs["TITLE"] = numpy.bytes_("a title of some length")

    return hdf5(fill)


def linked(path: str) -> bytes:
    """A file in which weights are a link to another file."""
    return hdf5(lambda root: root.__setitem__("weights", h5py.ExternalLink(path, "/")))
