"""Upload to GitHub code scanning: the only module that opens a socket.

``POST /repos/{owner}/{repo}/code-scanning/sarifs`` and ``GET …/sarifs/{id}`` of GitHub's REST API,
version 2022-11-28. Nothing here raises: the gate is the exit code, the upload is a record of it.
"""

import base64
import gzip
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from scanner.report.escape import clip, visible

GZIPPED = 10_000_000  # bytes, GitHub's limit
_TIMEOUT = 60  # seconds of one request
_RETRIES = (2, 4, 8)  # seconds to wait after a fault of the server or of the network
_POLLS = (5, 10, 20, 40, 80)  # seconds to wait before each question for the outcome
_ANSWER = 1 << 20  # bytes of an answer that are read
_LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a report belongs: ``repository`` is ``owner/name``, ``ref`` a full ref name."""

    repository: str
    commit: str
    ref: str
    token: str = field(repr=False)
    api: str = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an upload, and one sentence with the next step for people.

    ``pending`` means that GitHub took the file and had not processed it when we stopped asking.
    """

    status: Literal["complete", "pending", "failed"]
    message: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """A status (0: there was none) and what the body says: JSON, or the reason for its absence."""

    status: int
    body: dict[str, Any]

    @property
    def reason(self) -> str:
        return visible(clip(str(self.body.get("message") or "no reason given"), 500))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to a host that nobody named."""

    def redirect_request(self, *_: object) -> None:
        return None


def upload(sarif: str, target: Target, *, sleep: Callable[[float], object] = time.sleep) -> Outcome:
    """Send ``sarif`` and wait, for at most some three minutes, until GitHub has processed it."""
    packed = gzip.compress(sarif.encode("utf-8", "replace"), mtime=0)
    problem = _unsendable(target, len(packed))
    if problem is not None:
        return Outcome("failed", f"Nothing was uploaded to code scanning: {problem}")
    body = {
        "commit_sha": target.commit,
        "ref": target.ref,
        "sarif": base64.b64encode(packed).decode(),
    }
    place = f"{target.api.rstrip('/')}/repos/{quote(target.repository)}/code-scanning/sarifs"
    answer = _insist(lambda: _request(place, target.token, body), sleep)
    identifier = str(answer.body.get("id", ""))
    if answer.status != 202:
        return Outcome("failed", f"Code scanning did not take the report: {_explain(answer)}")
    if not re.fullmatch(r"[\w-]+", identifier):
        return Outcome("pending", "Code scanning took the report, but did not say under which id.")
    return _wait(f"{place}/{identifier}", target.token, sleep)


def _unsendable(target: Target, size: int) -> str | None:
    """Why GitHub would refuse, or must not be sent, what we have."""
    try:
        parts = urlsplit(target.api)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    except ValueError:
        secure = False
    if not secure:
        return "the API address must begin with https://, because a token goes there."
    if not target.token or not target.token.isascii() or not target.token.isprintable():
        return "no usable token; pass `token: ${{ github.token }}`."
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", target.repository, re.ASCII):
        return f"{visible(target.repository)!r} is not owner/name."
    if not re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", target.commit):
        return f"{visible(target.commit)!r} is not a full commit id."
    if not re.fullmatch(r"refs/(?:heads|tags|pull)/\S+", target.ref):
        return f"{visible(target.ref)!r} is not a full ref such as refs/heads/main or refs/pull/1/merge."
    if size > GZIPPED:
        return f"the report has {size:,} bytes compressed, GitHub takes {GZIPPED:,}."
    return None


def _insist(request: Callable[[], _Answer], sleep: Callable[[float], object]) -> _Answer:
    """The first answer that is no fault of the server or of the network, or the last one."""
    for pause in _RETRIES:
        answer = request()
        if 0 < answer.status < 500 and answer.status != 429:
            return answer
        sleep(pause)
    return request()


def _wait(place: str, token: str, sleep: Callable[[float], object]) -> Outcome:
    for pause in _POLLS:
        sleep(pause)
        answer = _request(place, token)
        match answer.body.get("processing_status"):
            case "complete":
                return Outcome("complete", "The report is in code scanning.")
            case "failed":
                errors = visible(
                    clip("; ".join(map(str, answer.body.get("errors") or ["no reason given"])), 1_000)
                )
                return Outcome("failed", f"Code scanning rejected the report: {errors}")
    return Outcome(
        "pending", "Code scanning took the report and was still processing it when we stopped waiting."
    )


def _request(place: str, token: str, body: dict[str, str] | None = None) -> _Answer:
    """One exchange; whatever goes wrong becomes an answer."""
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked in _unsendable
        place,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "User-Agent": "modelgate",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT) as response:
            return _Answer(response.status, _json(response.read(_ANSWER)))
    except urllib.error.HTTPError as error:
        with error:
            return _Answer(error.code, _json(_rest(error)))
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: a host name
        return _Answer(0, {"message": str(error) or type(error).__name__})


def _rest(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(_ANSWER)
    except (OSError, http.client.HTTPException):
        return b""


def _json(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _explain(answer: _Answer) -> str:
    """Precisely what an answer means, and what to do about it."""
    said = f"(HTTP {answer.status}: {answer.reason})"
    match answer.status:
        case 0:
            return f"GitHub could not be reached: {answer.reason}."
        case 301 | 302 | 307 | 308:
            return f"the repository has moved; run the workflow under its new name {said}."
        case 400:
            return f"GitHub found the report or its commit invalid; please report this as a defect {said}."
        case 401:
            return f"the token is not valid; pass `token: ${{{{ github.token }}}}` {said}."
        case 403:
            return f"{_forbidden(answer.reason)} {said}."
        case 404:
            return (
                f"the token cannot see the repository, or code scanning is not enabled there; "
                f"check `token` and the repository's security settings {said}."
            )
        case 413:
            return f"it is too large; scan fewer files per run {said}."
        case status if status >= 500:
            return f"the service failed {len(_RETRIES) + 1} times; run the job again later {said}."
        case _:
            return f"the answer was not expected {said}."


def _forbidden(reason: str) -> str:
    lower = reason.lower()
    if "rate limit" in lower:
        return "the token has used up its rate limit; run the job again later"
    if "archived" in lower:
        return "the repository is archived and takes no reports"
    if "advanced security" in lower or "code security" in lower or "not enabled" in lower:
        return "code scanning is not enabled; an administrator can enable it in the repository's settings"
    return (
        "the token may not write reports, which is always so for pull requests of forks and of Dependabot; "
        "otherwise give the job `permissions: security-events: write`, or hand `sarif-file` to "
        "github/codeql-action/upload-sarif"
    )
