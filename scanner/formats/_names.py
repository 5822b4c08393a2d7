"""Names of archive members: bytes that an attacker chose."""

import re

_LEAVING = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|\Z)", re.DOTALL)


def text(name: bytes) -> str:
    """The name as text; bytes that are not UTF-8 become ``\\xNN``."""
    return name.decode("utf-8", "backslashreplace")


def leaves_folder(name: str) -> bool:
    """Whether unpacking under this name could write outside the folder that was asked for."""
    return _LEAVING.match(name) is not None
