"""Compressed streams: what comes out, what they cost, and what follows them."""

import gzip
import lzma
import os
import zlib

import pytest

from scanner.blob import BytesWindow
from scanner.errors import OverBudget
from scanner.formats._decode import KEPT, DecodedWindow, raw_deflate
from scanner.formats.gzip import _open
from scanner.limits import Budget, Limits
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.recipes.archives import COMPRESSED, NUMBERS, PICKLE, SKIPPABLE, lzma_alone, zfile


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("content", [PICKLE, b"", PICKLE * 40_000])
def test_content_comes_out(name, content):
    data = COMPRESSED[name](content)
    assert names(data) == [name]
    found = unwrap(name, data)
    assert contents(found) == {name: content}
    assert complaints(found) == []


def test_other_forms():
    assert contents(unwrap("xz", lzma_alone(PICKLE))) == {"xz": PICKLE}
    assert contents(unwrap("zlib", zfile(PICKLE))) == {"zlib": PICKLE}
    assert names(lzma_alone(PICKLE)) == ["xz"]
    assert "zlib" in names(zfile(PICKLE))


@pytest.mark.parametrize("name", ["gzip", "bz2", "xz", "lz4", "zstd"])
def test_streams_that_follow_each_other_are_one(name):
    compress = COMPRESSED[name]
    assert contents(unwrap(name, compress(PICKLE) + compress(NUMBERS))) == {name: PICKLE + NUMBERS}


@pytest.mark.parametrize("name", COMPRESSED)
def test_what_follows_is_looked_at(name):
    found = unwrap(name, COMPRESSED[name](NUMBERS) + PICKLE)
    assert contents(found) == {name: NUMBERS, "(trailing data)": PICKLE}
    assert complaints(found) == ["polyglot"]


@pytest.mark.parametrize("name", COMPRESSED)
def test_a_broken_tail_keeps_its_head(name):
    data = COMPRESSED[name](PICKLE + os.urandom(300_000))
    found = unwrap(name, data[: len(data) // 2])
    assert contents(found)[name].startswith(PICKLE)
    assert complaints(found) == ["Malformed"]


@pytest.mark.parametrize("name", ["lz4", "zstd"])
def test_skippable_frames_are_stepped_over(name):
    compress = COMPRESSED[name]
    data = SKIPPABLE * 3 + compress(PICKLE) + SKIPPABLE + compress(NUMBERS)
    assert names(data) == [name]
    assert contents(unwrap(name, data)) == {name: PICKLE + NUMBERS}


def test_frames_that_hold_nothing_or_that_nobody_reads():
    assert names(SKIPPABLE) == []
    legacy = b"\x02\x21\x4c\x18" + bytes(20)
    assert names(legacy) == ["lz4"]
    assert complaints(unwrap("lz4", legacy)) == ["unsupported"]


@pytest.mark.parametrize("cut", [2, 5, 9])
def test_the_cut_stream_of_a_short_pickle_is_still_a_stream(cut):
    data = zlib.compress(PICKLE)[:-cut]
    assert names(data) == ["zlib"]
    assert contents(unwrap("zlib", data))["zlib"][:20] == PICKLE[:20]


def test_a_weak_header_needs_more_than_a_start_that_decodes():
    matlab = bytes.fromhex("000000000200000001000000000000000b000000") + b"fit_params" + bytes(80)
    assert "xz" not in names(matlab)
    odd = [{"id": lzma.FILTER_LZMA1, "lc": 0, "lp": 2, "pb": 1}]
    for content in (PICKLE, os.urandom(9000)):
        assert names(lzma.compress(content, lzma.FORMAT_ALONE, filters=odd)) == ["xz"]


def test_text_and_numbers_are_not_zlib():
    for data in (b"hC is carbon monohydride", b"x^2 + y^2 = z^2", b"x\x9c" + bytes(90), b"\x08\x1d"):
        assert "zlib" not in names(data)


def test_reading_anywhere():
    content = os.urandom(KEPT) + bytes(range(256)) * 9000
    window = DecodedWindow(BytesWindow(gzip.compress(content)), _open, Budget())
    for offset in (0, KEPT + 5, 17, len(content) - 9, KEPT - 3, len(content), KEPT + 1):
        assert window.read_at(offset, 40) == content[offset : offset + 40]
    assert window.size == len(content)
    assert window.fault is None


def test_a_bomb_stops_at_the_budget():
    budget = Budget(Limits(unpacked=3 << 20))
    found = unwrap("gzip", gzip.compress(bytes(30 << 20)), budget)
    assert complaints(found) == ["OverBudget"]


def test_the_third_pass_is_charged():
    budget = Budget(Limits(unpacked=20 << 20))
    window = DecodedWindow(BytesWindow(gzip.compress(bytes(8 << 20))), _open, budget)
    with pytest.raises(OverBudget):
        for _ in range(9):
            window.read_at(7 << 20, 4)
            window.read_at(KEPT, 4)


def test_a_declared_size_is_believed():
    body = gzip.compress(bytes(range(100)))[10:]
    window = DecodedWindow(BytesWindow(body), raw_deflate, Budget(), declared=40)
    assert (window.size, window.read_at(30, 99)) == (40, bytes(range(30, 40)))
