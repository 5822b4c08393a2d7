"""What a revision contains, or what one revision brings to another.

``base..head`` has the meaning of a pull request (three dots in git's language): changes since the
merge base, not what the base has gained meanwhile. Where that cannot be known (a shallow clone,
several merge bases) the two trees are compared, which can only scan more: a file that is the same
in the base itself is nothing that the change brings. And where there is no base to be had, all of
``head`` is scanned. The work tree is never looked at: sparse checkouts, filters and later edits
make it differ from what would be merged.
"""

import heapq
import os
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from scanner import config
from scanner.collect import pointer
from scanner.collect.artifact import Artifact, Notify, barred, missed
from scanner.collect.change import Change
from scanner.collect.repository import Repository
from scanner.config import Options
from scanner.errors import ConfigError

_PROBLEMS = {
    "120000": "a symbolic link, which is never followed",
    "160000": "a submodule, whose files are in another repository",
}
_USERS = 24  # unchanged files that are asked whether they import a changed one
_FILES = ("100644", "100755", "100664")


class Plan(Struct, frozen=True):
    """What to compare, as full commit ids.

    ``since`` is where the comparison starts (None: everything in ``head`` is scanned), ``against`` the
    commit whose versions of the files tell what is new in them (None: there is none);
    ``only`` are the paths that count where another source than git says what is new (None: all);
    ``trusted`` is the commit whose configuration file applies (None: no file can be trusted).
    """

    repository: Repository
    head: str
    since: str | None
    trusted: str | None
    against: str | None = None
    only: frozenset[str] | None = None


def plan(options: Options, notify: Notify) -> Plan:
    """Find the two ends, fetching what a shallow checkout lacks. ConfigError if there is no head."""
    repository = Repository(Path.cwd(), token=options.token, server=options.server)
    head, failure = _obtain(repository, options.head or "HEAD")
    if head is None:
        raise ConfigError(f"the head commit {options.head} is not here and cannot be fetched: {failure}")
    if options.base is None:
        return Plan(repository, head, since=None, trusted=head)
    parents = repository.parents(head)
    merged = len(parents) == 2 and parents[1] == options.pull_head
    base, failure = _obtain(repository, parents[0] if merged else options.base)
    if base is None:
        return _without_base(repository, head, options, failure, notify)
    if options.whole:
        return Plan(repository, head, since=None, trusted=base, against=base)
    since = base if merged else _fork(repository, base, head, notify)
    return Plan(repository, head, since=since, trusted=base, against=since)


def _without_base(
    repository: Repository, head: str, options: Options, failure: str | None, notify: Notify
) -> Plan:
    """What the service says is new, else everything; and nobody's configuration file."""
    missing = f"The base commit {options.base} is not here and cannot be fetched ({failure})"
    listed: frozenset[str] | str | None = None
    if options.pull and options.pull_head and options.repository and not options.whole:
        from scanner.collect.pulls import changed  # noqa: PLC0415 - few scans open a connection
        from scanner.github import Pull  # noqa: PLC0415

        pull = Pull(options.repository, options.pull, options.pull_head, options.token, options.api)
        listed = changed(pull)
        if isinstance(listed, frozenset):
            unknown = listed - {change.path for change in repository.changes(None, head)}
            listed = "the API lists files that are not in it" if unknown else listed
    if isinstance(listed, frozenset):
        notify(f"{missing}: the files that the API lists were scanned, without a configuration file")
        return Plan(repository, head, since=None, trusted=None, only=listed)
    why = f", and {listed}" if listed else ""
    notify(f"{missing}{why}: every file of the head was scanned, without a configuration file")
    return Plan(repository, head, since=None, trusted=None)


def configure(plan: Plan, options: Options, notify: Notify) -> Options:
    """Merge the configuration file of the trusted commit, never one that the change brings along."""
    if plan.trusted is None:
        return options
    for name in (options.config,) if options.config else config.FILES:
        blob = plan.repository.entry(plan.trusted, name)
        if plan.repository.entry(plan.head, name) != blob:
            notify(f"{name} is not the same in the change as in its base: what the base says applies")
        if blob is not None:
            if plan.repository.linked(plan.trusted, name):
                raise ConfigError(f"{name} of the base is a symbolic link, which is not followed")
            from scanner import configfile  # noqa: PLC0415 - most runs have no file

            return configfile.merge(options, configfile.text(_read(plan.repository, blob, name), name), name)
        if options.config:
            raise ConfigError(f"the configuration file {name!r} is not in commit {plan.trusted}")
    return options


