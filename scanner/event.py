"""What a workflow run is about: which revisions to compare, and under which ref results are filed.

The payload comes from GitHub, but parts of it (branch names, above all) are chosen by whoever opens
a pull request. So only full commit ids and numbers are taken from it, and refs are made from numbers.
When a payload does not say what changed, everything is scanned: never nothing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKED_OUT = "HEAD"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"refs/(?:heads|tags|pull)/\S+")


@dataclass(frozen=True, slots=True)
class Event:
    """The revisions of one run.

    ``head`` is what to scan; with ``base``, only what ``head`` brings to it. ``pull_head`` is the
    last commit of a pull request's own branch. ``refs`` says under which ref code scanning files the
    results for a commit; for a commit that is not in it there is none. ``reason`` says, for people,
    why everything is scanned or nothing is filed.
    """

    head: str = CHECKED_OUT
    base: str | None = None
    pull_head: str | None = None
    refs: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None


def read(environ: Mapping[str, str]) -> Event:
    """The event of this run, from the ``GITHUB_…`` variables and the payload they point to.

    The payloads are those of GitHub's webhooks, the variables those of its runner:
    https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    commit, ref = _commit(environ.get("GITHUB_SHA")), environ.get("GITHUB_REF", "")
    payload = _payload(environ.get("GITHUB_EVENT_PATH"))
    match name:
        case "pull_request" | "pull_request_review" | "pull_request_review_comment":
            return _pull_request(_table(payload, "pull_request"), commit, ref)
        case "pull_request_target":
            return _privileged(_table(payload, "pull_request"))
        case "workflow_run":
            return _workflow_run(payload)
        case "merge_group":
            return _merge_group(_table(payload, "merge_group"), commit)
    return Event(head=commit or CHECKED_OUT, refs=_filed(commit, ref))


def _pull_request(pull: Mapping[str, Any], commit: str | None, ref: str) -> Event:
    """``GITHUB_SHA`` is the test merge; the workflow may have checked out the branch instead."""
    head, base = _side(pull, "head"), _side(pull, "base")
    refs = _filed(commit, ref) | _filed(head, _pull_ref(pull))
    if base is None:
        return Event(
            refs=refs, reason="The event does not name the pull request's base: everything is scanned."
        )
    return Event(CHECKED_OUT, base, head, refs)


def _privileged(pull: Mapping[str, Any]) -> Event:
    """``GITHUB_SHA`` and ``GITHUB_REF`` are the base here: results must not be filed under them."""
    head, base = _side(pull, "head"), _side(pull, "base")
    if head is None:
        return Event(
            reason="The event does not name the pull request's head: what is checked out is scanned."
        )
    return Event(head, base, head, _filed(head, _pull_ref(pull)))


def _workflow_run(payload: Mapping[str, Any]) -> Event:
    """The run that ended belongs to a pull request, or to a branch of this repository or of a fork."""
    run = _table(payload, "workflow_run")
    head = _commit(run.get("head_sha"))
    pulls = run.get("pull_requests")
    for pull in pulls if isinstance(pulls, list) else ():
        if isinstance(pull, dict) and head is not None and _side(pull, "head") == head:
            return _privileged(pull)
    return Event(
        head=head or CHECKED_OUT,
        reason="The run that ended names no pull request (it never does for forks): everything is scanned, "
        "and nothing is uploaded to code scanning.",
    )


def _merge_group(group: Mapping[str, Any], commit: str | None) -> Event:
    """Merge groups live on temporary branches, for which code scanning keeps no alerts."""
    head, base = _commit(group.get("head_sha")) or commit, _commit(group.get("base_sha"))
    return Event(head or CHECKED_OUT, base, reason="Code scanning keeps no results of a merge queue.")


def _payload(path: str | None) -> Mapping[str, Any]:
    """The event as JSON; empty when there is none, which leads to a full scan."""
    try:
        payload = json.loads(Path(path or "").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _table(payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = payload.get(key)
    return value if isinstance(value, dict) else {}


def _side(pull: Mapping[str, Any], side: str) -> str | None:
    return _commit(_table(pull, side).get("sha"))


def _commit(value: object) -> str | None:
    """A full commit id; anything else could be an option of git."""
    return value if isinstance(value, str) and _COMMIT.fullmatch(value) else None


def _pull_ref(pull: Mapping[str, Any]) -> str:
    number = pull.get("number")
    return f"refs/pull/{number}/head" if isinstance(number, int) else ""


def _filed(commit: str | None, ref: str) -> dict[str, str]:
    return {commit: ref} if commit and _REF.fullmatch(ref) else {}
