"""The whole scan on one screen: survey, examine, decide.

Everything that touches the content of a file happens in :mod:`scanner.worker`, in processes that have
nothing to lose; this side collects, decides and tells.
"""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from scanner import __version__, policy, sandbox
from scanner.blob import window
from scanner.collect import Artifact, Confide, Survey, survey, untold
from scanner.config import Accepted, Options
from scanner.errors import ConfigError, OverBudget
from scanner.finding import FileReport, Severity
from scanner.pool import Pool
from scanner.process import Started
from scanner.report import Card, Notice, Scan

if TYPE_CHECKING:
    from scanner.knowledge.patterns import Source

Progress = Callable[[int, int, str], None]
"""Is told how many files are finished, of how many, and the path of the last one."""


def scan(
    options: Options,
    progress: Progress | None = None,
    ahead: Started | None = None,
    confide: Confide = untold,
) -> Scan:
    """Examine what ``options`` ask for; ``ahead`` is a worker that has been started already. ``confide`` is
    told each credential that turns up on the way.

    Raises :class:`~scanner.errors.ConfigError` before any work.
    """
    start = time.monotonic()
    notices: list[Notice] = []
    found = survey(options, lambda message: notices.append(Notice(Severity.NOTE, message)), confide)
    options = found.options
    policy.check(options, lambda: {card.rule.id for card in cards()})
    _check(found.patterns)
    reports, layers = _examine(found, progress, ahead)
    reports, accepted, complaints = _settled(found, policy.grade(reports, options))
    notices += [Notice(Severity.WARNING, complaint) for complaint in complaints] + _missing(layers)
    notices += [Notice(Severity.WARNING, why, path) for path, why in sorted(found.traffic.missed.items())]
    notices += _beyond(reports)
    if found.traffic:
        notices.append(Notice(Severity.NOTE, str(found.traffic)))
    return Scan(
        version=__version__,
        reports=reports,
        read_cards=cards,
        exit_code=policy.exit_code(reports, options),
        fail_on=options.fail_on,
        accepted=accepted,
        notices=tuple(dict.fromkeys(notices)),
        base=found.base,
        head=found.head,
        seconds=time.monotonic() - start,
        text_of=_reader(found),
        pointers=frozenset(artifact.path for artifact in found.artifacts if artifact.pointer),
        blocking=frozenset(f for r in reports for f in r.findings if policy.blocks(f, options)),
    )


def cards() -> tuple[Card, ...]:
    """Every rule with its page."""
    from scanner.rules import rules  # noqa: PLC0415 - not every report speaks of rules

    return tuple(Card(module.RULE, module.__doc__ or "") for module in rules())


def _check(added: tuple["Source", ...]) -> None:
    """Compile the user's patterns before any work; :class:`~scanner.errors.ConfigError` names the line."""
    if not added:
        return
    from scanner.knowledge.patterns import matcher  # noqa: PLC0415 - few have patterns of their own

    known = {card.rule.id for card in cards()}
    for pattern in matcher(added):
        if pattern.rule_id not in known:
            raise ConfigError(f"pattern {pattern.name}: there is no rule {pattern.rule_id!r} for `rule_id`")


def _examine(
    found: Survey, progress: Progress | None, ahead: Started | None
) -> tuple[tuple[FileReport, ...], tuple[str, ...] | None]:
    """A report on every artifact, in path order, and what the workers were locked down by."""
    reports: list[FileReport] = []
    added = [(source.name, source.text) for source in found.patterns]
    jobs = found.options.jobs or _cores()
    with Pool(found.options.limits, jobs, ahead=ahead, patterns=added) as pool:
        for report in pool.scan(found.artifacts):
            reports.append(report)
            if progress:
                progress(len(reports), len(found.artifacts), report.path)
        reports = _marked(pool, found, reports)
    return tuple(sorted(reports, key=lambda report: report.path)), pool.layers


def _marked(pool: Pool, found: Survey, reports: list[FileReport]) -> list[FileReport]:
    """The reports with what is no news marked: files with findings are compared with what they were."""
    artifacts = {artifact.path: artifact for artifact in found.artifacts}
    versions = {report.path: artifacts[report.path].before for report in reports if report.findings}
    before = {report.path: report for report in pool.scan(v for v in versions.values() if v)}
    return [
        policy.mark(report, before[was.path]) if (was := versions.get(report.path)) else report
        for report in reports
    ]


def _settled(
    found: Survey, reports: tuple[FileReport, ...]
) -> tuple[tuple[FileReport, ...], tuple[Accepted, ...], tuple[str, ...]]:
    """The reports that count, what the configuration accepts, and complaints about its suppressions."""
    if not found.options.suppressions:
        return reports, (), ()
    from datetime import UTC, datetime  # noqa: PLC0415 - slow, and most runs have no suppressions

    artifacts = {artifact.path: artifact for artifact in found.artifacts}
    today = datetime.now(UTC).date()
    return policy.accept(
        reports, found.options, lambda path: artifacts[path].sha256(), today, complete=found.complete
    )


def _cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _missing(layers: tuple[str, ...] | None) -> list[Notice]:
    """Say which protection the parsers ran without; nothing when none ran."""
    missing = [] if layers is None else [x for x in sandbox.expected() if x not in layers]
    if not missing:
        return []
    words = ", ".join(missing)
    return [Notice(Severity.WARNING, f"Files were read with less protection than usual, without: {words}")]


def _beyond(reports: tuple[FileReport, ...]) -> list[Notice]:
    """Say that imports lead further than they are followed; nothing when none does."""
    leading = [report for report in reports if report.beyond]
    if not leading:
        return []
    files = "1 file leads" if len(leading) == 1 else f"{len(leading)} files lead"
    text = f"{files} to others that are not followed, the first of them to {leading[0].beyond[0]}"
    return [Notice(Severity.NOTE, text, leading[0].path)]


def _reader(found: Survey) -> Callable[[str], str | None]:
    """Reads a script again as text, bounded, for the line fingerprints of the reports."""
    artifacts: dict[str, Artifact] = {artifact.path: artifact for artifact in found.artifacts}

    def text_of(path: str) -> str | None:
        try:
            with open(artifacts[path].open(), "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
                return window(file.fileno()).read_at(0, found.options.limits.constant).decode("utf-8")
        except (KeyError, OSError, OverBudget, UnicodeDecodeError):
            return None

    return text_of