def gather(plan: Plan, notify: Notify) -> list[Artifact]:
    """The files that ``head`` brings, sorted by path; deleted ones are none. ``notify`` is told, for as long
    as the artifacts are read, what others they lead to and cannot be had."""
    changes = _changes(plan)
    blobs = {change.id for change in changes if change.mode in _FILES}
    missing = plan.repository.missing(blobs)
    if missing:
        plan.repository.fetch(missing)
        missing = plan.repository.missing(missing)
    tree = _Tree(plan.repository, plan.head, notify, frozenset(change.path for change in changes))
    contents = plan.repository.short(blobs - missing, pointer.LONGEST)
    pointers = {blob: found for blob, content in contents.items() if (found := pointer.parse(content))}
    return sorted((_artifact(tree, c, missing, pointers) for c in changes), key=lambda a: a.path)


def _changes(plan: Plan) -> list[Change]:
    """What is to be scanned, each with what it was before."""
    changes = list(plan.repository.changes(plan.since, plan.head))
    if plan.only is not None:
        changes = [change for change in changes if change.path in plan.only]
    if plan.since is None and plan.against is not None:
        new = {change.path: change for change in plan.repository.changes(plan.against, plan.head)}
        changes = [new.get(change.path) or replace(change, before=change) for change in changes]
    return changes


class _Tree(Struct, frozen=True, dict=True):
    """All files of a commit, listed when somebody first asks for one. ``changed`` are scanned themselves."""

    repository: Repository
    commit: str
    notify: Notify
    changed: frozenset[str]

    @cached_property
    def entries(self) -> dict[str, Change]:
        """What is at each path."""
        return {change.path: change for change in self.repository.changes(None, self.commit)}

    def open(self, path: str) -> int:
        """A descriptor of a file of the commit; OSError if it has none there, and of what is no file or
        cannot be had people are told."""
        parts = path.split("/")
        for beneath in range(1, len(parts) + 1):  # what is a link, or a submodule, may have it
            entry = self.entries.get("/".join(parts[:beneath]))
            if entry is not None and entry.mode in _PROBLEMS:
                self.notify(missed(path, f"{entry.path} is {_PROBLEMS[entry.mode]}"))
                raise FileNotFoundError(path)
        if entry is None:
            raise FileNotFoundError(path)
        try:
            return self.repository.fetched(entry.id)
        except OSError as error:
            self.notify(missed(path, str(error)))
            raise

    def users(self, path: str) -> tuple[str, ...]:
        """The Python files next to ``path`` and above, then the others: loaders stand above their helpers."""

        def distance(other: str) -> tuple[int, str]:
            return len(other.split("/")) - 2 * len(os.path.commonpath([other, path]).split("/")), other

        files = (entry.path for entry in self.entries.values() if entry.mode in _FILES)
        sources = (other for other in files if other.endswith(".py") and other not in self.changed)
        return tuple(heapq.nsmallest(_USERS, sources, distance)) if path.endswith(".py") else ()


def _artifact(
    tree: _Tree, change: Change, missing: set[str], pointers: Mapping[str, pointer.Pointer]
) -> Artifact:
    if change.mode not in _FILES:
        return barred(change.path, _PROBLEMS.get(change.mode, f"an entry of unknown mode {change.mode}"))
    if change.id in missing:
        return barred(change.path, "content that is not in this clone and cannot be fetched")
    was, before = change.before, None
    if was is not None and was.mode in _FILES:
        before = Artifact(was.path, None, partial(tree.repository.fetched, was.id))
    open_ = partial(tree.repository.open, change.id)
    users = partial(tree.users, change.path)
    return Artifact(change.path, None, open_, tree.open, before, users, pointer=pointers.get(change.id))


def _obtain(repository: Repository, revision: str) -> tuple[str | None, str | None]:
    """The commit, fetched if need be, or None and why not."""
    if revision.startswith(config.ORIGIN):
        tip, failure = repository.tip(revision.removeprefix(config.ORIGIN))
        return (None, failure) if tip is None else _obtain(repository, tip)
    found = repository.find(revision)
    if found is not None:
        return found, None
    failure = repository.fetch([revision])
    return (None, failure) if failure else (repository.find(revision), None)


def _fork(repository: Repository, base: str, head: str, notify: Notify) -> str:
    """Where ``head`` left ``base``; ``base`` itself if that is not one known commit.

    A head in the past of its base (a branch that was reset) brings back what has been taken out since.
    """
    ancestors = [] if repository.shallow() else repository.merge_bases(base, head)
    if base == head or ancestors == [head]:
        return base
    if len(ancestors) == 1:
        return ancestors[0]
    if base not in repository.parents(head):
        notify(
            "The history here does not tell where the change left its base: the two commits were compared as"
            " they are, so files that only the base has changed may be scanned too"
        )
    return base


def _read(repository: Repository, blob: str, name: str) -> bytes:
    """The content of a configuration file."""
    try:
        with open(repository.fetched(blob), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            return file.read()
    except OSError as error:
        raise ConfigError(f"the configuration file {name!r} of the base cannot be read: {error}") from error
