"""Honest classes and functions of a notebook, which cloudpickle carries as bytecode."""

import collections
import contextlib
import dataclasses
import difflib
import enum
import fractions
import functools
import graphlib
import html.parser
import json
import math
import statistics
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any, Optional
from xml.etree import ElementTree

import attrs
import cloudpickle
import packaging.version
import pytest

from scanner.finding import Verdict
from tests.quiet.scanning import scan

QUIET = (Verdict.CLEAN, Verdict.NOTE)


def made() -> dict[str, Any]:
    """As they are defined in a cell: nothing of them can be imported."""

    class Proxy:
        def __init__(self, inner: object) -> None:
            super().__setattr__("_inner", inner)

        def __getattr__(self, name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)
            return getattr(self._inner, name)

        def __setattr__(self, name: str, value: object) -> None:
            setattr(self._inner, name, value)

    class Layer:
        def __init__(self, size: int) -> None:
            self.size = size
            self._hooks: dict[int, Callable[..., None]] = collections.OrderedDict()

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)

        def __call__(self, x: float) -> float:
            for hook in self._hooks.values():
                hook(self, x)
            return self.forward(x)

        def forward(self, x: float) -> float:
            return x * self.size

    class Residual(Layer):
        def __init__(self, size: int) -> None:
            super().__init__(size)
            self.scale = 1 / math.sqrt(size)

        def forward(self, x: float) -> float:
            return x + self.scale * super().forward(x)

        def __repr__(self) -> str:
            return f"{type(self).__name__}({super().__repr__().center(9)}, {self.size!r})"

        def __getstate__(self) -> dict[str, object]:
            return {name: value for name, value in self.__dict__.items() if name != "_hooks"}

        def __setstate__(self, state: dict[str, object]) -> None:
            self.__dict__.update(state)
            self._hooks = {}

    @dataclasses.dataclass
    class Config:
        name: str = "base"
        layers: list[int] = dataclasses.field(default_factory=lambda: [8, 8])

        def save(self) -> str:
            return json.dumps(dataclasses.asdict(self))

    class Split(enum.Enum):
        TRAIN = "train"
        TEST = "test"

    class Cleaner:
        def __init__(self) -> None:
            self.seen: collections.Counter[str] = collections.Counter()

        def fit(self, texts: list[str]) -> "Cleaner":
            try:
                self.seen.update(word for text in texts for word in text.lower().split())
            except AttributeError as error:
                raise TypeError(f"texts are needed: {error.args[0]}") from error
            return self

        @property
        def words(self) -> list[str]:
            return [word for word, _ in self.seen.most_common()]

        @staticmethod
        def clean(text: str) -> str:
            return " ".join(text.split())

    @contextlib.contextmanager
    def timed(log: list[float]) -> Iterator[None]:
        yield
        log.append(1.0)

    @functools.wraps(math.pow)
    def loss(a: float, b: float = 2.0) -> float:
        return math.pow(a - b, 2)

    def compose(*functions: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return functools.reduce(lambda f, g: lambda x: g(f(x)), functions)

    @dataclasses.dataclass(frozen=True)
    class Point:
        x: float
        parent: Optional["Point"] = None

        @classmethod
        def origin(cls) -> "Point":
            return cls(0.0)

        @staticmethod
        def norm(x: float) -> float:
            return abs(x)

    @attrs.frozen
    class Span:
        start: int
        stop: int = attrs.field(default=0, converter=int)

    Pair = collections.namedtuple("Pair", "left right")

    return {
        "frozen record": Point.origin(),
        "proxy": Proxy(Point.origin()),
        "attrs": Span(1),
        "tuple": Pair(1, 2),
        "layer": Residual(4),
        "class": Residual,
        "record": Config(),
        "choice": Split.TRAIN,
        "estimator": Cleaner().fit(["a b", "b"]),
        "context": timed,
        "wrapped": loss,
        "composed": compose(str.strip, str.lower),
        "generator": lambda rows: (row for row in rows if row),
        "namespace": types.SimpleNamespace(f=lambda x: x + 1),
    }


@pytest.mark.parametrize("name", made())
def test_it_needs_no_review(name: str) -> None:
    found = scan(cloudpickle.dumps(made()[name]))
    assert found.failure is None
    assert found.verdict in QUIET, [f.message for f in found.findings]


MODULES = [
    difflib,
    textwrap,
    statistics,
    fractions,
    json.decoder,
    html.parser,
    graphlib,
    packaging.version,
    ElementTree,
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_nor_does_anything_of_a_library(module: types.ModuleType) -> None:
    cloudpickle.register_pickle_by_value(module)
    try:
        for name, member in vars(module).items():
            if getattr(member, "__module__", "") == module.__name__ and isinstance(
                member, type | types.FunctionType
            ):
                found = scan(cloudpickle.dumps(member))
                assert (found.failure, found.verdict in QUIET) == (None, True), (name, found.findings)
    finally:
        cloudpickle.unregister_pickle_by_value(module)
