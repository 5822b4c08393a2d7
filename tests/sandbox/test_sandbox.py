"""What a parser that has been taken over can do: tried from inside real, locked-down processes."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import scanner
from scanner import sandbox
from scanner.collect import Artifact
from scanner.limits import Limits
from scanner.pool import Pool
from tests import workers

ROOT = str(Path(scanner.__file__).parents[1])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory in which the permissions of files stop nobody."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        (path / "empty").touch()
        (path / "empty").chmod(0o666)
        path.chmod(0o777)
        yield path


linux = pytest.mark.skipif(sys.platform != "linux", reason="the layers are those of Linux")

# Each attempt of an attacker by name; the value says what became of it.
ATTEMPTS = """
attempts = {
    "socket": lambda: socket.socket(),
    "unix socket": lambda: socket.socketpair(),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "fork": os.fork,
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "write": lambda: os.open(f"{FOLDER}/new", os.O_WRONLY | os.O_CREAT),
    "append": lambda: os.open(f"{FOLDER}/empty", os.O_WRONLY | os.O_APPEND),
    "unlink": lambda: os.unlink(f"{FOLDER}/empty"),
    "rename": lambda: os.rename(f"{FOLDER}/empty", f"{FOLDER}/full"),
    "mkdir": lambda: os.mkdir(f"{FOLDER}/sub"),
    "chmod": lambda: os.chmod(f"{FOLDER}/empty", 0o777),
    "link": lambda: os.symlink("/etc/passwd", f"{FOLDER}/link"),
    "truncate": lambda: os.truncate(f"{FOLDER}/empty", 0),
    "secrets of the parent": lambda: open(f"/proc/{parent}/environ", "rb").read(1),
    "memory of the parent": lambda: open(f"/proc/{parent}/mem", "rb"),
    "files of the system": lambda: open("/etc/passwd").read(1),
    "files of the user": lambda: open(f"{FOLDER}/empty").read(),
    "signal": lambda: os.kill(parent, 0),
    "more memory": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
    "root": lambda: os.setuid(0),
    "trace": lambda: checked(ctypes.CDLL(None, use_errno=True).ptrace(16, parent, 0, 0)),
}
def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
def outcome(attempt):
    try:
        attempt()
    except (OSError, ValueError) as error:
        return "refused"
    return "done"
"""


def _assert_refused(outcomes: dict[str, str]) -> None:
    assert len(outcomes) > 15
    assert {name for name, outcome in outcomes.items() if outcome != "refused"} == set()


@linux
def test_a_worker_can_do_nothing_but_answer(folder: Path) -> None:
    body = f"import resource\nparent = {os.getpid()}\nFOLDER = {str(folder)!r}\n{ATTEMPTS}"
    body += "return said(blob, json.dumps({name: outcome(a) for name, a in attempts.items()}))\n"
    _assert_refused(workers.ask(body, folder))
    assert [p.name for p in folder.iterdir()] == ["empty"]


@linux
def test_the_same_below_an_unprivileged_parent(folder: Path) -> None:
    """Without root to drop, the same user owns parent and worker; only the other layers are left."""
    program = f"""
import sys; sys.path.insert(0, {ROOT!r})
import ctypes, json, os, resource, socket
from scanner import sandbox
if os.geteuid() == 0:
    os.setgroups([]); os.setresgid(12345, 12345, 12345); os.setresuid(12345, 12345, 12345)
sandbox.hide()
parent, FOLDER = os.getpid(), {str(folder)!r}
expected = sandbox.expected()
reader, writer = os.pipe()
if os.fork() == 0:
    layers = sandbox.enter(1 << 30)
{textwrap.indent(ATTEMPTS, "    ")}
    outcomes = {{name: outcome(a) for name, a in attempts.items()}}
    os.write(writer, json.dumps([layers, outcomes]).encode())
    os._exit(0)
