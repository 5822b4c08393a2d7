"""The tables' grammar, and what the shipped tables say about names that decide verdicts."""

from pathlib import Path

import pytest

from scanner.knowledge.apis import parse_api
from scanner.knowledge.tables import Knowledge, knowledge

HERE = Path(__file__).parent
KNOWN = knowledge()


def folder(tmp_path: Path, **tables: str) -> Path:
    (tmp_path / "effects").mkdir()
    (tmp_path / "effects" / "all.txt").write_text(tables.get("effects", ""))
    for name in ("inert", "sources", "commands", "aliases"):
        (tmp_path / f"{name}.txt").write_text(tables.get(name, ""))
    for name in ("kinds.toml", "indicators.toml"):
        source = Path(__file__).parents[2] / "scanner" / "knowledge" / name
        (tmp_path / name).write_text(source.read_text("utf-8"), "utf-8")
    return tmp_path


def test_every_shipped_row_parses_and_uses_defined_words() -> None:
    KNOWN.check()


def test_a_row_says_what_each_argument_is() -> None:
    api = parse_api(
        "net.download urllib.request.urlretrieve(url, filename:target, _, data) -> net.recv  # why"
    )
    assert [api.role(0), api.role(1), api.role(2), api.role(3), api.role(4)] == [
        "url",
        "target",
        "_",
        "data",
        "_",
    ]
    assert [api.role("url"), api.role("filename"), api.role("target"), api.role("zzz")] == [
        "url",
        "target",
        "_",
        "_",
    ]
    assert (api.returns, api.reason, api.method) == ("net.recv", "why", False)


def test_keyword_only_and_further_arguments() -> None:
    api = parse_api("call.indirect builtins.map(callable, *each)")
    assert [api.role(0), api.role(1), api.role(9)] == ["callable", "each", "each"]
    api = parse_api("call.later threading.Thread(target=callable, args=args)")
    assert (api.role(0), api.role("target")) == ("_", "callable")


def test_a_method_row_is_marked_and_found_with_and_without_call_markers() -> None:
    for name in ("socket.socket().connect", "socket.socket.connect", "_socket.socket.connect"):
        api = KNOWN.effect(name)
        assert api is not None and api.kind == "net.connect" and api.method and api.role(0) == "address"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"effects": "# c\n\nprocess.spawn os.system"}, r"all\.txt:3: .*kind name"),
        ({"effects": "process.spawn os.system(command))\n"}, r"all\.txt:1: not of the form"),
        ({"effects": "process.spawn os.system(comm and)\n"}, r"all\.txt:1: parameter 'comm and'"),
        ({"effects": "os.exit a.b(_)\ncode.run a.b(_)\n"}, r"all\.txt:2: a\.b already stands in all\.txt:1"),
        ({"effects": "process.spown a.b(command)\n"}, r"all\.txt:1: .*not define process\.spown"),
        ({"effects": "process.spawn a.b(comand)\n"}, r"all\.txt:1: .*not define comand"),
        ({"inert": "a.b\n"}, r"inert\.txt:1: an inert row needs a reason"),
        ({"sources": "env.read\n"}, r"sources\.txt:1: two words expected, 1 found"),
        ({"aliases": "a = b\na = c\n"}, r"aliases\.txt:2"),
        ({"aliases": "posix = os\n", "effects": "os.exit posix.abort()\n"}, r"all\.txt:1: write os\.abort"),
    ],
)  # fmt: skip
def test_an_error_names_file_and_line(tmp_path: Path, tables: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Knowledge(folder(tmp_path, **tables)).check()


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("posix.system", "os.system"),
        ("nt.system", "os.system"),
        ("__builtin__.eval", "builtins.eval"),
        ("torch.os.system", "os.system"),
        ("pathlib.os.system", "os.system"),
        ("torch.posix.system", "os.system"),
        ("numpy.__builtins__.eval", "builtins.eval"),
        ("a.b.sys.modules.get", "sys.modules.get"),
        ("foo.trace.Trace.run", "trace.Trace.run"),
        ("transformers.utils.hub.requests.get", "requests.get"),
        ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"),
        ("idlelib.pyshell.code.interact", "code.interact"),
        ("foo.profile.run", "foo.profile.run"),
        ("mine.random.choice", "mine.random.choice"),
        ("os", "os"),
        ("", ""),
        (".", "."),
    ],
)
def test_one_name_for_one_thing(name: str, canonical: str) -> None:
    assert KNOWN.canonical(name) == canonical
    assert KNOWN.canonical(canonical) == canonical


def test_an_effect_inside_an_inert_family_wins_and_a_longer_inert_row_wins_over_an_effect_family(
    tmp_path: Path,
) -> None:
    known = Knowledge(
        folder(
            tmp_path,
            effects="code.run lib.tree.runner.*(_)\nos.exit proc.*(_)\nprocess.spawn os.system(command)\n",
            inert="lib.tree.*  # values\nproc.Error  # an exception\nclass kit.*  # layers\n",
        )
    )
    assert known.inert("lib.tree.Tree") and known.effect("lib.tree.Tree") is None
    assert known.effect("lib.tree.runner.go") and known.inert("lib.tree.runner.go") is None
    assert known.inert("proc.Error") and known.effect("proc.Error") is None
    assert known.effect("proc.deep.er.call")
    assert known.inert("kit.a._Layer") and known.inert("kit.a.Layer.forward")
    assert known.inert("kit.a.load_it") is None
    assert known.inert("lib.tree.system") is None, "what a module may have imported is not vouched for"


# The class G rows of published advisories about scanners that missed a name.
GADGETS = (HERE / "gadgets.txt").read_text("utf-8").split()


@pytest.mark.parametrize("name", GADGETS)
def test_published_gadgets_have_an_effect(name: str) -> None:
    assert KNOWN.effect(name) is not None
    assert KNOWN.inert(name) is None


# What honest checkpoints call.
HONEST = (HERE / "honest.txt").read_text("utf-8").split()


@pytest.mark.parametrize("name", HONEST)
def test_what_honest_checkpoints_call_is_vouched_for_with_a_reason(name: str) -> None:
    assert KNOWN.inert(name)
    assert KNOWN.effect(name) is None


def test_sources_are_values() -> None:
    assert KNOWN.source("os.environ") == KNOWN.source("posix.environ") == "env.read"
    assert KNOWN.source("os.path") is None


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("/bin/sh", "shell"),
        ("python3.11", "interpreter"),
        ("C:\\Windows\\System32\\cmd.exe", "windows-shell"),
        ("POWERSHELL.EXE", "windows-shell"),
        ("curl", "downloader"),
        ("ffmpeg", "media"),
        ("whoami", "recon"),
        ("nc", "network"),
        ("gcc-12", "build"),
        ("rm", "destructive"),
        ("calc.exe", "gui-poc"),
        ("nothing-known", None),
        ("", None),
        ("7z", "archive"),
    ],
)
def test_programs_are_known_by_name_path_and_version(program: str, kind: str | None) -> None:
    assert KNOWN.command(program) == kind


def test_no_program_has_two_kinds() -> None:
    text = (Path(__file__).parents[2] / "scanner/knowledge/commands.txt").read_text("utf-8")
    programs = [word for line in text.splitlines() if not line.startswith("#") for word in line.split()[1:]]
    assert len(programs) == len(set(programs))
