"""From what the caller asked for to the files to scan.

:func:`survey` is the way in: it settles the options (the configuration file is part of what has to
be collected, and must not come from the author of a change) and lists the artifacts.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from scanner import config
from scanner.collect import disk, lfs
from scanner.collect.artifact import Artifact, Confide, Notify, untold
from scanner.collect.globs import Globs
from scanner.collect.lfs.meter import Traffic
from scanner.config import Lfs, Options
from scanner.errors import ConfigError

if TYPE_CHECKING:
    from scanner.collect.revision import Plan
    from scanner.knowledge.patterns import Source

__all__ = ["Artifact", "Confide", "Notify", "Survey", "collect", "survey", "untold"]


class Survey(Struct, frozen=True):
    """The options with the configuration file merged in, the artifacts, sorted by path, and the user's
    patterns.

    ``base`` and ``head`` are the full ids of the commits that were compared, None where there was none.
    ``complete`` says that a whole revision was listed, so that what is not here does not exist. ``traffic``
    is what Git LFS costs, and grows while the artifacts are read.
    """

    options: Options
    artifacts: tuple[Artifact, ...]
    patterns: tuple["Source", ...] = ()
    base: str | None = None
    head: str | None = None
    complete: bool = False
    traffic: Traffic = field(default_factory=Traffic)


def collect(options: Options, notify: Notify = lambda _: None) -> Iterator[Artifact]:
    """The artifacts of :func:`survey` alone."""
    yield from survey(options, notify).artifacts


def survey(options: Options, notify: Notify = lambda _: None, confide: Confide = untold) -> Survey:
    """Settle ``options`` and list what is to be scanned; ``notify`` receives one sentence per notice, and
    ``confide`` each credential for Git LFS.

    Raises :class:`ConfigError` for what only the caller can put right.
    """
    if options.head is None:
        options = _configure_from_disk(options)
        surveyed = _survey(options, disk.gather(options.paths or (".",), notify), notify)
        return replace(_resolved(surveyed, None, confide), patterns=_patterns(options, None))
    from scanner.collect import revision  # noqa: PLC0415 - GitPython is slow to import

    plan = revision.plan(options, notify)
    options = revision.configure(plan, options, notify)
    found = revision.gather(plan, notify)
    if options.paths:
        chosen = Globs(options.paths, beneath=True)
        listed, found = len(found), [artifact for artifact in found if chosen.match(artifact.path)]
        if len(found) < listed:
            notify(f"{listed - len(found)} of {listed} files were left out by `paths`")
    complete = plan.since is None and plan.only is None and not options.paths and not options.excludes
    surveyed = replace(_survey(options, found, notify), patterns=_patterns(options, plan), complete=complete)
    return replace(_resolved(surveyed, plan, confide), base=plan.since, head=plan.head)


def _survey(options: Options, found: list[Artifact], notify: Notify) -> Survey:
    """Without what the configuration excludes, and saying how much that was."""
    excluded = Globs(options.excludes, beneath=False)
    kept = tuple(artifact for artifact in found if not excluded.match(artifact.path))
    if len(kept) < len(found):
        notify(f"{len(found) - len(kept)} of {len(found)} files were left out by `exclude`")
    return Survey(options, kept)


def _resolved(surveyed: Survey, plan: "Plan | None", confide: Confide) -> Survey:
    """With the content that Git LFS pointers stand for; a scan of files on disk asks no server for it."""
    if surveyed.options.lfs is Lfs.NEVER:
        return surveyed
    resolver = lfs.beside(plan.repository, plan.trusted, confide) if plan else lfs.offline()
    return replace(surveyed, artifacts=resolver.resolve(surveyed.artifacts), traffic=resolver.traffic)


def _patterns(options: Options, plan: "Plan | None") -> tuple["Source", ...]:
    """The user's patterns, from where the configuration file comes from."""
    if not options.patterns:
        return ()
    from scanner.collect import patterns  # noqa: PLC0415 - few have any

    read = patterns.on_disk if plan is None else partial(patterns.in_revision, plan)
    return tuple(source for folder in options.patterns for source in read(folder))


def _configure_from_disk(options: Options) -> Options:
    """Merge the configuration file of the current directory, or the one that the caller names."""
    for name in (options.config,) if options.config else config.FILES:
        if Path(name).is_file() or options.config:
            try:
                content = Path(name).read_bytes()
            except OSError as error:
                raise ConfigError(f"the configuration file {name!r} cannot be read: {error}") from error
            from scanner import configfile  # noqa: PLC0415 - most runs have no file

            return configfile.merge(options, configfile.text(content, name), name)
    return options
