"""What the tests take from npm: ``make npm`` puts it below this directory, from a lock with hashes."""

import os
from pathlib import Path

import pytest

MODULES = Path(__file__).parent / "node_modules"


def package(name: str) -> Path:
    """Where the package ``name`` is; without it the calling test skips, or fails where all must run."""
    place = MODULES / name
    if not place.is_dir():
        advice = f"needs the npm package {name}: run `make npm`"
        if os.environ.get("MODELGATE_E2E") == "1":
            pytest.fail(advice)
        pytest.skip(advice)
    return place
