"""Finding the modules of a package by being there.

Formats, languages and rules are files, not entries in a list: in a security scanner a forgotten
registration would fail open.
"""

import importlib
import os
from collections.abc import Iterator
from types import ModuleType


def names(package: str) -> list[str]:
    """The names of the public modules and subpackages of ``package``, in alphabetical order."""
    (folder,) = importlib.import_module(package).__path__
    return sorted(
        entry.name.removesuffix(".py")
        for entry in os.scandir(folder)  # pkgutil takes longer to be imported than all of this
        if not entry.name.startswith("_") and (entry.name.endswith(".py") or _is_package(entry))
    )


def _is_package(entry: os.DirEntry[str]) -> bool:
    return os.path.exists(f"{entry.path}/__init__.py")  # noqa: PTH110 - the same goes for pathlib


def modules(package: str) -> Iterator[ModuleType]:
    """The public modules and subpackages of ``package``, imported, in alphabetical order."""
    for name in names(package):
        yield importlib.import_module(f"{package}.{name}")
