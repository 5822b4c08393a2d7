"""Other versions of Python, which compile what these tests read. Nothing they compile is run."""

import base64
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests import npm

VERSIONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")

_COMPILE = """
import base64, json, marshal, sys
results = []
for source in json.load(sys.stdin):
    try:
        source = source if sys.version_info[0] > 2 else source.encode("utf-8")
        code = compile(source, "t.py", "exec")
        results.append(base64.b64encode(marshal.dumps(code)).decode("ascii"))
    except SyntaxError:
        results.append(None)
print(json.dumps(results))
"""
_LIBRARY = """
import os, json, zipfile
folder = os.path.dirname(os.__file__)
if os.path.isdir(folder):
    names = os.listdir(folder)
    read = lambda name: open(os.path.join(folder, name), "rb").read()
else:
    names, read = zipfile.ZipFile(folder).namelist(), zipfile.ZipFile(folder).read
wanted = [name for name in sorted(names) if name.endswith(".py") and "/" not in name]
print(json.dumps([[name, read(name).decode("latin-1")] for name in wanted]))
"""
WEB = Path(__file__).parents[2] / "npm" / "python.mjs"  # an interpreter of WEB_VERSION, if there is no other
WEB_VERSION = "3.14"


@cache
def interpreter(version: str) -> str | None:
    """The path of an interpreter of that version, if there is one."""
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return str(found[-1]) if found else shutil.which(f"python{version}")


def needed(version: str) -> str:
    """The interpreter, or the end of the test that needs it."""
    path = interpreter(version)
    if path is None and version == WEB_VERSION:
        npm.package("pyodide")
        return str(WEB)
    if path is None:
        pytest.skip(f"no interpreter of Python {version} here")
    return path


@cache
def compiled(version: str, sources: tuple[str, ...]) -> tuple[bytes | None, ...]:
    """The marshalled code of each source; None where that version does not know the syntax."""
    found = _ask(needed(version), _COMPILE, json.dumps(sources))
    return tuple(None if code is None else base64.b64decode(code) for code in json.loads(found))


def library(version: str) -> list[tuple[str, bytes]]:
    """The names and the marshalled code of the modules of its standard library."""
    sources = [
        (name, text) for name, text in json.loads(_ask(needed(version), _LIBRARY, "")) if text.isascii()
    ]
    codes = compiled(version, tuple(text for _, text in sources))
    return [(name, code) for (name, _), code in zip(sources, codes, strict=True) if code is not None]


def _ask(path: str, program: str, given: str) -> str:
    run = subprocess.run([path, "-c", program], input=given, capture_output=True, text=True, check=True)
    return run.stdout
