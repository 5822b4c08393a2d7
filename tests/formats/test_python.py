"""Python source code by content."""

import pytest

from scanner.blob import Blob, BytesWindow
from scanner.formats import python
from scanner.limits import Budget
from scanner.site import Site, Step, Trigger
from tests.formats.unwrapping import blob, names, unwrap

PROGRAMS = [
    b"import os\n",
    b"print('hello')\n",
    b"\xef\xbb\xbffrom os import system as s\ns('echo')\n",
    b"# -*- coding: latin-1 -*-\nname = '\xe9'\nprint(name)\n",
    b"class A:\n    pass\n",
    b"run = breakpoint\nrun()\n",
    b"x: print('an annotation runs')\n",
    b"''.join(x)\n",
    b"[__import__('os').system('echo')]\n",
    b"#!/usr/bin/env python\nprint 'Python 2'\n",
]
DATA = [
    b'{"a": [1, 2, null], "b": "print(1) import os"}',
    b'{"text": "f(x)"}\n{"text": "def f(x): pass"}\n' * 50,
    b"# Title\n\nSome (bracketed) prose.\n\n    import os\n",
    b"a,b,c\n1,2,3\n",
    b"torch>=2.0\nnumpy==1.26.4\nrequests[socks]\n",
    b"name: x\non: [push]\njobs:\n  - run: print(1)\n",
    b"include(FeatureSummary)\n",
    b"[a link](target)\n",
    b"3.0 (native)\n",
    b"[section]\nkey = 'value'\n",
    b"FOO=1\nBAR=2\n",
    b"the\nquick\nbrown\nfox\n",
    b"\x00\x01print()",
]


@pytest.mark.parametrize("source", PROGRAMS)
def test_programs_whatever_they_are_called(source):
    assert "python" in names(source, "README.txt")


@pytest.mark.parametrize("data", DATA)
def test_data(data):
    assert "python" not in names(data)


def test_a_name_adds_suspicion():
    assert "python" in names(b"def broken(:\n", "loader.py")
    assert "python" not in names(b"def broken(:\n", "loader.txt")


def test_the_fragment_is_utf8():
    (fragment,) = unwrap("python", PROGRAMS[3])
    assert fragment.blob.read_at(0, 99).decode() == PROGRAMS[3].decode("latin-1")
    assert (fragment.language, fragment.trigger, fragment.script) == ("python", Trigger.IMPORT, True)


def test_another_encoding_hides_nothing():
    hidden = b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- os\n"
    assert "python" in names(hidden)
    (fragment,) = unwrap("python", hidden)
    assert b"import os" in fragment.blob.read_at(0, 99)


@pytest.mark.parametrize("codec", ["zlib", "rot13", "hex", "no-such", "uu"])
def test_only_text_encodings_are_decoded(codec):
    assert python.decode(f"# coding: {codec}\nimport os\n".encode()) is None


def test_a_constant_of_a_program_runs_when_that_program_says():
    steps = (Step(Site(("a",)), "exec"),)
    inside = Blob(("a", "constant"), BytesWindow(b"import os"), Trigger.CALL, steps)
    (fragment,) = python.unwrap(inside, Budget())
    assert (fragment.trigger, fragment.script) == (Trigger.CALL, False)


def test_deep_nesting_is_not_a_crash():
    assert isinstance(names(b"-" * 100_000 + b"f()"), list)
    assert isinstance(names(b"(" * 5000 + b")" * 5000), list)
    assert blob(b"x").size == 1
