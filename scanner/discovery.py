"""Finding the modules of a package by being there.

Formats, languages and rules are files, not entries in a list: in a security scanner a forgotten
registration would fail open.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def modules(package: str) -> Iterator[ModuleType]:
    """The public modules and subpackages of ``package``, imported, in alphabetical order."""
    paths = importlib.import_module(package).__path__
    for name in sorted(m.name for m in pkgutil.iter_modules(paths)):
        if not name.startswith("_"):
            yield importlib.import_module(f"{package}.{name}")
