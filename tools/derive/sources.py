"""Where the source is: interpreters on this machine, and distributions that pip downloads."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.knowledge.summaries import SHARED
from tools import benign

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "derive"
RUNS = CACHE / "runs"  # what deriving each package has cost here
LIST = Path(__file__).with_name("packages.txt")
PIP = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
PACKAGES = tuple(line for line in LIST.read_text("utf-8").split("\n") if line and not line.startswith("#"))
PLATFORMS = (
    "manylinux_2_28_x86_64",
    "manylinux_2_27_x86_64",
    "manylinux2014_x86_64",
    "manylinux_2_17_x86_64",
    "any",
)
OLDEST = (3, 8)
# The newest standard library for a machine without its interpreter: `make npm` installs it for the tests. It
# lacks what a browser cannot have (curses, dbm, tkinter), which older versions then speak for.
PYODIDE = ROOT / "tests" / "npm" / "node_modules" / "pyodide"
_VERSION = re.compile(r"3\.\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Source:
    """A version of a package: its top-level modules below ``root``."""

    version: str
    root: Path
    tops: dict[str, Path]

    @property
    def minor(self) -> str:
        """``3.11`` of ``3.11.7``."""
        return ".".join(self.version.split(".")[:2])


def standard_library() -> dict[str, list[Source]]:
    """That of every interpreter that pyenv or the runner of a workflow has installed, and Pyodide's when no
    interpreter has its minor version, oldest first."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    tools = Path(os.environ.get("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache")) / "Python"
    found: dict[tuple[int, ...], Source] = {}
    for home in (*pyenv.glob("*"), *(place / "x64" for place in tools.glob("*"))):
        version = next((part for part in (home.name, home.parent.name) if _VERSION.fullmatch(part)), "")
        numbers = tuple(map(int, version.split("."))) if version else ()
        root = home / "lib" / f"python{'.'.join(version.split('.')[:2])}"
        if numbers >= OLDEST and root.is_dir():
            found[numbers] = Source(version, root, tops(root))
    for numbers, source in _pyodide().items():
        if numbers[:2] not in {other[:2] for other in found}:
            found[numbers] = source
    return {"python": [source for _, source in sorted(found.items())]}


def _pyodide() -> dict[tuple[int, ...], Source]:
    if not PYODIDE.is_dir():
        return {}
    version = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))["info"]["python"]
    root = CACHE / "pyodide" / version
    with zipfile.ZipFile(PYODIDE / "python_stdlib.zip") as library:
        library.extractall(root)
    modules = {name: path for name, path in tops(root).items() if name not in _PYODIDES_OWN}
    return {tuple(map(int, version.split("."))): Source(version, root, modules)}


def tops(root: Path) -> dict[str, Path]:
    """The modules and packages right below a folder, and those in a namespace: a folder that has packages but
    no module (``google.auth``; PEP 420)."""
    found = (path for path in root.glob("*.py") if path.stem.isidentifier() and path.stem not in _OTHERS)
    files = {path.stem: path for path in found}
    return files | dict(_packages(root, "", SHARED))


def _packages(root: Path, above: str, deep: int) -> Iterator[tuple[str, Path]]:
    for path in root.iterdir():
        if not path.is_dir() or not path.name.isidentifier() or path.name in _OTHERS:
            continue
        if any(path.glob("*.py")):
            yield above + path.name, path
        elif deep > 1 and path.name not in _LEFTOVERS:
            yield from _packages(path, f"{above}{path.name}.", deep - 1)


_OTHERS = frozenset({
    "test", "tests", "__pycache__", "docs", "example", "examples", "benchmarks", "scripts", "config", "setup",
    "conftest", "test_community",
})  # fmt: skip
_PYODIDES_OWN = frozenset({"_pyodide", "pyodide"})
_LEFTOVERS = frozenset({"build", "sphinx"})  # folders of builds that wheels hold by mistake


def wheels(line: str) -> dict[str, list[Source]]:
    """The packages of a distribution by a line of the list; downloaded (never built, never installed) when it
    is not there yet. Raises :class:`subprocess.CalledProcessError` when there is no wheel of it."""
    name, *platforms = line.split()
    place = CACHE / name
    if not any(place.glob("*.whl")):
        options = [f"--platform={p}" for p in platforms or PLATFORMS]
        only = ["--only-binary", ":all:", "--python-version", "3.11"]
        subprocess.run([*PIP, *only, *options, name, "--dest", place], check=True)
    wheel = min(place.glob("*.whl"))
    root = benign.unpack(wheel, place / "unpacked")
    version = wheel.name.split("-")[1]
    return {top: [Source(version, root, {top: path})] for top, path in sorted(tops(root).items())}
