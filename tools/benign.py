"""An index of the checkpoints and dataset scripts inside packages on this disk, for false-alarm runs.

    python tools/benign.py PACKAGE... > index.tsv

``PACKAGE`` is a wheel, an sdist, or a directory. Archives are unpacked below ``.cache/benign`` (once; a
directory that is there already is taken as it is), and each candidate becomes a line: package, path
below the cache or directory, bytes, SHA-256. Which packages to look at is the caller's choice; nothing is
fetched.
"""

import argparse
import hashlib
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "benign"
SUFFIXES = {
    ".arrow", ".bin", ".bz2", ".cbm", ".ckpt", ".dill", ".feather", ".gguf", ".gz", ".gzip", ".h5", ".hdf5",
    ".jinja", ".jit", ".joblib", ".keras", ".lzma", ".mar", ".model", ".msgpack", ".nemo", ".npy", ".npz",
    ".onnx", ".params", ".parquet", ".pb", ".pbtxt", ".pickle", ".pk", ".pkl", ".plzma", ".pt", ".pt2",
    ".pte", ".pth", ".ptl", ".rds", ".safetensors", ".skops", ".t7", ".tflite", ".ubj", ".xz",
}  # fmt: skip
PICKLE_STARTS = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
BUILDERS = (b"GeneratorBasedBuilder", b"ArrowBasedBuilder", b"BeamBasedBuilder")
LARGEST = 4 << 30  # bytes that one archive may unpack to


def main(arguments: list[str] | None = None) -> int:
    """Print the index, and how much that was to standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(",", 1)[0])
    parser.add_argument(
        "packages", nargs="+", type=Path, metavar="PACKAGE", help="a wheel, an sdist or a directory"
    )
    packages: list[Path] = parser.parse_args(arguments).packages
    total = 0
    for package in packages:
        root = package if package.is_dir() else unpack(package, CACHE / package.name)
        for path in candidates(root):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            name = str(path.relative_to(root)).encode("unicode_escape").decode()
            print(package.name, name, path.stat().st_size, digest, sep="\t")
            total += 1
    print(f"{total} candidates in {len(packages)} packages", file=sys.stderr)
    return 0


def unpack(archive: Path, target: Path) -> Path:
    """The content of ``archive`` as the directory ``target``, which appears complete or not at all."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as container:
                within(archive, sum(member.file_size for member in container.infolist()))
                container.extractall(name)  # drops absolute paths and `..`, makes no links
        else:
            with tarfile.open(archive) as container:
                within(archive, sum(member.size for member in container))
                container.extractall(name, filter="data")
        shutil.copytree(name, target, symlinks=True)
    return target


def within(archive: Path, size: int) -> None:
    """Refuse what would fill the disk."""
    if size > LARGEST:
        raise SystemExit(f"{archive} unpacks to {size:,} bytes, more than {LARGEST:,}")


def candidates(root: Path) -> Iterator[Path]:
    """Regular files that look like checkpoints, by suffix or first bytes, or like dataset scripts."""
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix.lower() in SUFFIXES:
            yield path
        elif path.suffix == ".py":
            if any(builder in path.read_bytes() for builder in BUILDERS):
                yield path
        else:
            with path.open("rb") as file:
                if file.read(2) in PICKLE_STARTS:
                    yield path


if __name__ == "__main__":
    sys.exit(main())
