"""What the scanner says: rules, findings and the report on one file."""

from enum import IntEnum, StrEnum

from msgspec import Struct

from scanner.site import Site, Step


class Severity(IntEnum):
    """The three tiers: an error blocks, a warning asks for review, a note informs."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Precision(StrEnum):
    """How often the rule is right, in the words of GitHub code scanning."""

    VERY_HIGH = "very-high"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Behaviour(StrEnum):
    """What the code does; the labels under which malicious checkpoints are published."""

    REMOTE_SHELL = "remote-shell"
    COMMAND_AND_CONTROL = "command-and-control"
    DOWNLOAD_AND_RUN = "download-and-run"
    CREDENTIAL_THEFT = "credential-theft"
    RECONNAISSANCE = "reconnaissance"
    BEACON = "beacon"
    DESTRUCTIVE = "destructive"
    SELF_PROPAGATION = "self-propagation"
    TAMPERING = "tampering"
    CODE_EXECUTION = "code-execution"
    UNREADABLE = "unreadable"
    NONE = "none"


class Rule(Struct, frozen=True):
    """One thing that can be wrong. The docstring of its module is its documentation page.

    ``id`` is words joined by hyphens. ``security_severity`` is the CVSS-like number (0.1-10) that
    GitHub sorts by. ``specificity`` orders rules: evidence that a more specific rule has used is
    not reported again by a less specific one.
    """

    id: str
    title: str  # one short sentence, no full stop
    severity: Severity  # the default level; a finding may carry a lower one
    precision: Precision
    security_severity: float
    cwe: tuple[int, ...]
    attack: tuple[str, ...]  # MITRE ATT&CK technique ids, e.g. "T1059.006"
    atlas: tuple[str, ...]  # MITRE ATLAS technique ids, e.g. "AML.T0011.000"
    specificity: int = 0


class Finding(Struct, frozen=True):
    """One result. ``message`` starts with a sentence that can stand alone as a title.

    ``callee`` is the dotted name of what runs, if anything; ``identity`` is what stays the same
    when the artifact is rebuilt (trail inside the file, callee, constant), for fingerprints.
    ``existing`` is the path at which the base version of the file has it already, if that was looked at.
    """

    rule: str
    severity: Severity
    behaviour: Behaviour
    message: str
    site: Site
    callee: str | None = None
    steps: tuple[Step, ...] = ()
    identity: tuple[str, ...] = ()
    evidence: str | None = None  # a decompiled or decoded program, for people; bounded
    end: int | None = None  # for binaries: the byte after the offending operation
    existing: str | None = None


class Verdict(StrEnum):
    """The one word about a file, from the worst to the best."""

    BLOCKED = "blocked"
    REVIEW = "review"
    UNSCANNED = "unscanned"
    NOTE = "note"
    CLEAN = "clean"


class FileReport(Struct, frozen=True):
    """Everything about one top-level file. ``size`` and ``bytes_read`` in bytes, ``seconds`` of
    wall clock; ``formats`` are all that matched. ``failure`` is our own fault, as text. ``beyond`` are
    files of the tree that it leads to, further than is followed, and why."""

    path: str
    findings: tuple[Finding, ...]
    formats: tuple[str, ...]
    size: int
    bytes_read: int
    seconds: float
    failure: str | None = None
    beyond: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Blocked, review or note by the worst finding; unscanned when nothing could be read."""
        worst = max((f.severity for f in self.findings), default=None)
        if worst is Severity.ERROR:
            return Verdict.BLOCKED
        if self.failure or any(f.rule == "unscanned-artifact" for f in self.findings):
            return Verdict.UNSCANNED
        if worst is Severity.WARNING:
            return Verdict.REVIEW
        return Verdict.CLEAN if worst is None else Verdict.NOTE
