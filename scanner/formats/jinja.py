"""Jinja templates in files of their own: ``chat_template.jinja`` beside a checkpoint.

Text with braces in it is many things, so here, and only here, the name says what the file is for: it is how
the loader finds it as well.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from scanner.blob import Blob, Fragment
from scanner.limits import Budget
from scanner.site import Trigger

NAME = "jinja"
SUFFIXES = frozenset({".j2", ".jinja", ".jinja2"})
SIGN, NAMED = rb"(?!)", tuple(SUFFIXES)


def matches(blob: Blob, head: bytes) -> bool:
    """Text that is called a template."""
    return b"\0" not in head and PurePosixPath(blob.trail[-1]).suffix.lower() in SUFFIXES


def unwrap(blob: Blob, _budget: Budget) -> Iterator[Fragment]:
    """The whole file."""
    yield Fragment("jinja", blob, Trigger.RENDER)
