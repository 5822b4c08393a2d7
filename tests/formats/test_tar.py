"""tar archives: ustar, GNU and pax, whole and broken."""

import tarfile

import pytest

from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.recipes.archives import PICKLE, linked, sparse_tar, tarred

MEMBERS = {"sys_info": b"\x80\x02N.", "a/pickle": PICKLE, "x" * 180: b"long", "empty": b""}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_member_comes_out(form):
    members = MEMBERS if form != tarfile.USTAR_FORMAT else {**MEMBERS, "d/" * 70 + "f": b"prefix"}
    members = {
        name: data for name, data in members.items() if form != tarfile.USTAR_FORMAT or len(name) != 180
    }
    data = tarred(members, form)
    assert names(data) == ["tar"]
    found = unwrap("tar", data)
    assert contents(found) == members
    assert complaints(found) == []


def test_a_sparse_member_is_read_with_its_holes():
    found = unwrap("tar", sparse_tar(PICKLE, 1000))
    assert contents(found) == {"sparse.pkl": bytes(1000) + PICKLE}


def test_a_cut_archive_keeps_what_it_has():
    data = tarred({"first": PICKLE, "second": bytes(5000)})
    found = unwrap("tar", data[:3000])
    assert contents(found)["first"] == PICKLE
    assert complaints(found) == ["Malformed"]


def test_a_broken_header_does_not_end_the_look():
    data = bytearray(tarred({"first": b"x", "second": PICKLE}))
    data[1024 + 150] ^= 1
    found = unwrap("tar", bytes(data))
    assert PICKLE in contents(found)["(after a broken header)"]
    assert complaints(found) == ["Malformed"]


def test_data_behind_the_end():
    found = unwrap("tar", tarred({"a": b"x"}) + PICKLE)
    assert contents(found)["(trailing data)"].endswith(PICKLE)
    assert complaints(found) == ["polyglot"]


def test_ways_out_of_the_folder():
    assert complaints(unwrap("tar", linked("a", "../../etc"))) == ["malformed"]
    assert complaints(unwrap("tar", linked("a", "b/c"))) == []
    assert complaints(unwrap("tar", tarred({"../up": b""}))) == ["malformed"]


def test_a_pickle_that_is_a_tar():
    data = bytearray(tarred({PICKLE.decode().replace("'", '"'): b""}))
    assert names(bytes(data)) == ["pickle", "tar"]
