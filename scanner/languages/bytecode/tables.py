"""What the numbers in the code of each version mean; written by ``tools/opcodes.py``."""

import tomllib
from functools import cache
from importlib import resources
from typing import TypeAlias

from msgspec import Struct

from scanner.languages.bytecode.marshal import Layout

Version: TypeAlias = tuple[int, int]

VERSIONS: dict[Layout, tuple[Version, ...]] = {
    Layout.PYTHON_2: ((2, 7),),
    Layout.KEYWORD_ONLY: ((3, 6), (3, 7)),
    Layout.POSITIONAL_ONLY: ((3, 8), (3, 9), (3, 10)),
    Layout.FAST_LOCALS: ((3, 11), (3, 12), (3, 13), (3, 14)),
}


class Table(Struct, frozen=True):
    """The opcodes of one version.

    ``names`` are by number, ``caches`` code units by name; ``specialised`` are the numbers that only
    a running interpreter writes over those of ``names``.
    """

    version: Version
    magic: int
    have_argument: int
    names: dict[int, str]
    specialised: dict[int, str]
    caches: dict[str, int]
    compare: tuple[str, ...]
    binary: tuple[str, ...]
    intrinsic_1: tuple[str, ...]
    intrinsic_2: tuple[str, ...]


@cache
def table(version: Version) -> Table:
    """The table of one version of :data:`VERSIONS`."""
    name = "{}.{}.toml".format(*version)
    text = (resources.files("scanner.knowledge") / "opcodes" / name).read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return Table(
        version,
        raw["magic"],
        raw["have_argument"],
        {number: word for word, number in raw["opcodes"].items()},
        {number: word for word, numbers in raw.get("specialised", {}).items() for number in numbers},
        raw.get("caches", {}),
        tuple(raw["compare"]),
        tuple(raw.get("binary", ())),
        tuple(raw.get("intrinsic_1", ())),
        tuple(raw.get("intrinsic_2", ())),
    )


@cache
def magics() -> dict[int, Version]:
    """The version that each magic number of a ``.pyc`` file stands for."""
    return {table(v).magic: v for versions in VERSIONS.values() for v in versions}


def layout_of(version: Version) -> Layout:
    """How that version lays out its code objects."""
    return next(layout for layout, versions in VERSIONS.items() if version in versions)
