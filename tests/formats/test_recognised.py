"""Formats that are known by sight, text, notebooks, and bytes that are several things at once."""

import json

import pytest

from scanner.formats import identify, polyglots
from tests.formats.unwrapping import blob, complaints, names, unwrap
from tests.recipes.archives import PICKLE, zipped

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d" * 32 + b"\nsize 12345\n"
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(90)
UNREAD = {
    "lfs": POINTER,
    "executable": b"\x7fELF\2\1\1" + bytes(90),
}


@pytest.mark.parametrize("name", UNREAD)
def test_content_that_is_not_read_is_reported(name):
    assert name in names(UNREAD[name])
    assert complaints(unwrap(name, UNREAD[name])) == ["unsupported"]


def test_a_pointer_says_how_to_fetch_what_it_stands_for():
    assert "git lfs pull" in unwrap("lfs", POINTER)[0].message
    assert "4d4d4d4d4d4d" in unwrap("lfs", POINTER)[0].message
    assert "lfs" not in names(POINTER + bytes(2000))


def test_a_superblock_behind_a_user_block():
    assert names(bytes(2048) + HDF5) == ["hdf5"]
    assert names(bytes(8192) + HDF5) == ["hdf5"]
    assert names(bytes(1000) + HDF5) == []


@pytest.mark.parametrize(
    "head",
    [
        b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0",
        b"MZqFpD='\n" + bytes(60),
        b"\xcf\xfa\xed\xfe\7\0\0\1\3\0\0\0\2\0\0\0",
        b"\xca\xfe\xba\xbe\0\0\0\2",
    ],
)
def test_native_programs(head):
    assert names(head) == ["executable"]


@pytest.mark.parametrize("head", [b"MZ" + b"\x3c" * 90, b"\xca\xfe\xba\xbe\0\0\0\x41", b"BM" + b"\x17" * 60])
def test_short_magic_numbers_prove_nothing(head):
    assert not {"executable", "media"} & set(names(head))


@pytest.mark.parametrize(
    "head", [b"\x89PNG\r\n\x1a\n\0", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\1\2\3\4WAVEfmt "]
)
def test_media(head):
    assert names(head + bytes(40)) == ["media"]


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        "h\u00e9llo, w\u00f6rld".encode(),
        b"caf\xe9 au lait, s'il vous plait",
        "\ufeffwide".encode("utf-16"),
        "\u6f22\u5b57 ".encode("shift-jis") * 60,
    ],
)
def test_text(data):
    assert names(data) == ["text"]


@pytest.mark.parametrize(
    "data", [b"", b"\0\1\2", b"text at first\n" * 400 + b"\0\1\2", bytes(range(128, 256))]
)
def test_not_text(data):
    assert "text" not in names(data)


def test_a_character_may_be_cut_by_the_head():
    assert names(b"a" * 4095 + "\u00e9".encode() * 5) == ["text"]


def notebook(*cells: str) -> bytes:
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps(
        {"cells": [{"cell_type": "markdown", "source": "import this"}, *code], "nbformat": 4}
    ).encode()


def test_cells_are_one_program():
    data = notebook("import os", "os.getcwd()")
    assert set(names(data)) == {"notebook", "text"}
    (fragment,) = unwrap("notebook", data)
    assert fragment.blob.read_at(0, 99) == b"import os\n\nos.getcwd()"
    assert fragment.script


@pytest.mark.parametrize(
    ("cell", "call"),
    [
        ("!echo hi", "get_ipython().system('echo hi')"),
        ("files = !ls\n", "files = get_ipython().getoutput('ls')\n"),
        ("%cd /", "get_ipython().run_line_magic('cd', '/')"),
        ("%%bash -e\necho hi", "get_ipython().system('echo hi')"),
        ("%%html\n<b>hi</b>", "get_ipython().run_cell_magic('html', '', '<b>hi</b>')"),
        ("%%capture\n!echo hi", "get_ipython().system('echo hi')"),
        ("%%script bash --bg\necho hi", "__import__('subprocess').run('bash', input='echo hi')"),
        ("%%writefile -a x.py\nimport os", "open('x.py', 'w').write('import os')"),
        ("%timeit -n1 -r 3 f(x)", "exec('f(x)')"),
        ("%pip install x", "get_ipython().system('pip install x')"),
        ("%run -i x.py --y 1", "__import__('runpy').run_path('x.py')"),
        ("!echo a \\\n  b", "get_ipython().system('echo a    b')"),
        ("x = (7\n% 3)", "x = (7\n% 3)"),
    ],
)
def test_magics_become_calls(cell, call):
    (fragment,) = unwrap("notebook", notebook(cell))
    assert fragment.blob.read_at(0, 999).decode() == call


def test_a_broken_notebook():
    assert complaints(unwrap("notebook", b'{"nbformat": 4, "cells": [')) == ["Malformed"]


def test_old_notebooks():
    sheets = [{"cells": [{"cell_type": "code", "input": "import os"}]}]
    (fragment,) = unwrap("notebook", json.dumps({"worksheets": sheets, "nbformat": 3}).encode())
    assert fragment.blob.read_at(0, 99) == b"import os"


def test_several_things_at_once():
    double = blob(PICKLE + zipped({"a": b""}))
    (anomaly,) = polyglots(double, identify(double))
    assert anomaly.kind == "polyglot"
    assert "pickle and zip" in anomaly.message
    source = blob(b"import os\n")
    assert not list(polyglots(source, identify(source)))