os.close(writer)
print(json.dumps([expected, *json.loads(open(reader, "rb").read())]))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], env={"TOKEN": "s3cret"}, capture_output=True, check=True
    )
    expected, layers, outcomes = json.loads(done.stdout)
    assert "uid" not in expected
    assert layers == expected
    _assert_refused(outcomes)


@linux
def test_hiding_alone_guards_the_environment() -> None:
    """For kernels without Landlock: the environment of a hidden parent of the same user."""
    program = f"""
import sys; sys.path.insert(0, {ROOT!r})
import os
from scanner import sandbox
if os.geteuid() == 0:
    os.setgroups([]); os.setresgid(12345, 12345, 12345); os.setresuid(12345, 12345, 12345)
parent = os.getpid()
def child():
    if os.fork():
        return os.waitstatus_to_exitcode(os.wait()[1])
    try:
        os.open(f"/proc/{{parent}}/environ", os.O_RDONLY)
    except PermissionError:
        os._exit(7)
    os._exit(8)
print(child(), sandbox.hide(), child())
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], env={}, capture_output=True, check=True)
    # Where root has become a user, the process is hidden from the start; that is not what is tried here.
    assert done.stdout.split() in ([b"8", b"True", b"7"], [b"7", b"True", b"7"])


@linux
def test_the_layers_in_force_are_named(tmp_path: Path) -> None:
    with Pool(Limits(), 1, workers.bootstrap("return said(blob, content)")) as pool:
        assert pool.layers is None
        list(pool.scan([workers.artifact(tmp_path, "file")]))
        assert pool.layers == sandbox.expected()


def test_a_worker_has_no_environment_and_no_descriptors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    kept = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(kept, True)
    body = """
    opened = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        opened.append(number)
    return said(blob, json.dumps({"environment": dict(os.environ), "opened": opened}))
    """
    try:
        answer = workers.ask(body, tmp_path)
    finally:
        os.close(kept)
    assert "GITHUB_TOKEN" not in answer["environment"]
    assert len(answer["opened"]) <= 5  # the three standard ones, the channel as a socket, the artifact


LATE = ("scanner.languages.shell", "scanner.rules.beacon", "scanner.analysis.machine")


@pytest.mark.parametrize("survive", [True, False])
def test_what_cannot_be_imported_later_is_imported_before(tmp_path: Path, survive: bool) -> None:
    body = f"""
    before = [name for name in {LATE!r} if name in sys.modules]
    import scanner.analysis.machine, scanner.languages.shell, scanner.rules.beacon
    return said(blob, json.dumps(before))
    """
    told = f"worker.sandbox.imports_survive = lambda: {survive}\nworker.main("
    program = workers.bootstrap(body).replace("worker.main(", told)
    with Pool(Limits(), 1, program) as pool:
        (report,) = pool.scan([workers.artifact(tmp_path, "file")])
    assert report.failure is None
    assert json.loads(report.findings[0].message) == ([] if survive else list(LATE))


def test_text_codecs_outlive_the_lockdown(tmp_path: Path) -> None:
    """A declared source encoding must not become unknown because its codec cannot be read any more."""
    body = 'return said(blob, json.dumps({n: b"a".decode(n) for n in ("cp1251", "mac_roman", "koi8_r")}))'
    assert set(workers.ask(body, tmp_path).values()) == {"a"}


def test_an_artifact_is_only_a_descriptor(tmp_path: Path) -> None:
    """The worker cannot open the path again; it has the open file, and can only read that."""
    body = """
    try:
        os.write(blob.window.descriptor, b"x")
    except OSError:
        return said(blob, json.dumps({"read": content, "written": "no"}))
    return said(blob, json.dumps({"written": "yes"}))
    """
    path = tmp_path / "file"
    path.write_text("inside")
    reports = workers.scan(body, [Artifact("shown", None, lambda: os.open(path, os.O_RDONLY))])
    assert json.loads(reports["shown"].findings[0].message) == {"read": "inside", "written": "no"}
