"""Objects of Python itself, written by Python itself, in every protocol: nothing to tell."""

import argparse
import array
import collections
import configparser
import csv
import datetime
import decimal
import difflib
import email.message
import fractions
import functools
import http
import inspect
import io
import ipaddress
import json.decoder
import logging
import marshal
import operator
import pathlib
import pickle
import random
import re
import signal
import socket
import statistics
import string
import subprocess
import textwrap
import time
import types
import typing
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree as ElementTree
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest

from scanner.finding import Verdict
from tests.quiet.scanning import scan, told


def _configuration() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read_string("[paths]\ndata = /etc/data\n")
    return parser


def _message() -> email.message.EmailMessage:
    message = email.message.EmailMessage()
    message["Subject"] = "results"
    message.set_content("see https://example.com/a")
    return message


def _cyclic() -> dict[str, Any]:
    inner: dict[str, Any] = {"rate": 0.1}
    inner["self"] = [inner]
    return inner


OBJECTS: dict[str, Callable[[], Any]] = {
    "plain": lambda: [1, 2.5, True, None, "é中", b"\xff\0", (1,), {1: 2}, {1}, 10**400, -5, 1j, ...],
    "cycle": _cyclic,
    "buffers": lambda: [bytearray(b"x" * 9000), b"y" * 9000, "z" * 9000],
    "ranges": lambda: [range(5), slice(1, 2, 3), complex(1, 2), frozenset({1}), NotImplemented],
    "types": lambda: [int, dict, object, type(None), len, collections.OrderedDict, str.upper, re.sub],
    "iterators": lambda: [iter([1]), iter({1: 2}), enumerate([1]), map(str, [1]), reversed([1])],
    "datetime": lambda: [datetime.datetime(2020, 1, 2), datetime.timedelta(1), datetime.UTC],
    "zoneinfo": lambda: zoneinfo.ZoneInfo("UTC"),
    "numbers": lambda: [decimal.Decimal("1.5"), fractions.Fraction(3, 7), statistics.NormalDist()],
    "uuid": lambda: uuid.UUID(int=5),
    "collections": lambda: [
        collections.deque([1], maxlen=5),
        collections.defaultdict(list, {1: [2]}),
        collections.Counter("hello"),
        collections.OrderedDict(a=1),
        collections.ChainMap({1: 2}),
        collections.UserDict(a=1),
    ],
    "patterns": lambda: [re.compile(r"a+(b)?", re.IGNORECASE), string.Template("$x")],
    "partials": lambda: [functools.partial(int, base=2), functools.partial(sorted, reverse=True)],
    "getters": lambda: [
        operator.attrgetter("a.b", "c"),
        operator.itemgetter(1, 2),
        operator.methodcaller("strip", "x"),
    ],
    "arrays": lambda: [array.array("d", [1, 2]), array.array("b", [1])],
    "random": lambda: random.Random(3),
    "exceptions": lambda: [ValueError("x", 1), OSError(2, "no such file", "f"), SystemExit(1)],
    "processes": lambda: [subprocess.CalledProcessError(1, ["ls"]), subprocess.CompletedProcess(["ls"], 0)],
    "paths": lambda: [pathlib.PurePosixPath("/home/a/data/train.csv"), pathlib.PureWindowsPath("c:\\x")],
    "enumerations": lambda: [http.HTTPStatus.OK, re.IGNORECASE, socket.AF_INET, signal.SIGINT],
    "addresses": lambda: [ipaddress.ip_address("192.0.2.1"), ipaddress.ip_network("192.0.2.0/24")],
    "namespaces": lambda: [types.SimpleNamespace(a=1), argparse.Namespace(cmd="python train.py --lr 1")],
    "logging": lambda: [logging.getLogger("a.b"), logging.Formatter("%(message)s")],
    "files": lambda: [io.BytesIO(b"abc"), io.StringIO("x"), time.gmtime(0)],
    "configuration": _configuration,
    "message": _message,
    "xml": lambda: ElementTree.fromstring('<a b="1"><c>t</c></a>'),
    "text": lambda: [difflib.SequenceMatcher(None, "a", "b"), csv.excel],
    "urls": lambda: [urllib.parse.urlparse("http://example.com/a"), urllib.request.Request("http://a.org")],
    "signature": lambda: inspect.signature(textwrap.dedent),
    "generics": lambda: [list[int], str | None, typing.Union],
}  # fmt: skip


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", OBJECTS)
def test_objects(name: str, protocol: int) -> None:
    try:
        content = pickle.dumps(OBJECTS[name](), protocol)
    except (TypeError, pickle.PicklingError) as error:
        pytest.skip(f"not for this protocol: {error}")
    assert told(content) == []


PYTHON_2 = {
    "bytes": b"\x80\x02]q\x00(U\x05caf\xc3\xa9q\x01U\x03\xff\xfe\x80q\x02e.",
    "text lines": b"(lp0\nS'caf\\xc3\\xa9'\np1\naVcaf\\xe9\np2\na.",
    "status": b"\x80\x02cos\n_make_stat_result\nq\x00(K\x01K\x02tq\x01}q\x02\x86q\x03Rq\x04.",
    "subprocess": b"\x80\x02ccommands\nCalledProcessError\nq\x00K\x01]q\x01U\x02lsq\x02a\x86q\x03Rq\x04.",
    "old class": b"(icollections\nOrderedDict\np0\n.",
}


@pytest.mark.parametrize("name", PYTHON_2)
def test_what_python_2_wrote(name: str) -> None:
    assert told(PYTHON_2[name]) == []


@pytest.mark.parametrize(
    "module", [argparse, csv, decimal, difflib, fractions, json.decoder, statistics, textwrap]
)
def test_its_modules_marshalled(module: types.ModuleType) -> None:
    source = pathlib.Path(module.__file__ or "").read_text("utf-8")
    assert told(marshal.dumps(compile(source, "<module>", "exec"))) == []


def _place(error: json.JSONDecodeError) -> int:
    return error.doc.count("\n", 0, error.pos) + sum([error.pos]).bit_length()


def test_methods_of_what_builtins_give_back() -> None:
    assert scan(marshal.dumps(_place.__code__)).verdict in (Verdict.CLEAN, Verdict.NOTE)
