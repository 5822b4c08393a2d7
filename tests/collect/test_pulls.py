"""What a pull request changes when only the API can tell: believed if it is whole, and about our commit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scanner.collect.pulls import changed, find
from scanner.config import build
from scanner.github import Pull
from tests.collect.gathering import gather
from tests.fakes import Asked, Reply, Server, serving
from tests.recipes.git import clone, git

HEAD = "b2" * 20


@dataclass
class Api:
    """GitHub's part: a pull request of ``files``, whose head is each of ``heads`` in turn."""

    files: list[dict[str, str]] = field(default_factory=list)
    heads: list[str] = field(default_factory=lambda: [HEAD])
    count: int | None = None
    listing: int = 200
    server: Server | None = None

    def answer(self, asked: Asked) -> Reply:
        place, _, query = asked.path.partition("?")
        if place == "/repos/octo/hello/pulls/7":
            head = self.heads.pop(0) if len(self.heads) > 1 else self.heads[0]
            count = len(self.files) if self.count is None else self.count
            return Reply(200, {"head": {"sha": head}, "changed_files": count})
        assert place == "/repos/octo/hello/pulls/7/files"
        options = dict(part.split("=") for part in query.split("&"))
        size, page = int(options["per_page"]), int(options["page"])
        return Reply(self.listing, self.files[size * (page - 1) : size * page])

    def pull(self, **changes: object) -> Pull:
        assert self.server
        values = {"repository": "octo/hello", "number": 7, "head": HEAD, "token": "t", "api": self.server.url}
        return Pull(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def api() -> Iterator[Api]:
    fake = Api()
    with serving(fake.answer) as fake.server:
        yield fake


def files(*names: str, status: str = "added") -> list[dict[str, str]]:
    return [{"filename": name, "status": status} for name in names]


def test_every_page_is_asked_for_and_removed_files_are_none(api: Api) -> None:
    names = [f"d/{i}.pkl" for i in range(250)]
    api.files = files(*names) + files("gone", status="removed")
    assert changed(api.pull()) == frozenset(names)
    assert api.server is not None
    assert {asked.headers["Authorization"] for asked in api.server.asked} == {"Bearer t"}
    assert len(api.server.asked) == 5


@pytest.mark.parametrize("count", [99, 100, 101, 200])
def test_the_ends_of_pages(api: Api, count: int) -> None:
    api.files = files(*map(str, range(count)))
    assert changed(api.pull()) == frozenset(map(str, range(count)))


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"heads": ["c3" * 20]}, "moved on"),
        ({"heads": [HEAD, "c3" * 20]}, "lists 1 of 1"),
        ({"count": 3000}, "3,000 files"),
        ({"count": 2}, "lists 1 of 2 files"),
        ({"listing": 404}, "HTTP 404"),
        ({"files": [{"filename": 3}]}, "not a file"),
        ({"files": ["x"]}, "not a file"),
    ],
)
def test_a_list_that_is_not_the_whole_truth_is_none(api: Api, state: dict[str, object], why: str) -> None:
    api.files = files("a")
    for name, value in state.items():
        setattr(api, name, value)
    found = changed(api.pull())
    assert isinstance(found, str) and why in found


def test_names_of_repositories_are_not_paths(api: Api) -> None:
    assert isinstance(changed(api.pull(repository="octo/hello/../../user")), str)
    assert api.server is not None and api.server.asked == []


def _open(number: int, head: str = HEAD) -> dict[str, object]:
    return {"number": number, "head": {"sha": head}, "base": {"sha": "c3" * 20}}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([_open(6, "d4" * 20), _open(7)], (7, "c3" * 20)),
        ([], "0 open pull requests of stranger:a b&c end at"),
        ([_open(6, "d4" * 20), {"number": "7"}, "x"], "0 open pull requests"),
        ([_open(7), _open(8)], "2 open pull requests"),
        ({"message": "no"}, "the API does not list pull requests (HTTP 200: no)"),
    ],
)
def test_the_pull_request_of_a_forks_commit(api: Api, listed: object, expected: object) -> None:
    assert api.server
    api.server.answer = lambda asked: Reply(200, listed)
    found = find("octo/hello", "stranger:a b&c", HEAD, "t", api.server.url)
    assert found == expected or str(found).startswith(str(expected))
    assert api.server.asked[0].path == (
        "/repos/octo/hello/pulls?state=open&per_page=100&head=stranger%3Aa%20b%26c"
    )
    assert isinstance(find("octo/hello/../x", "a:b", HEAD, "t", api.server.url), str)


@pytest.fixture
def cut_off(
    pull: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str, str]:
    """A pull request whose base is neither here nor to be fetched."""
    origin, base, head = pull
    here = clone(origin, tmp_path / "ci", ref="refs/pull/1/head")
    git(here, "remote", "set-url", "origin", f"file://{tmp_path}/nowhere")
    return here, base, head


def ask(
    api: Api, where: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[set[str], list[str]]:
    here, base, head = where
    api.heads = [head]
    assert api.server
    options = build(base=base, pull_head=head, pull=7, repository="octo/hello", api=api.server.url)
    found, notices = gather(monkeypatch, here, options)
    return set(found), notices


def test_without_a_base_the_api_says_what_is_new(
    api: Api, cut_off: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api.files = files("first.pkl", "second.pkl") + files("old", status="removed")
    found, notices = ask(api, cut_off, monkeypatch)
    assert found == {"first.pkl", "second.pkl"}
    assert len(notices) == 1 and "the files that the API lists were scanned" in notices[0]


@pytest.mark.parametrize("names", [["first.pkl", "caf?.pkl"], ["elsewhere"]])
def test_a_list_that_does_not_fit_the_tree_means_everything(
    api: Api, cut_off: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    """A name that JSON cannot hold would hide its file."""
    api.files = files(*names)
    found, notices = ask(api, cut_off, monkeypatch)
    assert found == {"a", "first.pkl", "second.pkl", "modelgate.toml"}
    assert "not in it" in notices[0] and "every file" in notices[0]


def test_an_api_that_fails_means_everything(
    api: Api, cut_off: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.http._PAUSES", ())
    for status in (401, 403, 404, 500):
        assert api.server
        api.server.answer = lambda asked, status=status: Reply(status, {"message": "no"})
        found, notices = ask(api, cut_off, monkeypatch)
        assert "first.pkl" in found and "a" in found
        assert f"HTTP {status}: no" in notices[0]
