"""What a workflow run is about: which revisions to compare, and under which ref results are filed.

The payload comes from GitHub, but parts of it (branch names, above all) are chosen by whoever opens
a pull request. So only full commit ids, numbers and the name of the default branch are taken from
it, and refs are made from numbers. When a payload does not say what changed, everything is scanned:
never nothing. And a change that is not on a branch of ours always has a base, because the
configuration comes from there.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from scanner.config import ORIGIN

CHECKED_OUT = "HEAD"
NOTHING = "0" * 40  # git's id of no commit: as a base everything is new to it, as a head it is refused
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"refs/(?:heads|tags|pull)/\S+")
_BRANCH = re.compile(r"(?!-)(?!.*\.\.)[\w./+-]+")


Stranger = Literal["a fork", "Dependabot"]
DEPENDABOT = "dependabot[bot]"


class Event(Struct, frozen=True):
    """The revisions of one run.

    ``head`` is what to scan and ``base`` what to compare it with: a commit, or a ref of the remote
    (:data:`scanner.config.ORIGIN`). ``whole`` says that this event calls for all of ``head`` all the
    same. ``pull_head`` is the last commit of a pull request's own branch, ``pull`` its number. ``refs``
    says under which ref code scanning files the results for a commit; for a commit that is not in it
    there is none, and ``reason`` says why. ``branch`` (``owner:name``) is a fork's, whose pull request
    only the API knows.
    """

    head: str = CHECKED_OUT
    base: str | None = None
    whole: bool = False
    pull_head: str | None = None
    pull: int | None = None
    refs: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    branch: str | None = None
    stranger: Stranger | None = None

    def told(self, pull: int, base: str) -> "Event":
        """This event of a fork's branch, of which the API has told the pull request and its base."""
        refs = _filed(self.head, _pull_ref({"number": pull}))
        return replace(self, base=_commit(base) or self.base, pull_head=self.head, pull=pull, refs=refs)


def read(environ: Mapping[str, str]) -> Event:
    """The event of this run, from the ``GITHUB_…`` variables and the payload they point to.

    The payloads are those of GitHub's webhooks, the variables those of its runner:
    https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
    """
    name, payload = environ.get("GITHUB_EVENT_NAME", ""), _payload(environ.get("GITHUB_EVENT_PATH"))
    commit, ref = _commit(environ.get("GITHUB_SHA")), environ.get("GITHUB_REF", "")
    stranger = _stranger(name, payload, environ.get("GITHUB_ACTOR"))
    return replace(_told(name, payload, commit, ref), stranger=stranger)


def _told(name: str, payload: Mapping[str, Any], commit: str | None, ref: str) -> Event:
    match name:
        case "pull_request" | "pull_request_review" | "pull_request_review_comment":
            return _pull_request(_table(payload, "pull_request"), commit, ref)
        case "pull_request_target":
            return _privileged(_table(payload, "pull_request"), commit)
        case "workflow_run":
            return _workflow_run(_table(payload, "workflow_run"), _default(payload), commit, ref)
        case "merge_group":
            return _merge_group(_table(payload, "merge_group"), commit)
        case "push":
            return _push(payload, commit, ref)
    return Event(commit or CHECKED_OUT, whole=True, refs=_filed(commit, ref))


def _stranger(name: str, payload: Mapping[str, Any], actor: str | None) -> Stranger | None:
    """A pull request's workflow runs with its author's rights, except where the event says otherwise."""
    if actor == DEPENDABOT:
        return "Dependabot"
    if not name.startswith("pull_request") or name == "pull_request_target":
        return None
    sides = [_table(_table(payload, "pull_request"), side) for side in ("head", "base")]
    head, base = (_table(side, "repo").get("full_name") for side in sides)
    return "a fork" if base is not None and head != base else None  # a fork may have been deleted since


