"""From what the caller asked for to the files to scan.

:func:`survey` is the way in: it settles the options (the configuration file is part of what has to
be collected, and must not come from the author of a change) and lists the artifacts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from scanner import config
from scanner.collect import disk
from scanner.collect.artifact import Artifact, Notify
from scanner.collect.globs import Globs
from scanner.config import Options
from scanner.errors import ConfigError

__all__ = ["Artifact", "Notify", "Survey", "collect", "survey"]


@dataclass(frozen=True, slots=True)
class Survey:
    """The options with the configuration file merged in, and the artifacts, sorted by path.

    ``base`` and ``head`` are the full ids of the commits that were compared, None where there was none.
    """

    options: Options
    artifacts: tuple[Artifact, ...]
    base: str | None = None
    head: str | None = None


def collect(options: Options, notify: Notify = lambda _: None) -> Iterator[Artifact]:
    """The artifacts of :func:`survey` alone."""
    yield from survey(options, notify).artifacts


def survey(options: Options, notify: Notify = lambda _: None) -> Survey:
    """Settle ``options`` and list what is to be scanned; ``notify`` receives one sentence per notice.

    Raises :class:`ConfigError` for what only the caller can put right.
    """
    if options.head is None:
        options = _configure_from_disk(options)
        return _survey(options, disk.gather(options.paths or (".",), notify), notify)
    from scanner.collect import revision  # noqa: PLC0415 - GitPython is slow to import

    plan = revision.plan(options, notify)
    options = revision.configure(plan, options, notify)
    found = revision.gather(plan)
    if options.paths:
        chosen = Globs(options.paths, beneath=True)
        found = [artifact for artifact in found if chosen.match(artifact.path)]
    return replace(_survey(options, found, notify), base=plan.since, head=plan.head)


def _survey(options: Options, found: list[Artifact], notify: Notify) -> Survey:
    """Without what the configuration excludes, and saying how much that was."""
    excluded = Globs(options.excludes, beneath=False)
    kept = tuple(artifact for artifact in found if not excluded.match(artifact.path))
    if len(kept) < len(found):
        notify(f"{len(found) - len(kept)} of {len(found)} files were left out by `exclude`")
    return Survey(options, kept)


def _configure_from_disk(options: Options) -> Options:
    """Merge the configuration file of the current directory, or the one that the caller names."""
    for name in (options.config,) if options.config else config.FILES:
        if Path(name).is_file() or options.config:
            try:
                text = Path(name).read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"the configuration file {name!r} cannot be read: {error}") from error
            return config.merge(options, text, name)
    return options
