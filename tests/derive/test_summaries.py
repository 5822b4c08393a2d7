"""Sources in, summaries out: what a parameter reaches, what is inert, and what nobody knows."""

from pathlib import Path

import pytest

from tests.derive.library import Library
from tools.derive import sources

REACHES = {
    "a row of the tables": (
        "import os\ndef f(line, quiet=False):\n    os.system(line)\n",
        {("process.spawn", "line", "command")},
    ),
    "a helper": (
        "import os\ndef _go(x):\n    os.system(x)\ndef f(line):\n    _go('cd / && ' + line)\n",
        {("process.spawn", "line", "command")},
    ),
    "a helper that is defined below, and calls back": (
        "def f(code, n):\n    return g(n, code)\ndef g(n, source):\n    if n:\n        return f(source, n - 1)\n    exec(source)\n",
        {("code.run", "code", "python")},
    ),
    "an argument list that grows": (
        "import subprocess\ndef f(path):\n    words = ['ls']\n    words.append(path)\n    subprocess.run(words)\n",
        {("process.spawn", "path", "argv")},
    ),
    "an attribute, through another method": (
        "class f:\n    def __init__(self, path):\n        self.path = path\n        self._open()\n"
        "    def _open(self):\n        self.file = open(self.path)\n",
        {("file.read", "path", "path")},
    ),
    "what a subclass overrides": (
        "class Base:\n    def __init__(self, path):\n        self.path = path\n        self.load()\n"
        "    def load(self):\n        pass\n"
        "class f(Base):\n    def load(self):\n        open(self.path, 'w')\n",
        {("file.write", "path", "path")},
    ),
    "further arguments": (
        "import os\ndef f(*words):\n    os.system(words[0])\n",
        {("process.spawn", "*", "command")},
    ),
    "a parameter that a function inside calls": (
        "import os\ndef f(line):\n    def inner():\n        os.system(line)\n    return inner\n",
        {("process.spawn", "line", "command")},
    ),
    "a default that names it": (
        "import pickle\ndef f(data, read=pickle.loads):\n    return read(data)\n",
        {("code.load", "data", "pickle")},
    ),
    "whatever it is handed": (
        "import subprocess\ndef f():\n    subprocess.run(['true'])\n",
        {("process.spawn", "-", "_")},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), REACHES.values(), ids=REACHES)
def test_what_a_parameter_reaches(tmp_path: Path, source: str, expected: set[tuple[str, str, str]]) -> None:
    assert Library(tmp_path, lib=source).effects("lib.f") == expected


def test_what_only_calls_what_it_is_handed(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.derive(
        "inner", {"__init__.py": "def f(hook):\n    return hook()\ndef g(x, name):\n    getattr(x, name)\n"}
    )
    assert library.find("inner.f").calls
    assert not library.find("inner.g").calls
    assert not library.find("inner.g").inert
    library.derive("outer", {"__init__.py": "from inner import f\ndef h(hook):\n    return f(hook)\n"})
    assert library.find("outer.h").calls or not library.find("outer.h").inert


INERT = {
    "arithmetic": "def f(a, b):\n    return sum(a) * len(b)\n",
    "methods of text and containers": "def f(text, table):\n    table.update(a=text.strip())\n    return table.get(text)\n",
    "a loop over itself": "def f(n):\n    return n and f(n - 1)\n",
    "an object of data": "class f:\n    def __init__(self, a):\n        self.a = [a]\n    def b(self):\n        return self.a\n",
    "an exception": "def f(a):\n    raise ValueError(f'no {a}')\n",
    "a data class": "import dataclasses\n@dataclasses.dataclass\nclass f:\n    a: int = 0\n",
    "an enumeration": "import enum\nclass f(enum.Enum):\n    A = 1\n",
    "a cache in front": "import functools\n@functools.lru_cache\ndef f(a):\n    return a + 1\n",
}


@pytest.mark.parametrize("source", INERT.values(), ids=INERT)
def test_what_does_nothing(tmp_path: Path, source: str) -> None:
    found = Library(tmp_path, lib=source).find("lib.f")
    assert found.inert, found


UNKNOWN = {
    "a function that nobody has read": "import elsewhere\ndef f(a):\n    elsewhere.g(a)\n",
    "a method of what is handed over": "def f(a):\n    a.launch()\n",
    "a function out of a table of somebody else's": "import elsewhere\ndef f(a):\n    elsewhere.TABLE[a](a)\n",
    "a base that nobody has read": "import elsewhere\nclass f(elsewhere.Base):\n    pass\n",
    "a metaclass that nobody has read": "import elsewhere\nclass f(metaclass=elsewhere.Meta):\n    pass\n",
    "a decorator that nobody has read": "import elsewhere\n@elsewhere.wrap\ndef f(a):\n    return a\n",
    "an attribute of what is handed over is set": "def f(a):\n    a.hook = 1\n",
    "a global that keeps it": "kept = None\ndef f(a):\n    global kept\n    kept = a\n",
    "a table of the module that keeps it": "kept = {}\ndef f(a, b):\n    kept[a] = b\n",
    "a list of the module that keeps it": "kept = []\ndef f(a):\n    mine = kept\n    mine.append(a)\n",
    "a table of the class that keeps it": "class f:\n    kept = {}\n    def __init__(self, a):\n        self.kept[a] = a\n",
    "an object of the module that keeps it": "class C:\n    def put(self, a):\n        self.a = a\nkept = C()\ndef f(a):\n    kept.put(a)\n",
    "a file that is always the same": "def f():\n    return open('/etc/hosts').read()\n",
    "a state that sets attributes by a method of its own": "import elsewhere\nclass f:\n    def __setstate__(self, state):\n        elsewhere.g(state)\n",
    "a line that cannot be parsed": "def f(a):\n    return a\nthis is no Python\n",
    "a finaliser": "import elsewhere\nclass f:\n    def __del__(self):\n        elsewhere.g()\n",
    "a callback of its own object": "class f:\n    def __init__(self, a):\n        self.a = a\n        self.a.launch()\n",
}


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN)
def test_what_nobody_knows_is_not_inert(tmp_path: Path, source: str) -> None:
    found = Library(tmp_path, lib=source).find("lib.f")
    assert not found.inert
    assert not found.reaches


