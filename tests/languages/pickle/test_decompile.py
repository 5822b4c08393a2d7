"""The second reader: what it shows, in what it disagrees, and that it never is a reason to fail."""

import pickle

import pytest

from scanner.blob import Blob, BytesWindow
from scanner.languages._opinion import Opinion
from scanner.languages.pickle.decompile import LARGEST, explain
from tests.recipes import pickles as p
from tests.recipes.evasions import READERS


def opinion(stream: bytes, offset: int = 0, seconds: float = 60) -> Opinion:
    return explain(Blob(("x",), BytesWindow(stream)), offset, seconds)


def test_a_call_is_shown_as_python() -> None:
    found = opinion(p.proto(2) + p.SYSTEM + b".")
    assert found.program is not None
    assert "from os import system" in found.program
    assert "system('touch /tmp/pwned')" in found.program
    assert found.doubt is None


def test_the_pickle_around_an_offset() -> None:
    first, second = p.proto(2) + b"N.", p.proto(2) + p.SYSTEM + b"."
    assert opinion(first + second, 2).program == "result = None"
    for offset in (len(first), len(first) + 9, len(first + second) - 1):
        found = opinion(first + second, offset)
        assert (found.start, found.stop) == (len(first), len(first + second))
        assert "system" in str(found.program)


def test_a_broken_stream_is_shown_up_to_its_break() -> None:
    for tail in (b"", b"\xff\xff", b"X\xff\xff"):
        found = opinion(p.proto(2) + p.SYSTEM + tail)
        assert "system('touch /tmp/pwned')" in str(found.program)
        assert found.doubt is None


def test_what_cannot_be_shown_is_none() -> None:
    for stream in (b"\xff\xff", b""):
        assert (opinion(stream).program, opinion(stream).doubt) == (None, None)


def test_of_a_long_pickle_what_one_opcode_acts_on() -> None:
    honest = p.proto(2) + p.text("x" * LARGEST) + b"0" + p.SYSTEM + b"."
    found = opinion(honest, honest.index(b"R."))
    lines = str(found.program).splitlines()
    assert lines[0].startswith("# The pickle is long")
    assert "_var0 = system('touch /tmp/pwned')" in lines
    assert len("".join(lines)) < 300


def test_where_nothing_can_be_shown_that_is_said() -> None:
    long = p.proto(2) + p.text("x" * LARGEST) + b"."
    for offset in (0, len(long) - 3):
        assert str(opinion(long, offset).program).startswith("# No program is shown")


def test_shared_parts_cannot_keep_it_busy() -> None:
    """2**60 elements in 240 bytes: the reader is stopped, and nothing escapes."""
    doubled = p.proto(2) + b")" + b"q\x01h\x01\x86" * 60 + b"."
    assert opinion(doubled, seconds=0.5).program is None


@pytest.mark.parametrize("name", ["INT in base 0", "STACK_GLOBAL with a computed name"])
def test_a_disagreement_is_told(name: str) -> None:
    assert "fickling" in str(opinion(READERS[name]).doubt)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", [len, {"a": [1, "é", b"x", 2**70, (), {3}]}, slice(1, 2), complex(1, 2)])
def test_both_readers_agree_on_honest_pickles(value: object, protocol: int) -> None:
    assert opinion(pickle.dumps(value, protocol)).doubt is None
