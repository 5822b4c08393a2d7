"""What lies beside checkpoints: settings, pictures, sounds, compiled Python and C, data of R, pointers."""

import argparse
import importlib.util
import marshal
import pathlib
import py_compile
import shutil
import tempfile
import wave
from collections import OrderedDict
from pathlib import Path

import hyperpyyaml
import numpy
import pandas
import pip
import rdata
import yaml
from array_record.python.array_record_module import ArrayRecordWriter
from dulwich.lfs import LFSFilterDriver, LFSStore
from omegaconf import OmegaConf
from PIL import Image

numbers = numpy.random.default_rng(0)
MODULES = ("argparse", "bisect", "colorsys", "csv", "fractions", "json.decoder", "statistics", "textwrap")


def settings() -> None:
    """YAML, also with the tags and keys that name what is Python's."""
    training = {"model": {"layers": [64, 64], "dropout": 0.1}, "seed": 1, "paths": {"data": "./data"}}
    linear = {"_target_": "torch.nn.Linear", "in_features": 8, "out_features": "${width}"}
    optimiser = {"class_path": "torch.optim.AdamW", "init_args": {"lr": 0.001}}
    Path("plain.yaml").write_text(yaml.safe_dump(training))
    Path("documents.yml").write_text(yaml.safe_dump_all([training, {"seed": 2}]))
    Path("tuple.yaml").write_text(yaml.dump({**training, "size": (224, 224)}))
    Path("set.yaml").write_text(yaml.dump({**training, "names": {"a", "b"}, "content": b"bytes"}))
    Path("ordered.yaml").write_text(yaml.dump(OrderedDict(training)))
    Path("namespace.yaml").write_text(yaml.dump(argparse.Namespace(**training)))
    Path("path.yaml").write_text(yaml.dump({"data": pathlib.PurePosixPath("data")}))
    Path("class_path.yaml").write_text(yaml.safe_dump({"optimizer": optimiser}))
    OmegaConf.save({**training, "name": "${oc.env:USER}"}, "omegaconf.yaml")
    OmegaConf.save({"width": 4, "network": linear}, "target.yaml")
    with Path("hyper.yaml").open("w") as file:
        hyperpyyaml.dump_hyperpyyaml({**training, "size": (1, 2)}, file)


def media() -> None:
    picture = Image.fromarray(numbers.integers(0, 255, (32, 32, 3), "u1"))
    for suffix in ("png", "jpg", "gif", "bmp", "tiff", "webp", "ico", "pdf"):
        picture.save(f"picture.{suffix}")
    with wave.open("sound.wav", "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(numbers.integers(-999, 999, 8000, "i2").tobytes())


def compiled() -> None:
    """Modules of the standard library by its own compiler, libraries and programs as they were installed."""
    for number, name in enumerate(MODULES):
        source = importlib.util.find_spec(name).origin
        mode = tuple(py_compile.PycInvalidationMode)[number % 3]
        py_compile.compile(source, f"{name}.pyc", name, invalidation_mode=mode)
        code = compile(Path(source).read_bytes(), name, "exec")
        Path(f"{name}.marshal").write_bytes(marshal.dumps(code))
    for package, pattern in ((numpy, "*.so"), (pip, "*.exe")):
        for path in sorted(Path(package.__file__).parent.rglob(pattern))[:5]:
            shutil.copy(path, path.name)


def data() -> None:
    """Objects and workspaces of R, records of Riegeli."""
    columns = {"x": [1.5, 2.0], "n": [1, 2], "s": ["a", None], "f": pandas.Categorical(["u", "v"])}
    values = {
        "frame": pandas.DataFrame(columns),
        "numbers": numbers.normal(size=(3, 4)),
        "integers": numpy.arange(9),
        "text": "a text",
        "nested": {"a": [1, "b", None, True], "c": {"d": 2.5 + 1j}},
    }
    for name, value in values.items():
        rdata.write_rds(f"{name}.rds", value)
        rdata.write_rds(f"{name}-ascii.rds", value, file_format="ascii", compression=None)
    rdata.write_rda("workspace.RData", values, compression="xz")
    for count in range(1, 6):
        writer = ArrayRecordWriter(f"{count}.array_record", "group_size:1")
        for number in range(count * 10):
            writer.write(b"record %d" % number)
        writer.close()


def pointers() -> None:
    """What Git LFS leaves in the place of files."""
    with tempfile.TemporaryDirectory() as folder:
        driver = LFSFilterDriver(LFSStore.create(folder))
        for name in ("model.safetensors", "model.onnx", "pytorch_model.bin", "weights.h5", "tokenizer.model"):
            Path(name).write_bytes(driver.clean(numbers.bytes(999)))


settings()
media()
compiled()
data()
pointers()
