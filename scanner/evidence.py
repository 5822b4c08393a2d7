"""What the code behind a finding says, for people to read, by a reader that is not ours.

That reader is slow to import and slow at work, so it is asked last: about findings that somebody has to
look at, for a few pieces of code, within seconds. Where it disagrees with the first reader, that is an
anomaly like any other and goes back to the rules; apart from that it changes nothing.
"""

import time
from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from scanner.blob import Fragment
from scanner.errors import OverBudget
from scanner.facts import Anomaly
from scanner.finding import Finding, Severity
from scanner.languages import explainer
from scanner.languages._opinion import Opinion
from scanner.site import Site

PIECES = 64  # of code that are kept to be asked about
ASKED = 8  # questions, for one artifact
SECONDS = 3.0  # for one of them


class Evidence(Struct):
    """The pieces of code whose language has a second reader, and what it said so far."""

    pieces: dict[tuple[str, ...], Fragment] = field(default_factory=dict)
    opinions: list[tuple[Site, Opinion]] = field(default_factory=list)

    def keep(self, fragment: Fragment) -> None:
        """Remember a piece of code that led to facts."""
        if len(self.pieces) < PIECES and explainer(fragment.language):
            self.pieces[fragment.site.trail] = fragment

    def doubts(self, findings: list[Finding], deadline: float) -> Iterator[Anomaly]:
        """Where the second reader disagrees about the code behind ``findings``, the worst first. After
        ``deadline``, of the monotonic clock, nobody is asked."""
        for finding in sorted(findings, key=lambda f: -f.severity):
            site = self._place(finding)
            if site is not None and self._opinion(site) is None:
                opinion = self._ask(site, deadline)
                self.opinions.append((site, opinion))
                if opinion.doubt is not None:
                    yield Anomaly("differential", opinion.doubt, site.at(offset=opinion.start))

    def attach(self, finding: Finding) -> Finding:
        """``finding`` with the program it is about, if that is known."""
        site = self._place(finding)
        opinion = site and self._opinion(site)
        return replace(finding, evidence=opinion.program) if opinion and not finding.evidence else finding

    def _place(self, finding: Finding) -> Site | None:
        """The innermost place in a kept piece of code on the way to what the finding is about."""
        if finding.severity < Severity.WARNING:
            return None
        places = (finding.site, *(step.site for step in reversed(finding.steps)))
        return next((s for s in places if s.trail in self.pieces and s.offset is not None), None)

    def _opinion(self, site: Site) -> Opinion | None:
        offset = site.offset or 0
        for asked, opinion in self.opinions:
            if asked.trail == site.trail and (asked == site or opinion.start <= offset < opinion.stop):
                return opinion
        return None

    def _ask(self, site: Site, deadline: float) -> Opinion:
        offset = site.offset or 0
        unknown = Opinion(offset, offset + 1)
        left = min(deadline - time.monotonic(), SECONDS)
        fragment = self.pieces[site.trail]
        explain = explainer(fragment.language)
        if explain is None or len(self.opinions) >= ASKED or left <= 0:
            return unknown
        try:
            return explain(fragment.blob, offset, left)
        except (OverBudget, RecursionError, MemoryError):
            return unknown
