"""Finding the modules of a package by being there.

Formats, languages and rules are files, not entries in a list: in a security scanner a forgotten
registration would fail open.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def names(package: str) -> list[str]:
    """The names of the public modules and subpackages of ``package``, in alphabetical order."""
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    return sorted(module.name for module in found if not module.name.startswith("_"))


def modules(package: str) -> Iterator[ModuleType]:
    """The public modules and subpackages of ``package``, imported, in alphabetical order."""
    for name in names(package):
        yield importlib.import_module(f"{package}.{name}")
