"""Every way to hide Python source that we know of, against a payload of each label; and honest twins."""

from collections.abc import Callable

import pytest

from tests.hostile.scanning import blocked_for, scan
from tests.recipes.indirections import INDIRECTIONS
from tests.recipes.payloads import PAYLOADS

SAMPLES = {
    "remote-shell": "dup2",
    "command-and-control": "socket-loop",
    "download-and-run": "exec-urlopen",
    "credential-theft": "aws",
    "reconnaissance": "post",
    "beacon": "webhook",
    "destructive": "wipe",
    "code-execution": "touch",
}
HONEST = """
import os
cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
names = sorted(name for name in os.listdir(cache) if name.endswith(".json"))
print(len(names), "files")
"""


@pytest.mark.parametrize("number", range(len(INDIRECTIONS)), ids=list(INDIRECTIONS))
def test_hidden_code_is_told_by_what_it_does(number: int) -> None:
    disguise = [*INDIRECTIONS.values()][number]
    for label, shape in [*SAMPLES.items(), *SAMPLES.items()][number % 8 : number % 8 + 2]:
        assert label in blocked_for(scan(disguise(PAYLOADS[label][shape]), "a.py"))


@pytest.mark.parametrize("disguise", INDIRECTIONS.values(), ids=INDIRECTIONS)
def test_hiding_honest_code_blocks_nothing(disguise: Callable[[str], str]) -> None:
    report = scan(disguise(HONEST), "a.py")
    assert report.failure is None
    assert [f.message for f in report.findings if f.severity > 1] == []
