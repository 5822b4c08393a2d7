"""The vocabulary: which kinds of effects there are, and which roles an argument can have."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct


class Kind(Struct, frozen=True):
    """A word that rules and tables share.

    ``severity_class`` says what such an effect is when a checkpoint has it: ``runs`` code or
    programs, ``acts`` on the world, ``reads`` from it, ``resolves`` names to objects, or ``quiet``.
    """

    name: str
    severity_class: str
    meaning: str


class Vocabulary(Struct, frozen=True):
    """The kinds by name, and the roles with their meaning."""

    kinds: Mapping[str, Kind]
    roles: Mapping[str, str]


def read_vocabulary(path: Path) -> Vocabulary:
    """The two tables of ``kinds.toml``."""
    tables = tomllib.loads(path.read_text("utf-8"))
    kinds = {
        name: Kind(name, severity_class, meaning)
        for severity_class, rows in tables["kinds"].items()
        for name, meaning in rows.items()
    }
    return Vocabulary(kinds, tables["roles"])