def _pull_request(pull: Mapping[str, Any], commit: str | None, ref: str) -> Event:
    """``GITHUB_SHA`` is the test merge; the workflow may have checked out the branch instead."""
    head = _side(pull, "head")
    refs = _filed(commit, ref) | _filed(head, _pull_ref(pull))
    return Event(CHECKED_OUT, _side(pull, "base") or NOTHING, False, head, _number(pull), refs)


def _privileged(pull: Mapping[str, Any], commit: str | None) -> Event:
    """``GITHUB_SHA`` and ``GITHUB_REF`` are the base here: results must not be filed under them."""
    head = _side(pull, "head")
    base = _side(pull, "base") or commit or NOTHING
    return Event(head or NOTHING, base, False, head, _number(pull), _filed(head, _pull_ref(pull)))


def _workflow_run(run: Mapping[str, Any], default: str | None, commit: str | None, ref: str) -> Event:
    """The run that ended may have been a fork's; ``GITHUB_SHA`` is our own default branch."""
    head = _commit(run.get("head_sha")) or NOTHING
    cause = run.get("event")
    if isinstance(cause, str) and not cause.startswith("pull_request"):
        return _branch_run(run, head, default, commit, ref)
    pulls = run.get("pull_requests")
    for pull in pulls if isinstance(pulls, list) else ():
        if isinstance(pull, dict) and _side(pull, "head") == head:
            return _privileged(pull, commit)
    reason = "the run that ended names no pull request, as is always so for forks."
    owner, name = _table(_table(run, "head_repository"), "owner").get("login"), run.get("head_branch")
    branch = f"{owner}:{name}" if isinstance(owner, str) and isinstance(name, str) else None
    return Event(head, commit or NOTHING, reason=reason, branch=branch)


def _branch_run(
    run: Mapping[str, Any], head: str, default: str | None, commit: str | None, ref: str
) -> Event:
    """After a run for one of our branches: all of the default branch, what is new on another one."""
    if run.get("head_branch") == default is not None:
        refs = _filed(commit, ref) if head == commit else {}
        return Event(head, whole=True, refs=refs, reason="the default branch has moved on since.")
    return Event(head, commit or NOTHING, reason="the run that ended was on a branch other than the default.")


def _merge_group(group: Mapping[str, Any], commit: str | None) -> Event:
    """Merge groups live on temporary branches, for which code scanning keeps no alerts."""
    head, base = _commit(group.get("head_sha")) or commit, _commit(group.get("base_sha"))
    return Event(head or CHECKED_OUT, base or NOTHING, reason="it keeps no results of merge queues.")


def _push(payload: Mapping[str, Any], commit: str | None, ref: str) -> Event:
    """All of the default branch and of tags; on another branch, what the push brings.

    A branch that is new is compared with the default branch. After a forced push ``before`` is not an
    ancestor, and what counts is what is new since the two parted.
    """
    if payload.get("deleted") is True or payload.get("after") == NOTHING:
        return Event(commit or CHECKED_OUT, commit, reason="the push deleted its branch or tag.")
    default, before = _default(payload), _commit(payload.get("before"))
    if before == NOTHING:
        before = None
    if default is None or not ref.startswith("refs/heads/") or ref == f"refs/heads/{default}":
        return Event(commit or CHECKED_OUT, before, whole=True, refs=_filed(commit, ref))
    return Event(commit or CHECKED_OUT, before or f"{ORIGIN}refs/heads/{default}", refs=_filed(commit, ref))


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


def _default(payload: Mapping[str, Any]) -> str | None:
    """The name of the default branch, which the owner chooses."""
    name = _table(payload, "repository").get("default_branch")
    return name if isinstance(name, str) and _BRANCH.fullmatch(name) else None


def _number(pull: Mapping[str, Any]) -> int | None:
    number = pull.get("number")
    return number if type(number) is int and number > 0 else None


def _pull_ref(pull: Mapping[str, Any]) -> str:
    number = _number(pull)
    return f"refs/pull/{number}/head" if number else ""


def _filed(commit: str | None, ref: str) -> dict[str, str]:
    return {commit: ref} if commit and _REF.fullmatch(ref) else {}
