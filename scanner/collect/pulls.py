"""Which pull request a fork's commit belongs to, and which files one changes, as GitHub's API tells it.

``GET /repos/{owner}/{repo}/pulls``, ``…/pulls/{number}`` and ``…/pulls/{number}/files`` of GitHub's REST
API, version 2022-11-28. The list of files is believed only if it is complete and about the very commit
that is scanned: the service stops at 3,000 files without saying so, and a branch can move while we ask.
"""

from urllib.parse import quote

from scanner.github import NAME, PAGE, Pull, get, listed, place

MOST = 3_000  # files that GitHub lists


def find(repository: str, branch: str, head: str, token: str | None, api: str) -> tuple[int, str] | str:
    """The number of the open pull request of ``branch`` (``owner:name``) that ends at the commit ``head``,
    and the commit of its base; or why it is not known. A run that follows a fork's does not say."""
    if not NAME.fullmatch(repository):
        return "the name of the repository is not known"
    chosen = quote(branch, safe="", errors="replace")
    answer = get(f"{place(api, repository)}/pulls?state=open&per_page={PAGE}&head={chosen}", token)
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
    if not NAME.fullmatch(pull.repository):
        return "the name of the repository is not known"
    where = f"{place(pull.api, pull.repository)}/pulls/{pull.number}"
    before = _count(where, pull)
    if isinstance(before, str):
        return before
    if before >= MOST:
        return f"it changes {before:,} files, and the API lists {MOST:,}"
    files = listed(f"{where}/files", pull.token, MOST // PAGE)
    if not isinstance(files, list):
        return f"the API does not list its files (HTTP {files.status}: {files.reason})"
    if len(files) != before or _count(where, pull) != before:
        return f"the API lists {len(files):,} of {before:,} files"
    return _paths(files)


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


def _count(where: str, pull: Pull) -> int | str:
    """How many files the pull request changes, as long as it still ends where ours does."""
    answer = get(where, pull.token)
    match answer.json:
        case {"head": {"sha": str(head)}, "changed_files": int(files)} if answer.status == 200:
            return files if head == pull.head else "the pull request has moved on since"
    return f"the API does not tell about it (HTTP {answer.status}: {answer.reason})"
