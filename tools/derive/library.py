"""The modules and classes of a package, read from its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from scanner import ir
from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import OverBudget
from scanner.facts import Anomaly
from scanner.languages.python import lower
from scanner.limits import Budget
from scanner.site import Trigger
from tools.derive.domain import NOTHING, Parameter, Value, join

SKIPPED = frozenset({"test", "tests", "idle_test", "site-packages", "__pycache__", "lib2to3.tests"})
LARGEST = 2 << 20  # bytes of one module: beyond that it is a table


@dataclass(slots=True)
class Class:
    """``members`` by name, ``bases`` and ``meta`` as values; ``fields``: what its objects' attributes are."""

    name: str
    module: Module
    members: dict[str, Value]
    bases: tuple[Value, ...]
    meta: Value = NOTHING
    fields: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Code:
    """A function of a module or class: ``decorators`` in the order of the source; ``owner`` is its class."""

    name: str
    module: Module
    function: ir.Function
    defaults: dict[str, Value]
    owner: Class | None = None
    kind: str = "method"
    decorators: list[Value] = field(default_factory=list)

    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters, ``self`` included."""
        return tuple(
            Parameter(p.name, p.kind, _matters(self.defaults.get(p.name))) for p in self.function.params
        )


def _matters(default: Value | None) -> bool:
    """Whether leaving the parameter away is like handing over text."""
    return default is not None and bool(default.consts)


@dataclass(slots=True)
class Module:
    """``variables`` are those of its top level; ``lost`` says that not all of it could be read."""

    name: str
    path: str
    package: bool
    program: ir.Program | None
    variables: dict[str, Value] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    lost: bool = False

    def absolute(self, dotted: str) -> str:
        """The absolute name of a relative import."""
        relative = dotted.lstrip(".")
        if len(relative) == len(dotted):
            return dotted
        up = len(dotted) - len(relative) - self.package
        words = self.name.split(".")
        base = words[: len(words) - up] if up else words
        return ".".join([*base, relative] if relative else base)


def read(name: str, root: Path, path: Path) -> Module:
    """A module, lowered; nothing of it is run."""
    place = path.relative_to(root).as_posix()
    content = path.read_bytes()
    module = Module(name, place, path.name == "__init__.py", None)
    if len(content) > LARGEST:
        module.lost = True
        return module
    module.program, module.lost = _lowered(place, content)
    return module


@cache
def _lowered(place: str, content: bytes) -> tuple[ir.Program | None, bool]:
    """The program, and whether something of it was lost; once for the same module of several versions."""
    fragment = Fragment("python", Blob((place,), BytesWindow(content)), Trigger.IMPORT, script=True)
    program, lost = None, False
    try:
        for item in lower(fragment, Budget()):
            if isinstance(item, Anomaly):
                lost = True
            elif program is None:
                program = item
    except (OverBudget, RecursionError, MemoryError):
        lost = True
    return program, lost


def modules(tops: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """The modules below these packages by their dotted name; folders of tests are left out."""
    for top, place in sorted(tops.items()):
        if place.is_file():
            yield top, place
            continue
        for path in sorted(place.rglob("*.py")):
            words = path.relative_to(place).with_suffix("").parts
            if not SKIPPED.isdisjoint(words) or not all(word.isidentifier() for word in words):
                continue
            inside = words[:-1] if words[-1] == "__init__" else words
            if words[-1] != "__main__":
                yield ".".join([top, *inside]), path


def merged(old: Value | None, new: Value) -> Value:
    """What a variable may be after one more assignment."""
    return new if old is None else join([old, new])
