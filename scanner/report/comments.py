"""What is said on the pull request itself: one comment that is kept up to date, and one on each binary file
that blocks.

Both begin with a mark that no reader sees, by which the next run finds them. Others can write that mark as
well, so only what the token's own account has written is taken for ours. Nothing here raises, and what
cannot be written changes no verdict.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from scanner import github, http
from scanner.finding import Finding, Verdict
from scanner.github import Pull
from scanner.report import Scan, summary
from scanner.report.escape import clip, visible

MARK, FILE_MARK = "<!-- modelgate -->", "<!-- modelgate: file -->"
ROOM = 60_000  # bytes of a comment, of which GitHub takes 65,536 characters
MOST = 20  # comments on files that one run begins
WORKFLOW = "github-actions[bot]"  # whose token may not ask who it is
SETTLED = f"{FILE_MARK}\nNothing in this file blocks any more."
_PAGES = 50
_FINAL = {0, 401, 403, 404}  # the next request would fare no better


def keep(scan: Scan, pull: Pull) -> str | None:
    """Write the comment of this pull request, or rewrite it; None, or why that was not possible.

    ``POST …/issues/{number}/comments``, ``PATCH …/issues/comments/{id}``. A change in which nothing was
    found gets none, but one that is there tells so.
    """
    issues = f"{github.place(pull.api, pull.repository)}/issues"
    own = _own(f"{issues}/{pull.number}/comments", pull, MARK)
    body = f"{MARK}\n{summary.render(scan, ROOM)}"
    if isinstance(own, http.Answer):
        answer = own
    elif own:
        answer = _rewritten(f"{issues}/comments/{own[0]['id']}", pull, own[0], body)
    elif scan.verdict is Verdict.CLEAN:
        return None
    else:
        answer = github.ask(f"{issues}/{pull.number}/comments", pull.token, {"body": body})
    return None if answer.status in (200, 201) else f"The pull request has no comment: {_why(answer, pull)}"


def review(scan: Scan, pull: Pull, changed: Collection[str]) -> str | None:
    """Comment on each of the ``changed`` files that blocks and has no line to point to; None, or what was
    not possible.

    ``POST …/pulls/{number}/comments`` with ``subject_type: file``, ``PATCH …/pulls/comments/{id}``. What an
    earlier run has said is brought up to date instead of said again.
    """
    pulls = f"{github.place(pull.api, pull.repository)}/pulls"
    bodies = _bodies(scan)
    own = _own(f"{pulls}/{pull.number}/comments", pull, FILE_MARK)
    if isinstance(own, http.Answer):
        return f"There are no comments on files: {_why(own, pull)}"
    scanned = {report.path for report in scan.reports}
    answers = [
        _rewritten(f"{pulls}/comments/{comment['id']}", pull, comment, bodies.pop(path, SETTLED))
        for comment in own
        if (path := comment.get("path")) in scanned
    ]
    new = [path for path in bodies if path in changed]
    for path in new[:MOST]:
        if answers and answers[-1].status in _FINAL:
            break
        said = {"body": bodies[path], "commit_id": pull.head, "path": path, "subject_type": "file"}
        answers.append(github.ask(f"{pulls}/{pull.number}/comments", pull.token, said))
    for answer in answers:
        if answer.status not in (200, 201):
            return f"Not every file that blocks has its comment: {_why(answer, pull)}"
    left_out = len(new) - MOST
    return f"{left_out:,} more files block than were commented on" if left_out > 0 else None


def _bodies(scan: Scan) -> dict[str, str]:
    """What to say on each file, the worst first."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in scan.findings:
        if finding in scan.blocking and not any(
            len(site.trail) == 1 and site.line is not None
            for site in (finding.site, *(step.site for step in finding.steps))
        ):
            found[finding.site.path].append(finding)
    return {
        path: f"{FILE_MARK}\n**modelgate blocks this file.**\n\n{summary.ways(scan, findings, ROOM)}"
        for path, findings in found.items()
    }


def _own(url: str, pull: Pull, mark: str) -> list[dict[str, Any]] | http.Answer:
    """The comments with a mark that the token's own account has written, the oldest first."""
    asked = github.ask(f"{pull.api.rstrip('/')}/user", pull.token)
    author = asked.json.get("login") if asked.status == 200 and isinstance(asked.json, dict) else WORKFLOW
    found = github.listed(url, pull.token, _PAGES)
    if isinstance(found, http.Answer):
        return found
    own = []
    for comment in found:
        match comment:
            case {"id": int(), "body": str(body), "user": {"login": login}} if (
                login == author and body.startswith(mark)
            ):
                own.append(comment)
    return own


def _rewritten(url: str, pull: Pull, comment: dict[str, Any], body: str) -> http.Answer:
    """The comment with another text; nothing is sent when it has that already."""
    if comment["body"].replace("\r\n", "\n").strip() == body.strip():
        return http.Answer(200)
    return github.ask(url, pull.token, {"body": body}, method="PATCH")


def _why(answer: http.Answer, pull: Pull) -> str:
    """What an answer means, and what to do about it."""
    reason = visible(clip(answer.reason, 500))
    said = f"(HTTP {answer.status}: {reason})"
    match answer.status:
        case 0:
            return f"GitHub could not be reached; run the job again later ({reason})."
        case 403 if pull.stranger is not None:
            return f"the token of a pull request of {pull.stranger} may only read {said}."
        case 401 | 403 | 404:
            return f"the token may not; give the job `permissions: pull-requests: write` {said}."
    return f"the answer was not expected {said}."
