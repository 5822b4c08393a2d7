"""A change cannot talk its way past the gate: what of the configuration counts, and what does not."""

import hashlib
from pathlib import Path

import pytest

from scanner import pipeline
from scanner.config import build
from scanner.errors import ConfigError
from scanner.report import Scan
from tests.collect.lfs import objects
from tests.recipes.git import commit

BAD = b"cposix\nsystem\n(S'echo poisoned'\ntR."
EVERYTHING_GOES = b'fail-on = "never"\nexclude = ["**"]\n[rules.command-on-load]\nfail = false\n'


def entry(**changes: str) -> bytes:
    """A suppression of what is wrong with ``a.pkl``."""
    keys = {"rule": "command-on-load", "path": "a.pkl", "reason": "a fixture"}
    keys |= {"sha256": hashlib.sha256(BAD).hexdigest(), "expires": "9999-12-31"} | changes
    return "\n".join(["[[suppress]]", *(f'{key} = "{value}"' for key, value in keys.items())]).encode()


def scan(base: str, **options: object) -> Scan:
    return pipeline.scan(build(base=base, head="HEAD", **options))  # type: ignore[arg-type]


def told(result: Scan) -> str:
    return "\n".join(notice.message for notice in result.notices)


@pytest.fixture(autouse=True)
def here(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


@pytest.mark.parametrize("name", ["modelgate.toml", ".github/modelgate.toml"])
@pytest.mark.parametrize("text", [EVERYTHING_GOES, entry()])
@pytest.mark.parametrize("before", [{}, {"modelgate.toml": b"jobs = 1\n"}])
def test_what_the_change_brings_along(repo: Path, name: str, text: bytes, before: dict[str, bytes]) -> None:
    base = commit(repo, {"x": b"", **before})
    commit(repo, {"a.pkl": BAD, name: text})
    result = scan(base)
    assert (result.exit_code, result.accepted) == (1, ())
    assert f"{name} is not the same in the change as in its base" in told(result)


def test_what_the_change_takes_away(repo: Path) -> None:
    base = commit(repo, {"modelgate.toml": b'fail-on = "note"\n'})
    (repo / "modelgate.toml").unlink()
    commit(repo, {"a.pkl": BAD})
    result = scan(base)
    assert result.fail_on is not None and result.fail_on.name == "NOTE"
    assert "modelgate.toml is not the same" in told(result)


def test_a_link_in_place_of_the_file(repo: Path) -> None:
    base = commit(repo, {"modelgate.toml": b"jobs = 1\n"})
    (repo / "modelgate.toml").unlink()
    (repo / "modelgate.toml").symlink_to("mine.toml")
    mine = commit(repo, {"mine.toml": EVERYTHING_GOES, "a.pkl": BAD})
    assert scan(base).exit_code == 1
    commit(repo, {"a.pkl": BAD + b"again"})
    with pytest.raises(ConfigError, match="a symbolic link, which is not followed"):
        scan(mine)


@pytest.mark.parametrize("name", ["Modelgate.toml", ".github/MODELGATE.TOML", ".GitHub/modelgate.toml"])
def test_another_name_is_not_read_even_from_the_base(repo: Path, name: str) -> None:
    base = commit(repo, {name: EVERYTHING_GOES})
    commit(repo, {"a.pkl": BAD})
    assert scan(base).exit_code == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "A.pkl"},
        {"path": "./a.pkl"},
        {"path": "*.pkl"},
        {"expires": "2020-01-01"},
        {"sha256": hashlib.sha256(objects.text(BAD)).hexdigest()},
        {"sha256": "0" * 64},
        {"rule": "remote-shell"},
    ],
)
def test_a_suppression_for_something_else(repo: Path, changes: dict[str, str]) -> None:
    base = commit(repo, {"modelgate.toml": entry(**changes)})
    commit(repo, {"a.pkl": BAD})
    result = scan(base)
    assert (result.exit_code, result.accepted) == (1, ())
    result = scan(base, whole=True)
    assert (result.exit_code, result.accepted) == (1, ())
    assert "modelgate.toml:1: the suppression of" in told(result)


def test_the_digest_of_a_pointer_is_not_that_of_its_object(repo: Path) -> None:
    """The object is in the clone's own store."""
    pointer, oid = objects.text(BAD), objects.pointer(BAD).oid
    store = repo / ".git/lfs/objects" / oid[:2] / oid[2:4]
    store.mkdir(parents=True)
    (store / oid).write_bytes(BAD)
    base = commit(repo, {"modelgate.toml": entry(sha256=hashlib.sha256(pointer).hexdigest())})
    commit(repo, {"a.pkl": pointer})
    result = scan(base)
    assert (result.exit_code, result.accepted) == (1, ())
    assert f"the file's SHA-256 is {oid}" in told(result)


def test_a_digest_in_capitals_is_the_same(repo: Path) -> None:
    base = commit(repo, {"modelgate.toml": entry(sha256=hashlib.sha256(BAD).hexdigest().upper())})
    commit(repo, {"a.pkl": BAD})
    assert scan(base).exit_code == 0
