"""Ordinary objects, written by every Python that this machine has, from 2.7 on, in every protocol."""

import base64
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.finding import Verdict
from tests.quiet.scanning import scan

VERSIONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
# Runs in any of them: one line of base64 per pickle. What a version lacks is left out.
WRITER = r"""
import array, base64, collections, datetime, decimal, fractions, functools, logging, operator, pickle, random
import re, sys, time, types, uuid
class Plain(object):
    def __init__(self): self.me = [self]
    def method(self): return 1
class State(object):
    def __getstate__(self): return {"command": "see --help", "url": "https://host.example/x"}
    def __setstate__(self, state): self.__dict__.update(state)
class Old: pass
class Table(dict): pass
class Failure(Exception): pass
Point = collections.namedtuple("Point", "x y")
makers = [
    lambda: [1, 2.5, True, None, u"\xe9", b"\xff\0", (1,), {1: 2}, {1}, frozenset([2]), 10**400, -5, 1j],
    Plain, State, Old, lambda: Table(a=1), lambda: Failure("x"), lambda: Point(1, 2), lambda: Plain().method,
    lambda: collections.OrderedDict(a=1), lambda: collections.defaultdict(list, {1: [2]}),
    lambda: collections.Counter("abc"), lambda: collections.deque([1], 3), lambda: datetime.datetime(2020, 1, 1),
    lambda: datetime.timedelta(1), lambda: decimal.Decimal("1.5"), lambda: fractions.Fraction(1, 3),
    lambda: array.array("d", [1.0]), lambda: uuid.UUID(int=5), lambda: re.compile("a+"), lambda: random.Random(3),
    lambda: functools.partial(int, base=2), lambda: operator.itemgetter(1), lambda: [int, dict, len, Plain],
    lambda: range(5), lambda: slice(1, 2), lambda: bytearray(b"abc"), lambda: OSError(2, "x", "f"),
    lambda: logging.LogRecord("a", 10, "p.py", 3, "m", (), None), lambda: types.SimpleNamespace(a=1),
    lambda: iter([1]), lambda: map(str, [1]), lambda: zip([1], [2]), lambda: time.gmtime(0), lambda: Ellipsis,
    lambda: __import__("pathlib").Path("/a"), lambda: __import__("ipaddress").ip_address("192.0.2.1"),
]
dumps = [pickle.dumps, getattr(pickle, "_dumps", pickle.dumps)]
if sys.version_info[0] == 2:
    dumps.append(__import__("cPickle").dumps)
for dump in dumps:
    for make in makers:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            try:
                data = dump(make(), protocol)
            except Exception:
                continue
            print(base64.b64encode(data).decode("ascii"))
"""


def interpreter(version: str) -> str | None:
    """The Python of this version, from the path or from where pyenv keeps them."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for place in (*map(str, kept), *filter(None, [shutil.which(f"python{version}")])):
        if subprocess.run([place, "-c", ""], check=False, capture_output=True).returncode == 0:
            return place
    return sys.executable if version == ".".join(map(str, sys.version_info[:2])) else None


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_but_unknown_classes_is_noted(version: str) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"needs Python {version}")
    lines = subprocess.run([python, "-c", WRITER], check=True, capture_output=True, text=True).stdout.split()
    told = set()
    for data in map(base64.b64decode, sorted(set(lines))):
        report = scan(data)
        assert (report.failure, report.verdict in (Verdict.CLEAN, Verdict.NOTE)) == (None, True), (
            report.findings
        )
        told |= {finding.callee.partition(".")[0] for finding in report.findings}
    assert len(set(lines)) > 50
    assert told <= {"__main__"}
