"""7-Zip archives, written by py7zr in every method it knows, and by hand to lie."""

import random
import struct
import zlib

import py7zr
import pytest
from py7zr.properties import FILTER_DEFLATE64

from scanner.limits import Budget, Limits
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import scan
from tests.recipes.archives import PICKLE, plain_seven_zip, seven_zip

MEMBERS = {
    "archive/data.pkl": PICKLE,
    "notes.txt": b"hello" * 1000,
    "weights.bin": random.Random(1).randbytes(200_000) + bytes(100_000),
    "jumps.bin": b"\x7fELF" + b"\xe8\x00\x10\x00\x00" * 3000,
}
READ = {
    "LZMA2": [{"id": py7zr.FILTER_LZMA2, "preset": 3}],
    "LZMA": [{"id": py7zr.FILTER_LZMA}],
    "BCJ, LZMA2": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 3}],
    "BCJ, LZMA": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA}],
    "BCJ, Deflate": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_DEFLATE}],
    "ARM, LZMA2": [{"id": py7zr.FILTER_ARM}, {"id": py7zr.FILTER_LZMA2, "preset": 3}],
    "Delta, LZMA": [{"id": py7zr.FILTER_DELTA}, {"id": py7zr.FILTER_LZMA}],
    "Copy": [{"id": py7zr.FILTER_COPY}],
    "Deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "BZip2": [{"id": py7zr.FILTER_BZIP2}],
    "Zstandard": [{"id": py7zr.FILTER_ZSTD}],
}
UNREAD = {
    "PPMd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
    "Brotli": [{"id": py7zr.FILTER_BROTLI, "level": 3}],
    "Deflate64": [{"id": FILTER_DEFLATE64}],
}


@pytest.mark.parametrize("method", READ)
def test_every_member_comes_out(method):
    data = seven_zip(MEMBERS, READ[method])
    assert names(data) == ["sevenzip"]
    found = unwrap("sevenzip", data)
    assert contents(found) == MEMBERS
    assert complaints(found) == []


@pytest.mark.parametrize("method", UNREAD)
def test_a_method_that_is_not_read_is_named(method):
    found = unwrap("sevenzip", seven_zip(MEMBERS, UNREAD[method]))
    assert contents(found) == {}
    assert complaints(found) == ["unsupported"]
    assert method in found[0].message


@pytest.mark.parametrize("whole", [True, False])
def test_encryption_is_named(whole):
    data = seven_zip(MEMBERS, None, password="secret", header_encryption=whole)
    found = unwrap("sevenzip", data)
    assert set(complaints(found)) == {"unsupported"}
    assert "AES" in found[0].message


def test_a_plain_list_of_members():
    assert contents(unwrap("sevenzip", plain_seven_zip("data.pkl", PICKLE))) == {"data.pkl": PICKLE}


def test_data_behind_the_end():
    found = unwrap("sevenzip", seven_zip({"a": b"x"}) + PICKLE)
    assert contents(found) == {"a": b"x", "(trailing data)": PICKLE}
    assert complaints(found) == ["polyglot"]


def test_a_cut_archive_gives_up_its_bytes():
    found = unwrap("sevenzip", plain_seven_zip("data.pkl", PICKLE)[:-8])
    assert contents(found)["(without a header)"].startswith(PICKLE)
    assert complaints(found) == ["Malformed"]


def test_wrong_checksums_are_lies_and_hide_nothing():
    data = bytearray(plain_seven_zip("data.pkl", PICKLE))
    data[8] ^= 1
    data[28] ^= 1
    found = unwrap("sevenzip", bytes(data))
    assert contents(found) == {"data.pkl": PICKLE}
    assert complaints(found) == ["malformed", "malformed"]


def test_broken_data_are_not_silent():
    data = bytearray(seven_zip(MEMBERS, READ["BCJ, LZMA2"]))
    data[40:90] = bytes(50)
    report = scan(bytes(data), "notes.txt")
    assert "unreadable-artifact" in {finding.rule for finding in report.findings}
    assert report.failure is None


def test_names_that_leave_the_folder():
    assert complaints(unwrap("sevenzip", plain_seven_zip("../up", b"x"))) == ["malformed"]


def test_a_bomb_costs_nothing_until_it_is_read():
    budget = Budget(Limits(unpacked=4 << 20))
    found = unwrap("sevenzip", seven_zip({"bomb": bytes(50 << 20)}), budget)
    assert complaints(found) == []
    assert found[0].read_at(0, 4) == bytes(4)
    assert budget.spent["unpacked"] < 1 << 20


def test_counts_that_cannot_be():
    many = b"\x01\x04\x06\0\xff" + b"\xff" * 8
    after = struct.pack("<QQI", 0, len(many), zlib.crc32(many))
    data = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(after)) + after + many
    assert complaints(unwrap("sevenzip", data)) == ["OverBudget"]
