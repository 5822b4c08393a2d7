"""What a workflow run is about: which revisions to compare, and under which ref results are filed.

The payload comes from GitHub, but parts of it (branch names, above all) are chosen by whoever opens
a pull request. So only full commit ids and numbers are taken from it, and refs are made from numbers.
When a payload does not say what changed, everything is scanned: never nothing. And a change that is
not on a branch of ours always has a base, because the configuration comes from there.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKED_OUT = "HEAD"
NOTHING = "0" * 40  # git's id of no commit: as a base everything is new to it, as a head it is refused
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"refs/(?:heads|tags|pull)/\S+")


@dataclass(frozen=True, slots=True)
class Event:
    """The revisions of one run.

    ``head`` is what to scan; with ``base``, only what ``head`` brings to it. ``pull_head`` is the
    last commit of a pull request's own branch. ``refs`` says under which ref code scanning files the
    results for a commit; for a commit that is not in it there is none, and ``reason`` says why.
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
            return _privileged(_table(payload, "pull_request"), commit)
        case "workflow_run":
            return _workflow_run(_table(payload, "workflow_run"), commit)
        case "merge_group":
            return _merge_group(_table(payload, "merge_group"), commit)
    return Event(head=commit or CHECKED_OUT, refs=_filed(commit, ref))


def _pull_request(pull: Mapping[str, Any], commit: str | None, ref: str) -> Event:
    """``GITHUB_SHA`` is the test merge; the workflow may have checked out the branch instead."""
    head = _side(pull, "head")
    refs = _filed(commit, ref) | _filed(head, _pull_ref(pull))
    return Event(CHECKED_OUT, _side(pull, "base") or NOTHING, head, refs)


def _privileged(pull: Mapping[str, Any], commit: str | None) -> Event:
    """``GITHUB_SHA`` and ``GITHUB_REF`` are the base here: results must not be filed under them."""
    head = _side(pull, "head")
    base = _side(pull, "base") or commit or NOTHING
    return Event(head or NOTHING, base, head, _filed(head, _pull_ref(pull)))


def _workflow_run(run: Mapping[str, Any], commit: str | None) -> Event:
    """The run that ended may have been a fork's; ``GITHUB_SHA`` is our own default branch."""
    head = _commit(run.get("head_sha")) or NOTHING
    pulls = run.get("pull_requests")
    for pull in pulls if isinstance(pulls, list) else ():
        if isinstance(pull, dict) and _side(pull, "head") == head:
            return _privileged(pull, commit)
    reason = "the run that ended names no pull request, as is always so for forks."
    return Event(head, commit or NOTHING, reason=reason)


def _merge_group(group: Mapping[str, Any], commit: str | None) -> Event:
    """Merge groups live on temporary branches, for which code scanning keeps no alerts."""
    head, base = _commit(group.get("head_sha")) or commit, _commit(group.get("base_sha"))
    return Event(head or CHECKED_OUT, base or NOTHING, reason="it keeps no results of merge queues.")


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
