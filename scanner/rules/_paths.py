"""Where a path leads that a file gives to its loader."""

import re

from scanner.facts import Argument
from scanner.finding import Severity

SECRET = frozenset({"secret-path", "startup-path", "url-raw-ip", "out-of-band-host"})
SYSTEM = re.compile(
    r"(?:file://+)?/+(?:etc|proc|sys|dev|root|boot|var/(?:run|log|lib))(?:/|$)|\\\\[^\\]+\\", re.IGNORECASE
)
OUTSIDE = re.compile(
    r"[/\\~]|[A-Za-z]:[/\\]|[A-Za-z][A-Za-z0-9+.-]*://|(?:.*[/\\])?\.\.(?:[/\\]|$)", re.DOTALL
)


def outside(argument: Argument) -> Severity | None:
    """An error for secrets and the system's own files, a warning for whatever else is not beside the file."""
    path = argument.text.strip("'\"")
    if SYSTEM.match(path) or not SECRET.isdisjoint(i.kind for i in argument.indicators):
        return Severity.ERROR
    return Severity.WARNING if OUTSIDE.match(path) else None
