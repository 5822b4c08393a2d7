"""What lies among harmless classes of a library and is not: told by what it is handed; and the harmless ones."""

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import scan
from tests.recipes.reaching import ACTS, FILES, HONEST
from tests.recipes.streams import stream


@pytest.mark.parametrize("name", FILES)
def test_files_and_servers_are_not_passed_over(name: str) -> None:
    report = scan(stream(FILES[name], 4))
    assert report.failure is None
    assert report.verdict in (Verdict.REVIEW, Verdict.BLOCKED), report.findings


@pytest.mark.parametrize("name", ACTS)
def test_code_and_commands_are_blocked(name: str) -> None:
    report = scan(stream(ACTS[name], 4))
    assert (report.failure, report.verdict) == (None, Verdict.BLOCKED), report.findings


@pytest.mark.parametrize("name", HONEST)
def test_their_honest_neighbours_are_no_news(name: str) -> None:
    report = scan(stream(HONEST[name], 4))
    assert (report.failure, report.findings) == (None, ())


INHERITED = {
    "constructor": "class X(subprocess.Popen): pass\nX(['sh', '-c', 'touch /tmp/pwned'])",
    "by way of another": "class X(subprocess.Popen): pass\nclass Y(X): pass\nY(['sh', '-c', 'touch /tmp/pwned'])",
    "type": "type('X', (subprocess.Popen,), {})(['sh', '-c', 'touch /tmp/pwned'])",
    "super": "class X(subprocess.Popen):\n    def __init__(self, c):\n        super().__init__(['sh', '-c', c])\nX('touch /tmp/pwned')",
    "by name": "class X(subprocess.Popen):\n    def __init__(self, c):\n        subprocess.Popen.__init__(self, ['sh', '-c', c])\nX('touch /tmp/pwned')",
}  # fmt: skip


@pytest.mark.parametrize("name", INHERITED)
def test_what_a_class_inherits_runs(name: str) -> None:
    report = scan(f"import subprocess\n{INHERITED[name]}\n", "load.py")
    assert {finding.rule for finding in report.findings} == {"command-on-load"}


def test_deriving_from_a_class_runs_nothing() -> None:
    source = (
        "import subprocess, torch\nclass X(subprocess.Popen): pass\nclass Net(torch.nn.Module): pass\nNet()\n"
    )
    assert scan(source, "load.py").findings == ()
