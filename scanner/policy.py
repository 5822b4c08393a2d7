"""What a finished scan means for the caller: what counts, what was said to be accepted, the exit code."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner.config import Accepted, Options, Suppression, hint
from scanner.errors import ConfigError
from scanner.finding import FileReport, Finding

if TYPE_CHECKING:
    from datetime import date

PASS, FAIL, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 3, 130

Digest = Callable[[str], str | None]
"""The SHA-256 (hexadecimal) of a scanned file's content by its path; None where there is none to be had."""


def check(options: Options, rules: Callable[[], Collection[str]]) -> None:
    """:class:`ConfigError` for a rule that the configuration names and that there is not."""
    named = [(rule, setting.where) for rule, setting in options.rules.items()]
    named += [(suppression.rule, suppression.where) for suppression in options.suppressions]
    known = rules() if named else ()
    for rule, where in named:
        if rule not in known:
            near = hint(rule, known) or "; `python -m scanner rules` lists all of them"
            raise ConfigError(f"{where}: there is no rule `{rule}`{near}")


def mark(report: FileReport, before: FileReport) -> FileReport:
    """``report`` with what the base version ``before`` has as well marked; each finding there marks one."""
    left = Counter((finding.rule, finding.identity) for finding in before.findings)
    marked = []
    for finding in report.findings:
        key = finding.rule, finding.identity
        left[key] -= 1
        marked.append(replace(finding, existing=before.path) if left[key] >= 0 else finding)
    return replace(report, findings=tuple(marked))


def grade(reports: Iterable[FileReport], options: Options) -> tuple[FileReport, ...]:
    """The reports with the severities that the configuration gives to rules."""
    return tuple(
        replace(report, findings=tuple(_graded(finding, options) for finding in report.findings))
        for report in reports
    )


def _graded(finding: Finding, options: Options) -> Finding:
    setting = options.rules.get(finding.rule)
    return (
        finding
        if setting is None or setting.severity is None
        else replace(finding, severity=setting.severity)
    )


def accept(
    reports: Sequence[FileReport], options: Options, digest: Digest, today: "date", *, complete: bool
) -> tuple[tuple[FileReport, ...], tuple[Accepted, ...], tuple[str, ...]]:
    """The reports without what is suppressed, what that is, and what to say about useless suppressions.

    A suppression holds for one rule in one file of exactly that content, up to and including its last day.
    Unless the scan was ``complete``, one whose file was not looked at may still be right.
    """
    found = {report.path: report for report in reports}
    accepted: list[Accepted] = []
    complaints: list[str] = []
    for suppression in options.suppressions:
        report = found.get(suppression.path)
        matching = [f for f in report.findings if f.rule == suppression.rule] if report else []
        useless = _useless(suppression, report, matching, digest, today)
        if report is None and complete:
            useless = useless or "matches nothing: there is no such file; remove it"
        if useless:
            what = f"{suppression.where}: the suppression of {suppression.rule} in {suppression.path}"
            complaints.append(f"{what} {useless}")
        elif report:
            accepted += [Accepted(finding, suppression) for finding in matching]
            kept = tuple(finding for finding in report.findings if finding not in matching)
            found[report.path] = replace(report, findings=kept)
    return tuple(found.values()), tuple(accepted), tuple(complaints)


def _useless(
    suppression: Suppression,
    report: FileReport | None,
    matching: list[Finding],
    digest: Digest,
    today: "date",
) -> str | None:
    """Why a suppression has no effect; None if it has one, or if its file was not looked at."""
    if suppression.expires < today:
        return f"expired on {suppression.expires} and has no effect; remove it or decide anew"
    if report is None:
        return None
    if not matching:
        return "matches nothing: there is no such finding; remove it"
    content = digest(suppression.path)
    if content != suppression.sha256:
        return f"is for other content: the file's SHA-256 is {content or 'not known'}; decide anew"
    return None


def blocks(finding: Finding, options: Options) -> bool:
    """Whether a finding shuts the gate: by its rule's own setting, else by the threshold.

    What the base already has can be spared, but only where it was: moved elsewhere, it is brought in.
    """
    setting = options.rules.get(finding.rule)
    if setting is not None and setting.fail is not None:
        fails = setting.fail
    else:
        fails = options.fail_on is not None and finding.severity >= options.fail_on
    return fails and (options.fail_on_existing or finding.existing != finding.site.path)


def exit_code(reports: Iterable[FileReport], options: Options) -> int:
    """0 nothing blocks, 1 something does, 3 our own fault.

    A finding goes before a fault: the caller must see that the gate is shut, and the fault is in the
    reports all the same.
    """
    failed = False
    for report in reports:
        if any(blocks(finding, options) for finding in report.findings):
            return FAIL
        failed = failed or report.failure is not None
    return FAULT if failed else PASS
