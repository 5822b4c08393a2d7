"""Whole command lines, from a script and from a checkpoint: what they do is told, and honest work is not."""

import pytest

from scanner.finding import Severity
from tests.hostile.scanning import blocked_for, scan
from tests.languages.shell.lines import HONEST, HOSTILE
from tests.recipes.streams import call, stream


def script(line: str) -> bytes:
    return f"import os\nos.system({line!r})\n".encode()


@pytest.mark.parametrize(("behaviour", "lines"), HOSTILE.items())
def test_hostile_lines_are_blocked_for_what_they_do(behaviour: str, lines: tuple[str, ...]) -> None:
    missed = []
    for line in lines:
        in_script = blocked_for(scan(script(line), "corpus.py"))
        in_data = blocked_for(scan(stream(call("posix.system", line), 2)))
        if behaviour not in in_script or behaviour not in in_data:
            missed.append((line, sorted(in_script), sorted(in_data)))
    assert missed == []


def test_honest_lines_of_a_script_need_no_review() -> None:
    told = {}
    for line in HONEST:
        findings = scan(script(line), "corpus.py").findings
        if any(f.severity > Severity.NOTE for f in findings):
            told[line] = [f.message for f in findings]
    assert told == {}


def test_there_are_enough_of_both() -> None:
    assert sum(map(len, HOSTILE.values())) >= 80 and len(HONEST) >= 80
