"""The decompiled program is evidence: present when it can be, never a reason to fail."""

from scanner.blob import Blob, BytesWindow
from scanner.languages.pickle.decompile import LARGEST, decompile
from tests.recipes import pickles as p


def shown(stream: bytes, offset: int = 0) -> str | None:
    return decompile(Blob(("x",), BytesWindow(stream)), offset)


def test_a_call_is_shown_as_python() -> None:
    text = shown(p.proto(2) + p.SYSTEM + b".")
    assert text is not None
    assert "from os import system" in text
    assert "system('touch /tmp/pwned')" in text


def test_the_second_of_two_pickles() -> None:
    first = p.proto(2) + b"N."
    assert "system" in str(shown(first + p.proto(2) + p.SYSTEM + b".", len(first)))


def test_what_cannot_be_shown_is_none() -> None:
    assert shown(b"\xff\xff") is None
    assert shown(b"") is None
    assert shown(p.proto(2) + p.text("x" * LARGEST) + b".") is None
