"""Names that a module has because it imports them, methods of builtins on what others hold: what is reached is
what counts, not the module that it is reached through."""

import pytest

from scanner.finding import Verdict
from scanner.knowledge.summaries import Summaries
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.streams import Call, Global, stream

SYSTEM = Call(Global("builtins", "dict.get"), (Global("os", "__dict__"), "system"))
COPY = Call(Global("contextvars", "copy_context"), ())
BLOCKED = {
    "a module under another name": Call(Global("random", "_os.system"), ("id",)),
    "builtins under another name": Call(Global("enum", "bltns.exec"), ("print(1)",)),
    "a function of another module": Call(
        Global("builtins", "list"),
        (Call(Global("collections", "_starmap"), (Global("os", "system"), [("id",)])),),
    ),
    "a function under another name": Call(Global("tokenize", "_builtin_open"), ("/tmp/x", "w")),
    "through a module of a package": Call(Global("sklearn.base", "np.savetxt"), ("/tmp/x", [1])),
    "what a dictionary of a module gives": Call(SYSTEM, ("id",)),
    "the same, called by another": Call(Global("contextvars", "Context.run"), (COPY, SYSTEM, "id")),
    "the search path": Call(Global("builtins", "list.insert"), (Global("sys", "path"), 0, "/tmp/x")),
    "what is imported": Call(Global("builtins", "dict.update"), (Global("sys", "modules"), {"json": 1})),
    "the environment": Call(
        Global("builtins", "dict.__setitem__"), (Global("os", "environ._data"), b"LD_PRELOAD", b"/tmp/x.so")
    ),
    "an operator": Call(Global("operator", "__iadd__"), (Global("sys", "path"), ["/tmp/x"])),
    "source that a family's function runs": Call(Global("pydantic", "TypeAdapter"), ("__import__('os')",)),
}
QUIET = {
    "a container": Call(Global("collections", "OrderedDict"), ([("a", 1)],)),
    "keys": Call(Global("builtins", "dict.fromkeys"), (["a"], 1)),
    "a file system": Call(Global("fsspec.implementations.local", "LocalFileSystem"), ()),
}


@pytest.mark.parametrize("name", BLOCKED)
def test_it_is_what_it_reaches(name):
    assert scan(stream(BLOCKED[name])).verdict is Verdict.BLOCKED, blocked_for(scan(stream(BLOCKED[name])))


@pytest.mark.parametrize("name", QUIET)
def test_honest_ones_stay_quiet(name):
    assert scan(stream(QUIET[name])).verdict is Verdict.CLEAN


def test_modules_that_import_everything_from_each_other_are_asked_once(tmp_path):
    """A name that nobody has, in a package whose modules star one another and one that nobody read."""
    lines = [
        f"module p.m{n}\n" + "".join(f"> p.m{m} *\n" for m in range(9)) + "> p.gone *\n" for n in range(9)
    ]
    top = "module p /\n" + "".join(f"> p.m{m} *\n" for m in range(9)) + "> p.gone *\n"
    (tmp_path / "p.txt").write_text("# x\npackage p 1\n" + top + "".join(lines))
    summaries = Summaries(tmp_path)
    assert summaries.find("p.m1.nothing") is None
    assert len(summaries._found) < 2_000
