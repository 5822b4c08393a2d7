"""GitHub's REST API, version 2022-11-28, as all that ask it need it. Nothing here raises."""

import json
import re
from typing import Any
from urllib.parse import quote

from scanner import http
from scanner.secret import Discreet

NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)  # of a repository
PAGE = 100  # entries of a list that come at once
_ANSWER = 32 << 20  # bytes; a page of files holds patches, too


class Pull(Discreet, frozen=True):
    """A pull request: ``repository`` is ``owner/name``, ``head`` the full id of its last commit.

    ``stranger`` is who caused this run, when that is why its token may only read ("a fork").
    """

    SECRET = ("token",)

    repository: str
    number: int
    head: str
    token: str | None = None
    api: str = "https://api.github.com"
    stranger: str | None = None


def place(api: str, repository: str) -> str:
    """The URL of a repository."""
    return f"{api.rstrip('/')}/repos/{quote(repository)}"


def ask(
    url: str, token: str | None, body: object = None, *, method: str = "POST", redirects: int = 0
) -> http.Answer:
    """One exchange; ``body`` becomes JSON, and ``method`` is that of a request which has one."""
    headers = {
        "Accept": "application/vnd.github+json",
        "Content-Type": "application/json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    private = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    return http.send(http.Request(url, headers, private, data, redirects, method), _ANSWER)


def get(url: str, token: str | None) -> http.Answer:
    """The answer to a question, with patience; redirects are followed."""
    return http.insist(lambda: ask(url, token, redirects=2))


def listed(url: str, token: str | None, pages: int) -> list[Any] | http.Answer:
    """The entries of a list, of at most so many pages, or the answer that is none."""
    found: list[Any] = []
    for page in range(1, pages + 1):
        answer = get(f"{url}?per_page={PAGE}&page={page}", token)
        if answer.status != 200 or not isinstance(answer.json, list):
            return answer
        found += answer.json
        if len(answer.json) < PAGE:
            break
    return found
