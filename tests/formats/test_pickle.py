"""Telling pickles from everything else, without executing anything."""

import os
import pickle
import random

import pytest

from scanner.blob import BytesWindow, Fragment
from scanner.formats._opwalk import is_pickle
from tests.formats.unwrapping import names, unwrap

CALL = b"cos\nsystem\n(S'echo'\ntR"

LOADERS_RUN = {
    "protocol 0": CALL + b".",
    "broken right after the call": CALL + b"\xff\xff",
    "INST": b"(S'echo'\nios\nsystem\n.",
    "INST whose last line has no newline": b"(S'echo'\nios\nsystemX",
    "OBJ": b"(cos\nsystem\nS'echo'\no.",
    "NONE first": b"N" + CALL,
    "NONE and POP first": b"N0" + CALL,
    "MARK and POP first": b"(0" + CALL,
    "many MARKs first": b"(" * 50 + CALL,
    "INT in base 16 first": b"I0x10\n" + CALL,
    "INT with a NUL first": b"I1\0 junk\n" + CALL,
    "PROTO in the middle": b"N\x80\x02" + CALL,
    "PROTO 0": b"\x80\x00" + CALL,
    "FRAME that is too long": b"\x95" + b"\xff" * 7 + b"\0" + CALL,
    "a frame and a pickle that breaks": b"\x80\x04\x95\xff\0\0\0\0\0\0\0" + CALL,
    "after a STOP": b"N." + CALL,
    "after a long string": b"S'" + b"a" * 300_000 + b"'\n" + CALL,
    "after a long integer": b"L0x" + b"f" * 300_000 + b"\n" + CALL,
    "after a counted string": b"X\x10\x27\0\0" + b"a" * 10_000 + CALL,
    "SETITEM on a global": b"cos\nenviron\nS'a'\nS'b'\ns",
    "BUILD on a global": b"cfoo\nbar\n}S'a'\nS'b'\nsb",
    "PERSID first": b"Pkey\n" + CALL,
    "memo": b"cos\nsystem\np7\n0g7\n(S'echo'\ntR",
    "string arguments, as the Python loader accepts": b"cos\nsystem\nS'e'\nR",
    "a lookup alone": b"cos\nsystem\n.",
    "a trailing newline": b"cos\nsystem\n.\n",
}

NOT_PICKLES = {
    "nothing": b"",
    "prose": b"Most of the tests were written first.\n" * 40,
    "function names": b"cos\nsin\ntan\n",
    "a vocabulary": b"cat\ndog\ncow\npig\nbird\n" * 99,
    "a .gitignore": b"core\nbuild\n.cache\n",
    "Scheme": b"(import (rnrs))\n(define x 1)\n",
    "PEM": b"-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n",
    "a portable pixmap": b"P6\n3 3\n255\n" + bytes(27),
    "CSV": b"I,J,K\n1,2,3\n",
    "SentencePiece": b"\n\x0e\n\x05<unk>\x15\0\0\0\0\x18\x02\n",
    "a protocol byte alone": b"\x80",
    "weights": b"\x80\x3f\x00\x01" * 100,
    "weights that look like a protocol": b"\x80\x02\x00\x3f" * 100,
    "a call of a constant": b"S'os'\n(tR.x",
    "an underflow": b"cos\nsystem\nR.",
    "a memo key that was never put": b"g1\n(tR.",
    "names that nobody can import": b"cmy module\nname\n(tR",
    "a ZIP archive with a pickle inside": b"PK\x03\x04\x14\n" + CALL,
    "an unknown protocol": b"\x80\x09" + CALL,
    "an unregistered extension": b"\x82\x05)R" + b"\xff",
}


@pytest.mark.parametrize("case", LOADERS_RUN)
def test_streams_that_a_loader_would_run(case):
    assert is_pickle(BytesWindow(LOADERS_RUN[case]))


@pytest.mark.parametrize("case", NOT_PICKLES)
def test_other_bytes(case):
    assert not is_pickle(BytesWindow(NOT_PICKLES[case]))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value", [None, 5, "x" * 70_000, (1,), [1, 2.5], {"a": {1: b"x"}}, {1, 2}, os.getcwd, list(range(5000))]
)
def test_every_protocol_of_honest_pickles(protocol, value):
    assert is_pickle(BytesWindow(pickle.dumps(value, protocol)))


def test_a_tower_of_constants_cannot_hide_a_call():
    assert is_pickle(BytesWindow(b"N0" * 60_000 + CALL))


def test_random_bytes_are_not_pickles():
    source = random.Random(7)
    hits = sum(
        is_pickle(BytesWindow(b"\x80(cN]}"[i % 6 : i % 6 + 1] + source.randbytes(99))) for i in range(20_000)
    )
    assert hits <= 1


def test_a_wide_argument_is_skipped_not_read():
    class Counting(BytesWindow):
        read = 0

        def read_at(self, offset, count):
            data = BytesWindow.read_at(self, offset, count)
            Counting.read += len(data)
            return data

    assert is_pickle(Counting(b"\x80\x03B\x00\x00\x40\x00" + bytes(0x400000) + CALL))
    assert Counting.read < 50_000


def test_what_is_no_number_is_not_passed_to_its_end():
    class Zeros:
        size, read = 1 << 30, 0

        def read_at(self, offset, count):
            self.read += count
            return b"I\x0c\x02".ljust(count, b"\0") if offset == 0 else bytes(count)

    window = Zeros()
    assert not is_pickle(window)
    assert window.read < 1 << 17


def test_the_whole_blob_is_one_fragment():
    legacy = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + CALL + b"." + bytes(400)
    (fragment,) = unwrap("pickle", legacy)
    assert isinstance(fragment, Fragment)
    assert (fragment.language, fragment.blob.size, fragment.script) == ("pickle", len(legacy), False)
    assert names(legacy) == ["pickle"]
