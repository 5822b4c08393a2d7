"""Reports: the same scan, told to each of its readers.

Every channel is a module with one function ``render(scan: Scan) -> str``: :mod:`.sarif` for code
scanning, :mod:`.summary` and :mod:`.annotations` for a workflow run, :mod:`.text` for a terminal,
:mod:`.records` for programs (``json`` and ``jsonl``). Reports see findings, never rules or bytes,
and every string that an attacker may have chosen passes through :mod:`.escape` on its way out.
"""

from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import Struct

from scanner.config import Accepted
from scanner.finding import Behaviour, FileReport, Finding, Rule, Severity, Verdict

WORST_FIRST = tuple(Verdict)


class Card(Struct, frozen=True):
    """A rule and its documentation page (Markdown, the docstring of the rule's module)."""

    rule: Rule
    page: str


class Notice(Struct, frozen=True):
    """Something about the scan as a whole, or a file that was left out; ``path`` is that file.

    An ``ERROR`` is a fault of the scanner or its surroundings, a ``WARNING`` something that was
    not done, a ``NOTE`` something that a reader may want to know.
    """

    severity: Severity
    message: str
    path: str | None = None


class Scan(Struct, frozen=True, dict=True):
    """A finished scan, and what policy made of it: all that a report may see.

    ``reports`` hold what counts; ``accepted`` is what the configuration suppresses, of which people are
    told and code scanning is not. ``read_cards`` gives the card of every rule. ``fail_on`` is the
    threshold (``None``: never fail), ``exit_code`` the decision, ``blocking`` the findings that shut the
    gate. ``base`` and ``head`` are commit ids, if revisions were compared. ``text_of`` reads a script again
    for fingerprints: a path as in :attr:`FileReport.path` to the whole source text, or ``None`` for
    what is not text. ``seconds`` is wall clock and never reaches SARIF, which must be the same for the
    same input.
    """

    version: str
    reports: tuple[FileReport, ...]
    read_cards: Callable[[], tuple[Card, ...]]
    exit_code: int
    fail_on: Severity | None = Severity.ERROR
    accepted: tuple[Accepted, ...] = ()
    notices: tuple[Notice, ...] = ()
    base: str | None = None
    head: str | None = None
    seconds: float = 0.0
    text_of: Callable[[str], str | None] = lambda _: None
    pointers: frozenset[str] = frozenset()
    blocking: frozenset[Finding] = frozenset()

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """Every rule; read late, because not every report speaks of rules."""
        return self.read_cards()

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rule cards by id."""
        return {card.rule.id: card.rule for card in self.cards}

    @cached_property
    def verdict(self) -> Verdict:
        """The worst verdict about any file; ``clean`` when there was none."""
        return min((r.verdict for r in self.reports), key=WORST_FIRST.index, default=Verdict.CLEAN)

    @property
    def decision(self) -> str:
        """What follows from the verdict, as half a sentence."""
        reached = any(self.fail_on and f.severity >= self.fail_on for f in self.findings)
        match self.exit_code, self.fail_on:
            case 0, None:
                return "passes, because nothing may fail"
            case 0, threshold if reached:
                return f"passes: what is at or above {threshold} is set not to fail"
            case 0, threshold:
                return f"passes: nothing is at or above {threshold}"
            case 1, threshold if reached:
                return f"fails: something is at or above {threshold}"
            case 1, _:
                return "fails: something is of a rule that is set to fail"
            case _:
                return "fails: the scan is incomplete through a fault of the scanner"

    def title(self, finding: Finding) -> str:
        """The title of the rule that made a finding."""
        rule = self.rules.get(finding.rule)
        return rule.title if rule else finding.rule

    def files(self, *verdicts: Verdict) -> list[FileReport]:
        """The files with one of these verdicts (all when none is given), worst first, then by path."""
        chosen = [r for r in self.reports if not verdicts or r.verdict in verdicts]
        return sorted(chosen, key=lambda r: (WORST_FIRST.index(r.verdict), r.path))

    @property
    def failures(self) -> list[Notice]:
        """The files on which the scanner itself failed, each as a notice."""
        return [
            Notice(Severity.ERROR, f"The scanner failed: {r.failure}", r.path)
            for r in self.reports
            if r.failure
        ]

    @property
    def gaps(self) -> list[Notice]:
        """Whatever could not be read or was left out, and why, and whatever else there is to say."""
        unread = [
            Notice(finding.severity, finding.message, str(finding.site))
            for report in self.files()
            for finding in report.findings
            if finding.behaviour is Behaviour.UNREADABLE
        ]
        return [*self.failures, *unread, *sorted(self.notices, key=lambda notice: -notice.severity)]

    @cached_property
    def findings(self) -> list[Finding]:
        """Every finding, the worst first: by severity, then security severity, then place."""
        return sorted((f for r in self.reports for f in r.findings), key=self._badness)

    def _badness(self, finding: Finding) -> tuple[object, ...]:
        rule = self.rules.get(finding.rule)
        site = finding.site
        score = rule.security_severity if rule else 0.0
        position = site.line or site.offset or 0
        return (-finding.severity, -score, site.trail, position, finding.rule, finding.message)