def test_other_modules_and_packages(tmp_path: Path) -> None:
    library = Library(tmp_path)
    inner = "import os\nclass Runner:\n    def go(self, line):\n        os.system(line)\n"
    library.derive("inner", {"__init__.py": "from .deep import *\n", "deep.py": inner})
    assert library.effects("inner.Runner.go") == {("process.spawn", "line", "command")}
    outer = "from inner import Runner\ndef f(text):\n    Runner().go(text)\ndef g(text):\n    Runner.go(None, text)\n"
    library.derive("outer", {"__init__.py": "from .a import f as run, g\n", "a.py": outer})
    assert library.effects("outer.run") == {("process.spawn", "text", "command")}
    assert library.effects("outer.g") == {("process.spawn", "text", "command")}
    assert library.find("outer.run").name == "outer.a.f"


STORAGE = """
    import _fast
    class Base:
        def open(name):
            raise NotImplementedError
    class Fast(_fast.Base, Base):
        pass
    class Plain(Base):
        pass
    class Table(dict, Base):
        pass
    class Again(Base):
        pass
    class Again(Again):
        pass
    again = Again().open
    def through(name):
        return Fast.open(name)
    def bound(name):
        return Fast().open(name)
    def plain(name):
        return Plain.open(name)
"""


def test_packages_that_share_a_namespace(tmp_path: Path) -> None:
    made = Library(tmp_path)
    made.derive("corp.cloud.shell", {"__init__.py": "import os\ndef f(line):\n    os.system(line)\n"})
    made.derive(
        "corp.tool", {"__init__.py": "", "go.py": "from corp.cloud import shell\ndef g(x):\n    shell.f(x)\n"}
    )
    assert made.effects("corp.tool.go.g") == {("process.spawn", "x", "command")}
    assert sorted(sources.tops(tmp_path / "source")) == ["corp.cloud.shell", "corp.tool"]
    made.derive("corp.cloud", {"base.py": "def f(x):\n    return x\n"})  # a namespace with modules of its own
    assert made.effects("corp.cloud.shell.f") == {("process.spawn", "line", "command")}
    assert made.find("corp.cloud.base.f").inert


def test_a_base_that_nobody_has_read_may_have_the_method_that_counts(tmp_path: Path) -> None:
    library = Library(tmp_path, lib=STORAGE)
    inert = {name for name in ["Fast.open", "Plain.open", "Table.open", "through", "bound", "plain"]
             if library.find(f"lib.{name}").inert}  # fmt: skip
    assert inert == {"Plain.open", "Table.open", "plain"}


def test_names_that_lead_to_themselves(tmp_path: Path) -> None:
    library = Library(tmp_path)
    files = {
        "__init__.py": "from .a import a\n",
        "a.py": "from . import a\nfrom .a import b as c, c as b\ndef f(x): c(x)\n",
    }
    library.derive("lib", files)
    assert not library.find("lib.a.f").inert


def test_the_shortest_way_is_told_and_leads_to_the_tables(tmp_path: Path) -> None:
    source = "import os\ndef c(x):\n    os.system(x)\ndef b(x):\n    c(x)\ndef f(x):\n    b(x)\n    c(x)\n"
    (reach,) = Library(tmp_path, lib=source).find("lib.f").reaches
    assert (reach.line, reach.callee) == (8, "lib.c")


def test_the_same_source_gives_the_same_text(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from .a import *\n",
        "a.py": "import os\ndef f(x): os.system(x)\n",
        "b.py": "class C: pass\n",
    }
    first, second = Library(tmp_path / "1"), Library(tmp_path / "2")
    first.derive("lib", files)
    second.derive("lib", dict(reversed(files.items())))
    assert first.text == second.text
    assert "lib.b" in first.text


def test_the_text_is_short_and_says_the_same_when_it_is_read(tmp_path: Path) -> None:
    files = {
        "__init__.py": "import os as system, re\nfrom .a import *\nfrom .a import C as D, go\n",
        "a.py": "import os\nclass B:\n    def first(self): return 1\n    def second(self): return 2\n"
        "    def third(self, what):\n        what.launch()\n    def fourth(self, what):\n        what.launch()\n"
        "class C(B):\n    def run(self, line):\n        go(line)\n        open(line)\n"
        "    def stop(self, line):\n        go(line)\ndef go(line):\n    os.system(line)\n",
    }
    library = Library(tmp_path)
    library.derive("lib", files)
    assert library.text.splitlines()[2:] == [
        "module lib /",
        "> . re system=os",
        "> lib.a D=C go *",
        "module lib.a",
        "= B B().first .second C",
        "? B().fourth .third",
        "! C().run 11 .go process.spawn 0:line=command",
        "! .run 12 builtins.open file.read 0:line=path",
        "! .stop 14 .go process.spawn 0:line=command",
        "! go 16 os.system process.spawn 0:line=command",
        "> . os",
        ": C .B",
    ]
    assert library.find("lib.D.second").inert
    assert library.find("lib.C.first").name == "lib.a.B.first"
    assert not library.find("lib.B.fourth").inert
    assert library.find("lib.D.stop").reaches[0].callee == "lib.a.go"
    assert {reach.line for reach in library.find("lib.D.run").reaches} == {11, 12}
