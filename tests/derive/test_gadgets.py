"""Gadgets: which there are, which are new, and whether they are real."""

from pathlib import Path

import pytest

from scanner.knowledge.summaries import Reach, Summaries
from scanner.knowledge.tables import HERE, knowledge
from tests.derive.library import Library
from tools.derive.confirm import confirm
from tools.derive.gadgets import gadgets
from tools.derive.news import news

OLD = "import os\ndef f(line):\n    os.system(line)\ndef g(line):\n    return line\ndef _h():\n    os.system('true')\n"


def reach(kind: str, **roles: str) -> Reach:
    return Reach(kind, dict(enumerate(roles.values())), dict(roles), "_", 1, "somewhere", "")


def test_which_there_are(tmp_path: Path) -> None:
    library = Library(tmp_path, lib=OLD)
    assert [name for name, _ in gadgets(knowledge(), Summaries(library.folder), "lib")] == ["lib.f"]


def test_what_is_only_written_into_a_buffer_is_no_gadget(tmp_path: Path) -> None:
    source = "import io, json\ndef f(thing):\n    out = io.StringIO()\n    json.dump(thing, out)\n"
    library = Library(tmp_path, lib=source)
    assert [*gadgets(knowledge(), Summaries(library.folder), "lib")] == []


def test_which_are_new(tmp_path: Path) -> None:
    old, new = Library(tmp_path / "old", lib=OLD), Library(tmp_path / "new")
    new.derive("lib", {"__init__.py": OLD.replace("return line", "f(line)")})
    new.derive("another", {"__init__.py": OLD})
    [line] = news(knowledge(), old.folder, new.folder)
    assert line == "- `lib.g` starts another program: lib/__init__.py:5 calls `lib.f` (lib 1.0)"
    assert news(knowledge(), new.folder, new.folder) == []


REAL = {
    "subprocess.getoutput": (reach("process.spawn", cmd="command"), "subprocess.Popen"),
    "timeit.Timer": (reach("code.run", stmt="python"), "compile"),
    "xml.etree.ElementTree.iterparse": (reach("file.read", source="path"), "open"),
    "urllib.request.urlopen": (reach("net.request", url="url"), "urllib.Request"),
    "functools.reduce": (reach("call.indirect", function="callable"), ""),
    "os.path.join": (reach("file.read", a="path"), ""),
    "no.such.thing": (reach("file.read", a="path"), ""),
}


@pytest.mark.parametrize("name", REAL)
def test_a_probe_stands_in_the_place_of_the_effect(name: str) -> None:
    given, event = REAL[name]
    found = confirm(name, given)
    assert found.event == event, found.why
    assert found.event or found.why or name == "os.path.join"


def test_a_probe_lets_nothing_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "lib.py"
    place.write_text(f"import os\ndef f(x):\n    os.mkdir({str(tmp_path / 'made')!r})\n", encoding="utf-8")
    job = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    monkeypatch.setattr("tools.derive.confirm.PROBE", job + _probe())
    found = confirm("lib.f", reach("file.write", x="path"))
    assert found.event == ""
    assert "os.mkdir" in found.why
    assert not (tmp_path / "made").exists()


def _probe() -> str:
    path = Path(__file__).resolve().parents[2] / "tools" / "derive" / "probe.py"
    return path.read_text("utf-8")


def test_every_file_that_is_shipped_can_be_read() -> None:
    known, summaries = knowledge(), Summaries(HERE / "derived")
    kinds, roles = known.vocabulary.kinds, known.vocabulary.roles
    paths = sorted((HERE / "derived").glob("*.txt"))
    assert paths
    for path in paths:
        page = summaries.package(path.stem)
        assert page is not None
        assert page.source.split()[0] == path.stem
        for name in page.names():
            module = page.module(name)
            assert module is not None
            for inside in module.flows:
                found = summaries.find(f"{name}.{inside}")
                assert found is not None, f"{name}.{inside}"
                assert found.reaches
                for flow in found.reaches:
                    assert flow.kind in kinds
                    assert {*flow.positional.values(), *flow.keywords.values(), flow.rest} <= {*roles}
