"""What the caller asked for, checked once, in one frozen value.

Two sources meet here: the inputs (command line or Action) and the configuration file
(:mod:`scanner.configfile`). Whoever calls reads the file from a place that the author of the change
cannot edit (:mod:`scanner.collect` takes it from the base commit).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scanner.errors import ConfigError
from scanner.finding import Finding, Severity
from scanner.limits import Limits
from scanner.secret import Discreet

if TYPE_CHECKING:
    from datetime import date

FILES = (".github/modelgate.toml", "modelgate.toml")
"""Where the configuration file is looked for, relative to the repository root; the first wins."""

ORIGIN = "origin:"  # no revision of git's can begin so
GITHUB, API = "https://github.com", "https://api.github.com"


class Upload(StrEnum):
    """Whether SARIF goes to code scanning: when the token can, or fail if not, or never."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Scope(StrEnum):
    """How much of a revision is scanned: what the event calls for, what is new in it, or all of it."""

    AUTO = "auto"
    CHANGED = "changed"
    ALL = "all"


class Lfs(StrEnum):
    """Whether what Git LFS pointers stand for is fetched: as far as it is needed, or never."""

    AUTO = "auto"
    NEVER = "never"


class RuleSetting(Struct, frozen=True):
    """What the configuration says about one rule; None leaves it as it is. ``where`` is ``FILE:LINE``."""

    severity: Severity | None
    fail: bool | None
    where: str


class Suppression(Struct, frozen=True):
    """The findings of ``rule`` in the file ``path`` are accepted as long as its content has this
    SHA-256 (hexadecimal), until the day ``expires`` is over. ``where`` is ``FILE:LINE``."""

    rule: str
    path: str
    sha256: str
    reason: str
    expires: "date"
    where: str


class Accepted(Struct, frozen=True):
    """A finding that the configuration accepts, and the suppression that says so."""

    finding: Finding
    suppression: Suppression


class Options(Discreet, frozen=True):
    """One scan.

    Without ``base`` and ``head``, ``paths`` are files and directories on disk. With ``head`` alone,
    the whole tree of that revision is scanned; with ``base`` too, what ``head`` brings to it; then
    ``paths`` are globs that narrow the result. With ``whole`` all of ``head`` is scanned, and ``base``
    still says whose configuration applies. After :data:`ORIGIN`, ``base`` is a full ref of the remote
    called origin. ``pull_head`` is the full id of a pull request's head: when ``head`` turns out to be the
    service's test merge of it, its first parent is the exact base. ``pull`` is its number in
    ``repository`` (``owner/name``), for the API at ``api``.
    ``excludes`` are globs over paths relative to the repository root. ``fail_on`` is the least
    severity that blocks, None for never; ``rules`` are settings by rule id. ``given`` names the fields
    that came from the inputs and that a configuration file therefore leaves alone.
    """

    SECRET = ("token",)

    paths: tuple[str, ...] = ()
    base: str | None = None
    head: str | None = None
    whole: bool = False
    pull_head: str | None = None
    pull: int | None = None
    fail_on: Severity | None = Severity.ERROR
    fail_on_existing: bool = True
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    excludes: tuple[str, ...] = ()
    lfs: Lfs = Lfs.AUTO
    limits: Limits = field(default_factory=Limits)
    jobs: int | None = None  # None: as many as there are cores
    config: str | None = None  # path of the configuration file; None: look in FILES
    patterns: tuple[str, ...] = ()  # folders of YARA rules, read where the configuration file is read
    sarif_file: str | None = None
    upload: Upload = Upload.AUTO
    comment: bool = False  # on the pull request
    file_comments: bool = False  # on its binary files that block
    token: str | None = None
    repository: str | None = None
    server: str = GITHUB  # the only places that the token is sent to
    api: str = API
    given: frozenset[str] = frozenset()


def build(  # noqa: PLR0913 - one keyword per input
    *,
    paths: Iterable[str] = (),
    base: str | None = None,
    head: str | None = None,
    whole: bool = False,
    pull_head: str | None = None,
    pull: int | None = None,
    fail_on: str | None = None,
    fail_on_existing: str | None = None,
    lfs: str | None = None,
    excludes: Iterable[str] = (),
    seconds: str | float | None = None,
    jobs: str | int | None = None,
    config: str | None = None,
    patterns: str | None = None,
    sarif_file: str | None = None,
    upload: str | None = None,
    comment: str | None = None,
    file_comments: str | None = None,
    token: str | None = None,
    repository: str | None = None,
    server: str | None = None,
    api: str | None = None,
) -> Options:
    """Options from inputs as people write them, ``patterns`` one to a line. None or an empty string stands
    for "not given".

    Raises :class:`ConfigError` with the fix in its message.
    """
    if base and not head:
        head = "HEAD"
    given: dict[str, Any] = {}
    if fail_on:
        given["fail_on"] = severity(fail_on)
    if fail_on_existing:
        given["fail_on_existing"] = _truth("fail-on-existing", fail_on_existing)
    if lfs:
        given["lfs"] = Lfs(_choice("lfs", lfs, [str(item) for item in Lfs]))
    if jobs not in (None, ""):
        given["jobs"] = int(positive("jobs", jobs, whole=True))
    if patterns:
        given["patterns"] = tuple(filter(None, map(str.strip, patterns.splitlines())))
    if upload:
        given["upload"] = Upload(_choice("upload", upload, [str(u) for u in Upload]))
    if seconds not in (None, ""):
        given["limits"] = Limits(seconds=positive("timeout", seconds))
    return Options(
        paths=tuple(paths),
        base=base or None,
        head=head or None,
        whole=whole,
        pull_head=pull_head or None,
        pull=pull,
        excludes=tuple(excludes),
        config=config or None,
        sarif_file=sarif_file or None,
        comment=_truth("comment", comment or "false"),
        file_comments=_truth("file-comments", file_comments or "false"),
        token=token or None,
        repository=repository or None,
        server=server or GITHUB,
        api=api or API,
        given=frozenset(given),
        **given,
    )


def scope(text: str) -> Scope:
    """The input ``scan``; empty is ``auto``."""
    return Scope(_choice("scan", text or Scope.AUTO, [str(s) for s in Scope]))


def severity(text: str) -> Severity | None:
    """A threshold by its name; None for ``never``."""
    names = [str(s) for s in reversed(Severity)] + ["never"]
    name = _choice("fail-on", text, names)
    return None if name == "never" else Severity[name.upper()]


def hint(word: str, known: Iterable[str]) -> str:
    """What may have been meant, as the end of a message."""
    import difflib  # noqa: PLC0415 - nobody has made a mistake yet

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _choice(name: str, text: str, allowed: list[str]) -> str:
    value = text.strip().lower()
    if value not in allowed:
        choices = ", ".join(allowed)
        raise ConfigError(f"{name} must be one of {choices}; got {text!r}{hint(value, allowed)}")
    return value


def _truth(name: str, text: str) -> bool:
    return _choice(name, text, ["true", "false"]) == "true"


def positive(name: str, value: str | float | None, *, whole: bool = False) -> float:
    """A number above 0, from the input or key ``name``."""
    try:
        number = int(value or 0) if whole else float(value or 0)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        kind = "a whole number of at least 1" if whole else "a number above 0"
        raise ConfigError(f"{name} must be {kind}; got {str(value)!r}")
    return number
