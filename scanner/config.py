"""What the caller asked for, checked once, in one frozen value.

Two sources meet here: the inputs (command line or Action) and the configuration file. An input wins
over the file; excludes of both add up. Whoever calls reads the file from a place that the author of
the change cannot edit (:mod:`scanner.collect` takes it from the base commit).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any

from scanner.errors import ConfigError
from scanner.finding import Severity
from scanner.limits import Limits

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


@dataclass(frozen=True, slots=True)
class Options:
    """One scan.

    Without ``base`` and ``head``, ``paths`` are files and directories on disk. With ``head`` alone,
    the whole tree of that revision is scanned; with ``base`` too, what ``head`` brings to it; then
    ``paths`` are globs that narrow the result. With ``whole`` all of ``head`` is scanned, and ``base``
    still says whose configuration applies. After :data:`ORIGIN`, ``base`` is a full ref of the remote
    called origin. ``pull_head`` is the full id of a pull request's head: when ``head`` turns out to be the
    service's test merge of it, its first parent is the exact base. ``pull`` is its number in
    ``repository`` (``owner/name``), for the API at ``api``.
    ``excludes`` are globs over paths relative to the repository root. ``fail_on`` is the least
    severity that blocks, None for never. ``given`` names the fields that came from the inputs and
    that a configuration file therefore leaves alone.
    """

    paths: tuple[str, ...] = ()
    base: str | None = None
    head: str | None = None
    whole: bool = False
    pull_head: str | None = None
    pull: int | None = None
    fail_on: Severity | None = Severity.ERROR
    excludes: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    jobs: int | None = None  # None: as many as there are cores
    config: str | None = None  # path of the configuration file; None: look in FILES
    patterns: str | None = None  # folder of YARA rules, read where the configuration file is read
    sarif_file: str | None = None
    upload: Upload = Upload.AUTO
    token: str | None = field(default=None, repr=False)
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
    excludes: Iterable[str] = (),
    seconds: str | float | None = None,
    jobs: str | int | None = None,
    config: str | None = None,
    patterns: str | None = None,
    sarif_file: str | None = None,
    upload: str | None = None,
    token: str | None = None,
    repository: str | None = None,
    server: str | None = None,
    api: str | None = None,
) -> Options:
    """Options from inputs as people write them. None or an empty string stands for "not given".

    Raises :class:`ConfigError` with the fix in its message.
    """
    if base and not head:
        head = "HEAD"
    given: dict[str, Any] = {}
    if fail_on:
        given["fail_on"] = _severity(fail_on)
    if jobs not in (None, ""):
        given["jobs"] = int(_positive("jobs", jobs, whole=True))
    if patterns:
        given["patterns"] = patterns
    if upload:
        given["upload"] = Upload(_choice("upload", upload, [str(u) for u in Upload]))
    if seconds not in (None, ""):
        given["limits"] = Limits(seconds=_positive("timeout", seconds))
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


def merge(options: Options, text: str, origin: str) -> Options:
    """``options`` with what the configuration file ``text`` adds; ``origin`` names it in messages."""
    import tomllib  # noqa: PLC0415 - most runs have no file

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin} is not valid TOML: {error}") from error
    _check(table, origin)
    limits = dict(table.get("limits", {}))
    if "seconds" in limits:  # TOML knows nan and inf, JSON Schema does not
        limits["seconds"] = _positive(f"{origin}: `limits.seconds`", limits["seconds"])
    if "limits" in options.given:
        limits["seconds"] = options.limits.seconds
    changed: dict[str, Any] = {
        "excludes": options.excludes + tuple(table.get("exclude", ())),
        "limits": replace(options.limits, **limits),
    }
    if "fail-on" in table and "fail_on" not in options.given:
        changed["fail_on"] = _severity(table["fail-on"])
    if "jobs" in table and "jobs" not in options.given:
        changed["jobs"] = table["jobs"]
    if "patterns" in table and "patterns" not in options.given:
        changed["patterns"] = table["patterns"]
    return replace(options, **changed)


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file."""
    import json  # noqa: PLC0415 - like the rest of what only a file needs
    from importlib import resources  # noqa: PLC0415

    text = resources.files("scanner").joinpath("config.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _check(table: Mapping[str, Any], origin: str) -> None:
    """Hold a parsed file against the schema; the first complaint becomes the message."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    for where, keys in (("", schema()["properties"]), ("limits.", [f.name for f in fields(Limits)])):
        part = table if not where else table.get("limits", {})
        for key in part if isinstance(part, Mapping) else ():
            if key not in keys:
                raise ConfigError(f"{origin}: unknown key `{where}{key}`{_hint(key, keys)}")
    error = next(iter(sorted(Draft202012Validator(schema()).iter_errors(table), key=str)), None)
    if error is not None:
        at = ".".join(map(str, error.absolute_path))
        allowed = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
        raise ConfigError(f"{origin}: `{at}`: {error.message}. {allowed}".rstrip())


def _severity(text: str) -> Severity | None:
    names = [str(s) for s in reversed(Severity)] + ["never"]
    name = _choice("fail-on", text, names)
    return None if name == "never" else Severity[name.upper()]


def _choice(name: str, text: str, allowed: list[str]) -> str:
    value = text.strip().lower()
    if value not in allowed:
        choices = ", ".join(allowed)
        raise ConfigError(f"{name} must be one of {choices}; got {text!r}{_hint(value, allowed)}")
    return value


def _positive(name: str, value: str | float | None, *, whole: bool = False) -> float:
    try:
        number = int(value or 0) if whole else float(value or 0)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        kind = "a whole number of at least 1" if whole else "a number above 0"
        raise ConfigError(f"{name} must be {kind}; got {str(value)!r}")
    return number


def _hint(word: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 - nobody has made a mistake yet

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
