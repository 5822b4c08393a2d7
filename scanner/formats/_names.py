"""Names of archive members: bytes that an attacker chose."""

import re

_DRIVE = re.compile(r"[A-Za-z]:")


def text(name: bytes) -> str:
    """The name as text; bytes that are not UTF-8 become ``\\xNN``."""
    return name.decode("utf-8", "backslashreplace")


def leaves_folder(name: str) -> bool:
    """Whether unpacking under this name could write outside the folder that was asked for."""
    parts = re.split(r"[/\\]", name)
    return name.startswith(("/", "\\")) or ".." in parts or _DRIVE.match(name) is not None
