"""Data that calls what no row is about: the source of the library decides."""

import subprocess
import sys
from pathlib import Path

import pytest

from scanner import irtext
from scanner.analysis import analyse
from scanner.blob import Blob, Fragment
from scanner.facts import Effect
from scanner.knowledge.tables import HERE, Knowledge
from scanner.limits import Budget
from tests.derive.library import Library

SOURCE = """
    import os, elsewhere
    def run(line, quiet=True):
        os.system(line)
    def read(path="/dev/null"):
        return open(path)
    def add(a, b):
        return a + b
    def strange(a):
        elsewhere.g(a)
    class Tensor:
        def __init__(self, data):
            self.data = data
    class Cache:
        def __setstate__(self, state):
            os.system(state)
    class Maker:
        def __new__(cls, line):
            os.system(line)
            return object.__new__(cls)
    class Tool:
        def start(self, line):
            os.system(line)
"""
PROGRAM = "language pickle\nunit offset\nentry main load\ndef main():\n"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The tables of the project, with what is derived of one library."""
    folder = tmp_path_factory.mktemp("knowledge")
    for path in HERE.iterdir():
        if path.name != "derived":
            (folder / path.name).symlink_to(path)
    Library(folder, lib=SOURCE)
    return Knowledge(folder)


def effects(known: Knowledge, *body: str) -> list[tuple[str, str]]:
    """Kind and callee of what loading does, but for the command lines in it."""
    program = irtext.parse(PROGRAM + "".join(f"  {line}\n" for line in body))
    found = [item for item in analyse(program, known, Budget()) if isinstance(item, Effect)]
    return [(e.kind, e.callee) for e in found if e.site.trail == program.trail]


def called(known: Knowledge, name: str, *constants: str) -> list[tuple[str, str]]:
    """What comes of calling a name with these."""
    lines = [f"%0 = name {name}", *(f"%{i} = const {c!r}" for i, c in enumerate(constants, 1))]
    args = "".join(f", %{i}" for i in range(1, len(constants) + 1))
    return effects(known, *lines, f"%{len(constants) + 1} = call %0{args}")


def test_an_argument_reaches_an_effect(known: Knowledge) -> None:
    assert called(known, "lib.run", "id") == [("process.spawn", "lib.run")]


def test_what_it_reaches_is_code_of_its_own(known: Knowledge) -> None:
    program = irtext.parse(
        PROGRAM + "  %0 = name lib.run\n  %1 = const 'curl http://192.0.2.1'\n  %2 = call %0, %1\n"
    )
    found = [item for item in analyse(program, known, Budget()) if isinstance(item, Fragment | Blob)]
    assert len(found) == 1


def test_a_parameter_that_is_not_passed_reaches_nothing(known: Knowledge) -> None:
    assert called(known, "lib.read") == [("call.unknown", "lib.read")]
    assert called(known, "lib.read", "/etc/passwd") == [("file.read", "lib.read")]


def test_inert_is_quiet_whatever_it_is_handed(known: Knowledge) -> None:
    assert called(known, "lib.add", "rm -rf /", "import os") == []
    assert called(known, "lib.Tensor", "rm -rf /") == []


def test_inert_is_not_quiet_when_it_is_handed_what_acts(known: Knowledge) -> None:
    found = effects(known, "%0 = name lib.Tensor", "%1 = name os.system", "%2 = call %0, %1")
    assert ("call.unknown", "lib.Tensor") in found


def test_what_nobody_knows_stays_unknown(known: Knowledge) -> None:
    assert called(known, "lib.strange", "x") == [("call.unknown", "lib.strange")]
    assert called(known, "lib.missing", "x") == [("call.unknown", "lib.missing")]


def test_a_state(known: Knowledge) -> None:
    body = ["%0 = name lib.Cache", "%1 = new %0", "%2 = const 'id'", "%3 = state %1, %2"]
    assert ("process.spawn", "lib.Cache.__setstate__") in effects(known, *body)
    quiet = ["%0 = name lib.Tensor", "%1 = new %0", "%2 = const 'id'", "%3 = state %1, %2"]
    assert effects(known, *quiet) == []


def test_a_maker(known: Knowledge) -> None:
    body = ["%0 = name lib.Maker", "%1 = const 'id'", "%2 = new %0, %1"]
    assert effects(known, *body) == [("process.spawn", "lib.Maker.__new__")]


def test_a_method_of_an_object_and_of_its_class(known: Knowledge) -> None:
    bound = [
        "%0 = name lib.Tool",
        "%1 = call %0",
        "%2 = attr %1, start",
        "%3 = const 'id'",
        "%4 = call %2, %3",
    ]
    assert ("process.spawn", "lib.Tool.start") in effects(known, *bound)
    free = ["%0 = name lib.Tool.start", "%1 = const None", "%2 = const 'id'", "%3 = call %0, %1, %2"]
    assert effects(known, *free) == [("process.spawn", "lib.Tool.start")]


def test_a_script_is_judged_by_its_own_code(known: Knowledge) -> None:
    program = irtext.parse(
        "script\ndef main():\n  %0 = name lib.run\n  %1 = const 'id'\n  %2 = call %0, %1\n"
    )
    assert [e for e in analyse(program, known, Budget()) if isinstance(e, Effect)] == []


def test_rows_speak_first(known: Knowledge) -> None:
    assert known.effect("lib.run") is None
    assert not known.harmless("os.system")
    assert known.harmless("collections.OrderedDict")
    assert known.harmless("lib.add")
    assert not known.harmless("lib.strange")


def test_a_start_does_not_read_what_is_derived() -> None:
    program = (
        "import sys; from scanner.knowledge.tables import knowledge; known = knowledge();"
        "known.effect('os.system'); known.inert('collections.OrderedDict'); import scanner.cli, scanner.worker;"
        "sys.exit('scanner.knowledge.summaries' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0


def test_a_name_is_looked_up_as_it_is_written(known: Knowledge) -> None:
    """The tables call parts of NumPy what older versions do."""
    name = "numpy.lib._npyio_impl.savez"
    assert Knowledge().canonical(name) != name
    assert Knowledge().derived(name) is not None
