"""Objects that carry source: quiet when it only computes, blocked for what it does when it acts."""

from typing import Any

import pytest

from scanner.finding import Severity, Verdict
from tests.quiet.scanning import scan, told
from tests.recipes.streams import Build, Global, New, call, function, stream

FORWARD = "\n\ndef forward(self, x):\n    conv = self.conv(x);  x = None\n    return torch.relu(conv)\n"
PARSER = "def _parse_args(self, a, loc=0, scale=1):\n    return self._check(a), loc, scale\n"
ACTS = "def forward(self, x):\n    import os\n    os.system('id')\n    return x\n"
AT_ONCE = "def _parse_args(self, a=__import__('os').system('id')):\n    pass\n"
NORMAL = New(function("scipy.stats._continuous_distns.norm_gen"), ())
FRAME = New(function("statsmodels.base.data.PandasData"), ())
MODULE = "torch.fx.graph_module.reduce_graph_module"

HONEST: dict[str, Any] = {
    "traced module": call(MODULE, {"_code": FORWARD, "training": True}, "import torch\n"),
    "distribution": Build(NORMAL, {"_parse_arg_template": PARSER, "a": None, "b": 1.5}),
    "formula": Build(FRAME, {"formula": "y ~ x1 + C(x2):x3 + np.log(x4)"}),
    "type": call("dill._dill._eval_repr", "Ellipsis"),
    "lock": call("dill._dill._create_lock", False),
}
HOSTILE: dict[str, Any] = {
    "traced module": call(MODULE, {"_code": ACTS}, "import torch\n"),
    "imports of a traced module": call(MODULE, {"_code": FORWARD}, "import os; os.system('id')\n"),
    "distribution": Build(NORMAL, {"_parse_arg_template": AT_ONCE}),
    "formula": Build(FRAME, {"formula": "y ~ __import__('os').system('id')"}),
    "type": call("dill._dill._eval_repr", "__import__('os').system('id')"),
}


@pytest.mark.parametrize("what", HONEST)
def test_harmless_source_is_no_news(what: str) -> None:
    assert told(stream(HONEST[what], 4)) == []


@pytest.mark.parametrize("what", HOSTILE)
def test_source_that_acts_is_blocked(what: str) -> None:
    report = scan(stream(HOSTILE[what], 4))
    assert (report.failure, report.verdict) == (None, Verdict.BLOCKED), report.findings


def test_source_that_is_computed_asks_for_review() -> None:
    report = scan(stream(call(MODULE, {"_code": call("zorble.decrypt")}, ""), 4))
    assert "code-on-load" in {f.rule for f in report.findings if f.severity is Severity.WARNING}


def test_a_session_of_the_main_script_asks_for_review() -> None:
    session = call("dill._dill._import_module", "__main__")
    module = call("dill._dill._import_module", "dill")
    assert scan(stream(Build(session, {"x": 1, "dill": module}), 4)).verdict is Verdict.REVIEW
    assert scan(stream(Build(session, {"load": Global("os", "system")}), 4)).verdict is Verdict.BLOCKED
