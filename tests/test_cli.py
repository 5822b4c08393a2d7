"""The command line, as a person or a program uses it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner import __version__, cli

COMMAND = b"cposix\nsystem\n(S'echo poisoned'\ntR."
HONEST = b"\x80\x04N."
ROOT = Path(cli.__file__).parents[1]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "bad.pkl").write_bytes(COMMAND)
    (tmp_path / "good.pkl").write_bytes(HONEST)
    return tmp_path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scanner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_text_is_the_default_and_the_exit_code_is_the_gate() -> None:
    done = run("scan", "bad.pkl", "good.pkl")
    assert done.returncode == 1
    assert "BLOCKED  bad.pkl" in done.stdout
    assert "os.system" in done.stdout
    assert done.stderr == ""
    assert run("scan", "good.pkl").returncode == 0
    assert run("scan", "bad.pkl", "--fail-on", "never").returncode == 0


def test_jsonl_is_one_object_per_file_in_path_order() -> None:
    done = run("scan", ".", "--format", "jsonl")
    bad, good = (json.loads(line) for line in done.stdout.splitlines())
    assert (bad["path"], bad["verdict"], good["path"], good["verdict"]) == (
        "bad.pkl", "blocked", "good.pkl", "clean"
    )  # fmt: skip
    assert set(bad) == {"path", "verdict", "findings", "formats", "size", "bytes_read", "seconds"}
    assert "pickle" in bad["formats"]
    assert bad["size"] == len(COMMAND)
    (finding,) = [f for f in bad["findings"] if f["severity"] == "error"]
    assert set(finding) == {
        "rule", "severity", "behaviour", "message", "trail", "offset", "callee", "steps"
    }  # fmt: skip
    assert finding["callee"] == "os.system"
    assert good["findings"] == []


def test_output_goes_to_a_file(here: Path) -> None:
    done = run("scan", ".", "--format", "sarif", "--output", "out.sarif")
    assert (done.returncode, done.stdout) == (1, "")
    document = json.loads((here / "out.sarif").read_text("utf-8"))
    assert document["version"] == "2.1.0"
    assert document["runs"][0]["results"]
    done = run("scan", "good.pkl", "--output", "no/such/folder")
    assert done.returncode == 2
    assert "no/such/folder" in done.stderr


def test_json_is_one_document() -> None:
    document = json.loads(run("scan", ".", "--format", "json").stdout)
    assert (document["version"], document["verdict"]) == (__version__, "blocked")
    assert [file["path"] for file in document["files"]] == ["bad.pkl", "good.pkl"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["scan"], "PATH"),
        (["scan", "nowhere"], "nowhere"),
        (["scan", ".", "--fail-on", "eror"], "did you mean `error`"),
        (["scan", ".", "--format", "xml"], "sarif"),
        (["scan", ".", "--jobs", "0"], "at least 1"),
        (["scan", ".", "--timeout", "soon"], "number"),
        (["scan", ".", "--config", "none.toml"], "none.toml"),
        (["diff"], "--base"),
        (["diff", "--base", "main"], "git repository"),
        (["explain", "comand-on-load"], "did you mean command-on-load"),
    ],
)
def test_wrong_use_says_what_to_do(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_rules_and_their_pages() -> None:
    listed = run("rules").stdout
    assert "command-on-load" in listed
    page = run("explain", "command-on-load")
    assert page.returncode == 0
    assert page.stdout.startswith("# command-on-load")
    for line in listed.splitlines():
        assert line.split()[1] in ("error", "warning", "note")


def test_version() -> None:
    assert run("--version").stdout == f"modelgate {__version__}\n"


def test_a_name_that_is_not_text(here: Path) -> None:
    name = b"na\xffme\n##[error]\x1b[31m.pkl"
    (Path(os.fsdecode(bytes(here) + b"/" + name))).write_bytes(COMMAND)
    done = run("scan", ".")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\n##[" not in done.stdout
    record = json.loads(run("scan", ".", "--format", "jsonl").stdout.splitlines()[-1])
    assert os.fsencode(record["path"]) == name


def test_a_reader_that_has_seen_enough(here: Path) -> None:
    for number in range(500):
        (here / f"{number:05}{'x' * 200}.pkl").symlink_to("nowhere")
    command = f"{sys.executable} -m scanner scan . --format jsonl | head -c 10"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == '{"path": "'
    assert done.stderr == ""


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever runs the tests in the background ignores interrupts, and programs inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_quietly(here: Path) -> None:
    (here / "slow.pkl").write_bytes(b"\x80\x02})" + b"q\x01h\x01\x86" * 60 + b"K\x01s.")  # hashes for ever
    command = [sys.executable, "-m", "scanner", "scan", "slow.pkl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "modelgate: interrupted\n"


def test_help_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def widest(columns: str) -> int:
        monkeypatch.setenv("COLUMNS", columns)
        return max(map(len, run("--help").stdout.splitlines()))

    assert widest("50") < 50 < widest("100") < 100
    assert widest("no number") < 80


def test_a_start_imports_no_compression() -> None:
    imports = [sys.executable, "-X", "importtime", "-m", "scanner", "scan", "good.pkl"]
    told = subprocess.run(imports, capture_output=True, text=True, check=True).stderr
    assert "scanner.cli" in told
    assert not {"shutil", "bz2", "lzma"} & {line.rpartition("|")[2].strip() for line in told.splitlines()}
