"""Compiled files and marshalled code objects."""

import importlib.util
import marshal

import pytest

from scanner.blob import Fragment
from tests.formats.unwrapping import names, unwrap
from tests.languages.bytecode.interpreters import VERSIONS, compiled

CODE = marshal.dumps(compile("import os\nos.getcwd()\n", "t.py", "exec"))
PYC = importlib.util.MAGIC_NUMBER + bytes(12) + CODE


def test_a_compiled_file_is_a_script():
    assert names(PYC) == ["pyc"]
    (fragment,) = unwrap("pyc", PYC)
    assert isinstance(fragment, Fragment)
    assert (fragment.language, fragment.script, fragment.blob.size) == ("bytecode", True, len(PYC))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_marshalled_code_object_is_recognised(version):
    (code,) = compiled(version, ("import os\n",))
    assert names(code) == ["marshal"]
    (fragment,) = unwrap("marshal", code)
    assert (fragment.language, fragment.script) == ("bytecode", True)


def test_the_code_of_a_function_is_what_its_caller_runs():
    (fragment,) = unwrap("marshal", marshal.dumps((lambda x: x).__code__))
    assert (fragment.language, fragment.script) == ("bytecode", False)


@pytest.mark.parametrize(
    "data",
    [b"cos\nsystem\n(S'id'\ntR.", b"chapter one\n" * 9, b"c" + bytes(60), marshal.dumps({"a": [1, 2]})],
)
def test_other_bytes_are_not(data):
    assert not {"marshal", "pyc"} & set(names(data))
