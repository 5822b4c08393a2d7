"""Which server is asked, and with which credentials."""

from pathlib import Path

import pytest

from scanner.collect.lfs.batch import Server
from scanner.collect.lfs.server import derive, discover
from scanner.collect.repository import Repository
from tests.recipes.git import commit, git, new


@pytest.mark.parametrize(
    ("origin", "server"),
    [
        ("https://github.com/o/r", "https://github.com/o/r.git/info/lfs"),
        ("https://github.com/o/r.git", "https://github.com/o/r.git/info/lfs"),
        ("https://github.com/o/r/", "https://github.com/o/r.git/info/lfs"),
        ("https://ghe.example:8443/o/r", "https://ghe.example:8443/o/r.git/info/lfs"),
        ("git@github.com:o/r.git", "https://github.com/o/r.git/info/lfs"),
        ("github.com:o/r", "https://github.com/o/r.git/info/lfs"),
        ("ssh://git@github.com:22/o/r.git", "https://github.com/o/r.git/info/lfs"),
        ("file:///srv/r", None),
        ("/srv/r", None),
        ("../r", None),
        ("ext::sh -c touch% x", None),
        ("", None),
    ],
)
def test_the_server_that_goes_with_an_origin(origin: str, server: str | None) -> None:
    assert derive(origin) == server


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    place = new(tmp_path / "repo")
    git(place, "remote", "add", "origin", "https://github.com/o/r")
    return place


def ask(repo: Path, commit: str | None = None, token: str | None = None) -> Server | str:
    return discover(Repository(repo, token=token), commit)


def test_our_token_goes_to_our_server(repo: Path) -> None:
    commit(repo)
    found = ask(repo, token="t")
    assert found == Server(
        "https://github.com/o/r.git/info/lfs", {"Authorization": "Basic eC1hY2Nlc3MtdG9rZW46dA=="}
    )
    git(repo, "config", "lfs.url", "https://lfs.example/o/r/")
    assert ask(repo, token="t") == Server("https://lfs.example/o/r", {})


def test_credentials_are_confided_without_what_is_around_them(repo: Path) -> None:
    commit(repo)
    told: list[str] = []
    for header in ("AUTHORIZATION: basic Zm9v", "X-Key: 1"):
        git(repo, "config", "http.https://github.com/.extraheader", header)
        discover(Repository(repo), None, told.append)
    assert told == ["Zm9v", "1"]


def test_what_the_checkout_left_is_used_for_its_host(repo: Path) -> None:
    commit(repo)
    git(repo, "config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic Zm9v")
    assert ask(repo) == Server("https://github.com/o/r.git/info/lfs", {"AUTHORIZATION": "basic Zm9v"})
    git(repo, "config", "lfs.url", "https://lfs.example/o/r")
    assert ask(repo) == Server("https://lfs.example/o/r", {})


def test_the_base_may_name_a_server_and_the_change_may_not(repo: Path) -> None:
    base = commit(repo, {".lfsconfig": b"[lfs]\n\turl = https://lfs.example/base\n"})
    commit(repo, {".lfsconfig": b"[lfs]\n\turl = https://attacker.example/\n"})
    assert ask(repo, base) == Server("https://lfs.example/base", {})
    assert ask(repo) == Server("https://github.com/o/r.git/info/lfs", {})


def test_names_and_passwords_in_an_address_become_a_header(repo: Path) -> None:
    commit(repo)
    git(repo, "config", "lfs.url", "https://us%40er:pass@lfs.example/x")
    assert ask(repo) == Server("https://lfs.example/x", {"Authorization": "Basic dXNAZXI6cGFzcw=="})


def test_no_server(repo: Path) -> None:
    commit(repo)
    git(repo, "config", "lfs.url", "http://lfs.example/x")
    assert ask(repo) == "the address of the server does not begin with https:// (http://lfs.example/x)"
    git(repo, "config", "--unset", "lfs.url")
    git(repo, "remote", "set-url", "origin", "/srv/r")
    assert "neither by https nor by ssh" in str(ask(repo))
