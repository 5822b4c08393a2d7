"""Where findings are told: in the file that is scanned, the worst first."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from scanner.facts import IMPORTS, Anomaly, Facts
from scanner.finding import Finding, Severity
from scanner.rules import judge
from scanner.site import Site, Step
from scanner.wire import FINDINGS


def at_home(findings: list[Finding], home: Site) -> Iterator[Finding]:
    """The findings as places in the scanned file: what happens in a neighbour is told where this file
    gets there, if it blocks. The lesser sins of a neighbour are told when it is scanned itself."""
    own = {(f.rule, f.site) for f in findings if not _imported(f)}
    for finding in findings:
        if finding.site.path == home.path:
            inside = _imported(finding)  # by another file of the same archive
            if not inside or (finding.severity is Severity.ERROR and (finding.rule, finding.site) not in own):
                yield finding
        elif finding.severity is Severity.ERROR:
            ways = [s.site for s in finding.steps if s.site.path == home.path]
            yield replace(finding, site=ways[-1] if ways else home)


def through(findings: list[Finding], home: Site, own: list[Finding]) -> Iterator[Finding]:
    """What a file that imports this one does by it, told at the last place here on the way; not what has
    been told as its ``own``."""
    told = {(finding.rule, finding.site) for finding in own}
    for finding in findings:
        ways = [s.site for s in (*finding.steps, Step(finding.site, "")) if s.site.path == home.path]
        if ways and finding.severity > Severity.NOTE and (finding.rule, ways[-1]) not in told:
            yield replace(finding, site=ways[-1])


def _imported(finding: Finding) -> bool:
    return any(step.text.startswith(IMPORTS) for step in finding.steps)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, by severity and then by place, at most as many as the wire takes."""
    unique = sorted(dict.fromkeys(findings), key=_badness)
    if len(unique) > FINDINGS:
        message = f"only the worst {FINDINGS:,} of {len(unique):,} findings are kept"
        cut = judge(Facts(anomalies=[Anomaly("over-budget", message, Site(unique[0].site.trail[:1]))]))
        unique = sorted([*unique[: FINDINGS - len(cut)], *cut], key=_badness)
    return tuple(unique)


def _badness(finding: Finding) -> tuple[object, ...]:
    site = finding.site
    return (-finding.severity, site.trail, site.line or 0, site.offset or 0, finding.rule, finding.message)
