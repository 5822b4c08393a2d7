"""Parts are held against all formats at once: nothing may be lost by that."""

import random
import struct
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.blob import Blob, BytesWindow
from scanner.examine import examine
from scanner.formats import formats, identify, opening
from scanner.limits import Limits
from tests.formats.test_mutations import EDITS, edited
from tests.recipes.archives import torch_zip
from tests.recipes.seeds import SEEDS

JUNK = (b"", bytes(512), b"\x3c\x91\x0b\xbd", b"\n", b"\xef\xbb\xbf")
NAMES = ("archive/data/0", "archive/data.pkl", "a.py", "a.pyw", "a.jinja", "a.yml", "a.json", "é", "")


def check(data: bytes, name: str) -> None:
    """What is found in a part is what would be if each format was asked."""
    for raw in (True, False):
        blob = Blob(("file.pt", name), BytesWindow(data), raw=raw)
        head = opening(blob)
        expected = [f.NAME for f in formats() if f.matches(blob, head)]
        assert [f.NAME for f in identify(blob)] == expected


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(edits=EDITS, junk=st.sampled_from(JUNK), name=st.sampled_from(NAMES))
def test_a_sign_hides_no_format(seed, edits, junk, name):
    for data in (SEEDS[seed], edited(SEEDS[seed], edits), junk + SEEDS[seed], SEEDS[seed][: len(junk)]):
        check(data, name)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.binary(max_size=40), zeros=st.integers(0, 1100), name=st.sampled_from(NAMES))
def test_a_sign_hides_nothing_in_foreign_bytes(data, zeros, name):
    for content in (data, data + bytes(zeros), bytes(zeros) + data):
        check(content, name)


def test_weights_are_told_by_their_signs_alone(monkeypatch):
    """A format without one looks at every storage of every checkpoint."""
    several = random.Random(5)
    weights = struct.pack("<2000f", *(several.gauss(0, 0.02) for _ in range(2000)))
    storages = {str(n): weights[4 * n :] for n in range(50)} | {"zeros": bytes(9000)}
    looked = Counter()
    for found in formats():

        def matches(blob, head, name=found.NAME, accepts=found.matches):
            looked[name] += "/data/" in blob.trail[-1]
            return accepts(blob, head)

        monkeypatch.setattr(found, "matches", matches)
    data = torch_zip(b"\x80\x02}q\x00.", storages)
    report = examine(Blob(("file.pt",), BytesWindow(data)), Limits())
    assert report.findings == ()
    assert [name for name, count in looked.items() if count == len(storages)] == []
