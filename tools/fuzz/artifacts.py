"""The coverage-guided fuzzer: whatever the bytes, every reader that there is ends in a report.

An input is a byte that chooses the file's name, and the file. Formats, languages and rules are found as
the scanner finds them, so one that is new takes part by being there; its seed in
``tests/recipes/seeds.py`` leads the way in.
"""

import importlib
import pkgutil
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

import atheris

import scanner
from scanner.blob import Blob, BytesWindow
from scanner.examine import examine
from scanner.limits import Budget, Limits
from scanner.weights import described
from tests.recipes.seeds import SEEDS
from tools.fuzz import compare, pickles

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "fuzz"
NAMES = ("file.bin", "script.py", "data.pkl", "setup.sh", "notes.ipynb", "config.json", "template.jinja", "x")
LIMITS = Limits(parts=2000, read=64 << 20, unpacked=8 << 20, constant=1 << 20, steps=100_000, seconds=20)
MEMORY = 3 << 30  # bytes of address space, and more than a worker has
LONGEST = 1 + max(map(len, SEEDS.values()))  # bytes of an input
WEIGHTS = ("model.bin", "model.data-00000-of-00001")  # files of numbers that others describe
STREAMS = 64  # structured pickles among the seeds
HANG = 60  # seconds that one input may take
_READERS = ("analysis", "examine", "formats", "knowledge", "languages", "rules")


def everything() -> None:
    """Import every reader now: the scanner does it when a file needs one, which would not be watched."""
    for found in pkgutil.walk_packages(scanner.__path__, "scanner."):
        if found.name.split(".")[1] in _READERS:
            importlib.import_module(found.name)


class Alike:
    """Whatever is asked for has the same content."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open(self, paths: Sequence[str], /, *, large: bool = False) -> Blob:  # noqa: ARG002 - the interface
        return Blob((paths[0],), BytesWindow(self._content))


def try_one(data: bytes) -> None:
    """Raises when the scanner fails on the file, or calls clean what is not."""
    name, content = NAMES[(data or b"\0")[0] % len(NAMES)], data[1:]
    for weights in WEIGHTS:
        described(Blob((weights,), BytesWindow(b"")), Alike(content), Budget(LIMITS))
    report = examine(Blob((name,), BytesWindow(content)), LIMITS)
    if report.failure is not None:
        raise AssertionError(report.failure)
    if report.formats[:1] == ("pickle",) and (told := compare.differences(content)):
        raise AssertionError("; ".join(told))


def run(seconds: float, seed: int, one: Path | None) -> int:
    """Fuzz for so many seconds (ends the process), or try the input in the file ``one``."""
    if one is not None:
        try_one(one.read_bytes())
        return 0
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    corpus = CACHE / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, (name, content) in enumerate(SEEDS.items()):
        choice = NAMES.index(name) if name in NAMES else number % len(NAMES)
        (corpus / name.replace(" ", "-")).write_bytes(bytes([choice]) + content)
    for number in range(STREAMS):
        (corpus / f"stream-{number}").write_bytes(b"\0" + pickles.made(number))
    options = {
        "max_total_time": int(seconds), "seed": seed % (1 << 31) or 1, "max_len": LONGEST, "timeout": HANG,
        "rss_limit_mb": 0, "artifact_prefix": f"{CACHE}/", "print_final_stats": 1,
    }  # fmt: skip
    atheris.Setup([sys.argv[0], *(f"-{k}={v}" for k, v in options.items()), str(corpus)], try_one)
    atheris.Fuzz()
    return 0
