"""The configuration file: TOML, held against a JSON Schema, with the line in every complaint."""

import datetime
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from msgspec.structs import replace

from scanner.config import Lfs, Options, RuleSetting, Suppression, hint, positive, severity
from scanner.errors import ConfigError
from scanner.finding import Severity

_PLACE = re.compile(r"\(at line (\d+), column \d+\)$")

Path = Sequence[str | int]
"""The way to a value in a parsed file: keys, and indices of arrays."""


def merge(options: Options, text: str, origin: str) -> Options:
    """``options`` with what the configuration file ``text`` adds; ``origin`` names it in messages.

    An input wins over the file, excludes of both add up. :class:`ConfigError` for whatever is wrong.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(text, origin, str(error)) from error
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        why = "nested too deeply" if isinstance(error, RecursionError) else "a number too long"
        raise ConfigError(f"{origin}:{_limit(text)}: not valid TOML: {why}") from error
    file = _File(text, origin)
    file.check(table)
    changed: dict[str, Any] = {
        "excludes": options.excludes + tuple(table.get("exclude", ())),
        "limits": replace(options.limits, **file.limits(table, options)),
        "rules": {rule: file.setting(rule, value) for rule, value in table.get("rules", {}).items()},
        "suppressions": tuple(file.suppression(*item) for item in enumerate(table.get("suppress", ()))),
    }
    if "paths" in table and options.head is not None and not options.paths:
        changed["paths"] = tuple(table["paths"])
    if "fail-on" in table:
        changed["fail_on"] = severity(table["fail-on"])
    if "fail-on-existing" in table:
        changed["fail_on_existing"] = table["fail-on-existing"]
    if "jobs" in table:
        changed["jobs"] = table["jobs"]
    if "patterns" in table:
        folders = table["patterns"]
        changed["patterns"] = (folders,) if isinstance(folders, str) else tuple(folders)
    if "lfs" in table:
        changed["lfs"] = Lfs(table["lfs"])
    inputs = options.given - {"limits"}  # of which the file may say others
    return replace(options, **{name: value for name, value in changed.items() if name not in inputs})


def text(content: bytes, origin: str) -> str:
    """A configuration file as text, which is UTF-8; :class:`ConfigError` names the line if it is not."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{origin}:{line}: a configuration file is UTF-8, and this is not") from error


def _invalid(text: str, origin: str, reason: str) -> ConfigError:
    """What the parser says, with the line in front as in every other complaint."""
    told = _PLACE.search(reason)
    line = told[1] if told else len(text.rstrip("\n").split("\n"))
    return ConfigError(f"{origin}:{line}: not valid TOML: {reason}")


def _limit(text: str) -> int:
    """The line at which the parser meets a limit of its own, of which it says no place: the last one of the
    shortest beginning of the file that makes it do so."""
    lines = text.split("\n")
    low, high = 1, len(lines)
    while low < high:
        middle = (low + high) // 2
        try:
            tomllib.loads("\n".join(lines[:middle]))
            low = middle + 1
        except tomllib.TOMLDecodeError:
            low = middle + 1
        except (RecursionError, ValueError):
            high = middle
    return low


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file."""
    text = resources.files("scanner").joinpath("config.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def line_of(text: str, path: Path) -> int:
    """The line (1-based) at which the statement begins that brings the value at ``path`` into the file.

    Found with the parser itself: it is the end of the shortest run of whole statements that has it.
    """
    lines = text.split("\n")
    low, high = 1, len(lines)
    while low < high:
        middle = (low + high) // 2
        end, table = _statements(lines, middle)
        if _has(table, path):
            high = middle
        else:
            low = end + 1
    return low


class _File:
    """A file's text and name, to say where in it something is."""

    def __init__(self, text: str, origin: str) -> None:
        self._text, self._origin = text, origin

    def at(self, path: Path) -> str:
        """``FILE:LINE`` of a value."""
        return f"{self._origin}:{line_of(self._text, path)}"

    def wrong(self, path: Path, what: str) -> ConfigError:
        return ConfigError(f"{self.at(path)}: {what}")

    def check(self, table: Mapping[str, Any]) -> None:
        """Hold a parsed file against the schema; the first complaint becomes the message."""
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow, and most runs have no file

        errors = list(Draft202012Validator(schema()).iter_errors(_dated(table)))
        for error in errors:
            if error.validator == "additionalProperties" and isinstance(error.instance, dict):
                known = list(error.schema["properties"])
                for key in (key for key in error.instance if key not in known):
                    name = ".".join(map(str, (*error.absolute_path, key)))
                    near = hint(key, known)
                    raise self.wrong((*error.absolute_path, key), f"unknown key `{name}`{near}")
        for error in sorted(errors, key=str)[:1]:
            name = ".".join(map(str, error.absolute_path))
            allowed = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
            raise self.wrong(list(error.absolute_path), f"`{name}`: {error.message}. {allowed}".rstrip())

    def limits(self, table: Mapping[str, Any], options: Options) -> dict[str, Any]:
        """The limits that the file sets and no input has set."""
        limits = dict(table.get("limits", {}))
        if "seconds" in limits:  # TOML knows nan and inf, JSON Schema does not
            name = f"{self.at(('limits', 'seconds'))}: `limits.seconds`"
            limits["seconds"] = positive(name, limits["seconds"])
        if "limits" in options.given:
            limits.pop("seconds", None)
        return limits

    def setting(self, rule: str, table: Mapping[str, Any]) -> RuleSetting:
        """``[rules.RULE]``."""
        level = Severity[table["severity"].upper()] if "severity" in table else None
        return RuleSetting(level, table.get("fail"), self.at(("rules", rule)))

    def suppression(self, index: int, table: Mapping[str, Any]) -> Suppression:
        """One ``[[suppress]]``."""
        try:
            expires = datetime.date.fromisoformat(str(table["expires"]))
        except ValueError as error:
            raise self.wrong(
                ("suppress", index, "expires"), f"`suppress.{index}.expires`: {error}"
            ) from error
        where = self.at(("suppress", index))
        return Suppression(
            table["rule"], table["path"], table["sha256"].lower(), table["reason"], expires, where
        )


def _statements(lines: Sequence[str], count: int) -> tuple[int, dict[str, Any]]:
    """The fewest lines that are ``count`` or more and end no statement in the middle, and what they say."""
    for end in range(count, len(lines)):
        try:
            return end, tomllib.loads("\n".join((*lines[:end], "")))
        except tomllib.TOMLDecodeError:
            continue
    return len(lines), tomllib.loads("\n".join(lines))


def _has(value: Any, path: Path) -> bool:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _dated(value: Any) -> Any:
    """TOML's dates as the text that stands for them, since JSON has none."""
    match value:
        case dict():
            return {key: _dated(inner) for key, inner in value.items()}
        case list():
            return [_dated(inner) for inner in value]
        case datetime.date() | datetime.time():
            return value.isoformat()
    return value
