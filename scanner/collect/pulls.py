"""Which pull request a fork's commit belongs to, and which files one changes, as GitHub's API tells it.

``GET /repos/{owner}/{repo}/pulls``, ``…/pulls/{number}`` and ``…/pulls/{number}/files`` of GitHub's REST
API, version 2022-11-28. The list of files is believed only if it is complete and about the very commit
that is scanned: the service stops at 3,000 files without saying so, and a branch can move while we ask.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from scanner import http

MOST = 3_000  # files that GitHub lists
_PAGE = 100
_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_ANSWER = 32 << 20  # bytes; a page holds patches, too


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request: ``repository`` is ``owner/name``, ``head`` the full id of its last commit."""

    repository: str
    number: int
    head: str
    token: str | None = field(default=None, repr=False)
    api: str = "https://api.github.com"


def find(repository: str, branch: str, head: str, token: str | None, api: str) -> tuple[int, str] | str:
    """The number of the open pull request of ``branch`` (``owner:name``) that ends at the commit ``head``,
    and the commit of its base; or why it is not known. A run that follows a fork's does not say."""
    if not _NAME.fullmatch(repository):
        return "the name of the repository is not known"
    chosen = quote(branch, safe="", errors="replace")
    place = f"{api.rstrip('/')}/repos/{quote(repository)}/pulls"
    answer = _get(f"{place}?state=open&per_page={_PAGE}&head={chosen}", token)
    if answer.status != 200 or not isinstance(answer.json, list):
        return f"the API does not list pull requests (HTTP {answer.status}: {answer.reason})"
    found = []
    for item in answer.json:
        match item:
            case {"number": int(number), "head": {"sha": str(sha)}, "base": {"sha": str(base)}} if (
                sha == head
            ):
                found.append((number, base))
    return found[0] if len(found) == 1 else f"{len(found)} open pull requests of {branch} end at {head}"


def changed(pull: Pull) -> frozenset[str] | str:
    """The paths that exist after the change and were not alike before, or why they are not known."""
    if not _NAME.fullmatch(pull.repository):
        return "the name of the repository is not known"
    place = f"{pull.api.rstrip('/')}/repos/{quote(pull.repository)}/pulls/{pull.number}"
    before = _count(place, pull)
    if isinstance(before, str):
        return before
    if before >= MOST:
        return f"it changes {before:,} files, and the API lists {MOST:,}"
    listed: list[object] = []
    for page in range(1, before // _PAGE + 2):
        answer = _get(f"{place}/files?per_page={_PAGE}&page={page}", pull.token)
        if answer.status != 200 or not isinstance(answer.json, list):
            return f"the API does not list its files (HTTP {answer.status}: {answer.reason})"
        listed += answer.json
    if len(listed) != before or _count(place, pull) != before:
        return f"the API lists {len(listed):,} of {before:,} files"
    return _paths(listed)


def _paths(listed: list[object]) -> frozenset[str] | str:
    found = set()
    for item in listed:
        match item:
            case {"filename": str(name), "status": str(status)}:
                if status != "removed":
                    found.add(name)
            case _:
                return "the API lists something that is not a file"
    return frozenset(found)


def _count(place: str, pull: Pull) -> int | str:
    """How many files the pull request changes, as long as it still ends where ours does."""
    answer = _get(place, pull.token)
    match answer.json:
        case {"head": {"sha": str(head)}, "changed_files": int(files)} if answer.status == 200:
            return files if head == pull.head else "the pull request has moved on since"
    return f"the API does not tell about it (HTTP {answer.status}: {answer.reason})"


def _get(url: str, token: str | None) -> http.Answer:
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    private = {"Authorization": f"Bearer {token}"} if token else {}
    return http.insist(lambda: http.send(http.Request(url, headers, private, redirects=2), _ANSWER))
