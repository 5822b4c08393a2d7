"""Upload to GitHub code scanning.

``POST /repos/{owner}/{repo}/code-scanning/sarifs`` and ``GET …/sarifs/{id}`` of GitHub's REST API,
version 2022-11-28. Nothing here raises: the gate is the exit code, the upload is a record of it.
"""

import base64
import gzip
import re
import time
from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from scanner import github, http
from scanner.report.escape import clip, visible
from scanner.report.sarif import GZIPPED
from scanner.secret import Discreet

_POLLS = (5, 10, 20, 40, 80)  # seconds to wait before each question for the outcome


class Target(Discreet, frozen=True):
    """Where a report belongs: ``repository`` is ``owner/name``, ``ref`` a full ref name.

    ``stranger`` is who caused this run, when that is why its token may only read ("a fork").
    """

    SECRET = ("token",)

    repository: str
    commit: str
    ref: str
    token: str
    api: str = "https://api.github.com"
    stranger: str | None = None


class Outcome(Struct, frozen=True):
    """What became of an upload, and one sentence with the next step for people.

    ``pending`` means that GitHub took the file and had not processed it when we stopped asking.
    """

    status: Literal["complete", "pending", "failed"]
    message: str


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
    place = f"{github.place(target.api, target.repository)}/code-scanning/sarifs"
    answer = http.insist(lambda: github.ask(place, target.token, body), sleep)
    identifier = str(_fields(answer).get("id", ""))
    if answer.status != 202:
        return Outcome(
            "failed", f"Code scanning did not take the report: {_explain(answer, target.stranger)}"
        )
    if not re.fullmatch(r"[\w-]+", identifier):
        return Outcome("pending", "Code scanning took the report, but did not say under which id.")
    return _wait(f"{place}/{identifier}", target.token, sleep)


def _unsendable(target: Target, size: int) -> str | None:
    """Why GitHub would refuse, or must not be sent, what we have."""
    if not http.secure(target.api):
        return "the API address must begin with https://, because a token goes there."
    if not target.token or not target.token.isascii() or not target.token.isprintable():
        return "no usable token; pass `token: ${{ github.token }}`."
    if not github.NAME.fullmatch(target.repository):
        return f"{visible(target.repository)!r} is not owner/name."
    if not re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", target.commit):
        return f"{visible(target.commit)!r} is not a full commit id."
    if not re.fullmatch(r"refs/(?:heads|tags|pull)/\S+", target.ref):
        return f"{visible(target.ref)!r} is not a full ref such as refs/heads/main or refs/pull/1/merge."
    if size > GZIPPED:
        return f"the report has {size:,} bytes compressed, GitHub takes {GZIPPED:,}."
    return None


def _wait(place: str, token: str, sleep: Callable[[float], object]) -> Outcome:
    for pause in _POLLS:
        sleep(pause)
        fields = _fields(github.ask(place, token))
        match fields.get("processing_status"):
            case "complete":
                return Outcome("complete", "The report is in code scanning.")
            case "failed":
                said = "; ".join(map(str, fields.get("errors") or ["no reason given"]))
                errors = visible(clip(said, 1_000))
                advice = "`python -m scanner check-sarif` names what it does not take"
                return Outcome("failed", f"Code scanning rejected the report ({advice}): {errors}")
    return Outcome(
        "pending",
        f"Code scanning took the report and was still processing it after {sum(_POLLS)} seconds; the "
        "repository's Security tab will tell.",
    )


def _fields(answer: http.Answer) -> dict[str, Any]:
    return answer.json if isinstance(answer.json, dict) else {}


def _explain(answer: http.Answer, stranger: str | None) -> str:
    """Precisely what an answer means, and what to do about it."""
    reason = visible(clip(answer.reason, 500))
    said = f"(HTTP {answer.status}: {reason})"
    match answer.status:
        case 0:
            return f"GitHub could not be reached; run the job again later ({reason})."
        case 301 | 302 | 307 | 308:
            return f"the repository has moved; run the workflow under its new name {said}."
        case 400:
            return f"GitHub found the report or its commit invalid; please report this as a defect {said}."
        case 401:
            return f"the token is not valid; pass `token: ${{{{ github.token }}}}` {said}."
        case 403:
            return f"{_forbidden(reason, stranger)} {said}."
        case 404:
            return (
                f"the token cannot see the repository, or code scanning is not enabled there; "
                f"check `token` and the repository's security settings {said}."
            )
        case 413:
            return f"it is too large; scan fewer files per run {said}."
        case 429:
            return f"the token has used up its rate limit; run the job again later {said}."
        case status if status >= 500:
            return f"the service failed {http.ATTEMPTS} times; run the job again later {said}."
        case _:
            return f"the answer was not expected {said}."


def _forbidden(reason: str, stranger: str | None) -> str:
    lower = reason.lower()
    if "rate limit" in lower:
        return "the token has used up its rate limit; run the job again later"
    if "archived" in lower:
        return "the repository is archived and takes no reports"
    if "advanced security" in lower or "code security" in lower or "not enabled" in lower:
        return "code scanning is not enabled; an administrator can enable it in the repository's settings"
    if stranger is not None:
        return (
            f"the token of a pull request of {stranger} may only read; a following step of "
            "github/codeql-action/upload-sarif can hand in `sarif-file`; the exit code and the summary hold "
            "all the same"
        )
    return (
        "the token may not write reports; give the job `permissions: security-events: write`, or hand "
        "`sarif-file` to github/codeql-action/upload-sarif in a job that has it"
    )
