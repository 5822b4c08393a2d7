"""HDF5 as its own library writes it, in every layout that it has for groups and attributes."""

import h5py
import numpy
import pytest

from scanner.blob import Blob, FileWindow
from scanner.examine import examine
from scanner.finding import Verdict
from scanner.formats import hdf5 as reader
from scanner.ir import Program
from scanner.limits import Budget, Limits
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.archives import PICKLE
from tests.recipes.keras_files import hdf5, objects

TEXT = b"a configuration of some length"
LAYOUTS = [
    {"libver": version, "track_order": order}
    for version in ("earliest", "v108", "latest")
    for order in (False, True)
]
everywhere = pytest.mark.parametrize("options", LAYOUTS, ids=str)


def opened(found: list) -> list[str]:
    """The paths that the programs among what was yielded would open."""
    (program,) = [f for f in found if isinstance(f, Program)]
    return [op.value for op in program.functions["main"].body if type(op).__name__ == "Const"]


@everywhere
def test_attributes_of_every_kind(options):
    def fill(root: h5py.File) -> None:
        root.attrs["fixed"] = numpy.bytes_(TEXT)
        root.attrs["variable"] = TEXT.decode()
        root.attrs["bytes"] = TEXT
        root.attrs["opaque"] = numpy.void(TEXT)
        root.attrs["list"] = [TEXT, b"and more of it"]
        root.attrs["number"] = 7.5
        root.attrs["none"] = h5py.Empty("S10")

    found = contents(unwrap("hdf5", hdf5(fill, **options)))
    assert found.pop("/@list").replace(b"\0", b"") == TEXT + b"and more of it"
    assert found == dict.fromkeys(["/@fixed", "/@variable", "/@bytes", "/@opaque"], TEXT)


@everywhere
def test_many_attributes_and_many_groups(options):
    def fill(root: h5py.File) -> None:
        for number in range(150):
            root.attrs[f"a{number}"] = TEXT + b"%d" % number
            group = root.create_group(f"outer/g{number}/inner")
            group.attrs["a"] = TEXT + b"%d" % number

    found = contents(unwrap("hdf5", hdf5(fill, **options)))
    assert found["/@a77"] == TEXT + b"77"
    assert found["/outer/g149/inner@a"] == TEXT + b"149"
    assert len(found) == 300


@pytest.mark.parametrize("size", [70_000, 3_000_000])
def test_an_attribute_too_large_for_a_header(size):
    def fill(root: h5py.File) -> None:
        root.attrs["large"] = numpy.bytes_(b"z" * size)

    (found,) = contents(unwrap("hdf5", hdf5(fill, libver="latest"))).values()
    assert found == b"z" * size


def test_groups_in_circles_end():
    def fill(root: h5py.File) -> None:
        group = root.create_group("a")
        group["again"] = group
        group["root"] = root["/"]
        group["soft"] = h5py.SoftLink("/a")
        group.attrs["text"] = TEXT

    assert contents(unwrap("hdf5", hdf5(fill))) == {"/a@text": TEXT}


@everywhere
def test_other_files_that_are_opened(options):
    def fill(root: h5py.File) -> None:
        root["link"] = h5py.ExternalLink("../other.h5", "/x")
        root.create_dataset("raw", (8,), "u1", external=[("part-1.raw", 0, 4), ("/etc/shadow", 0, 4)])
        layout = h5py.VirtualLayout((4,), "u1")
        layout[:] = h5py.VirtualSource("far.h5", "d", (4,))
        root.create_virtual_dataset("virtual", layout)

    found = unwrap("hdf5", hdf5(fill, **options))
    assert set(opened(found)) == {"../other.h5", "part-1.raw", "/etc/shadow", "far.h5"}


def test_a_user_block_comes_out():
    data = hdf5(lambda root: root.attrs.create("text", TEXT), userblock_size=1024)
    assert names(data) == ["hdf5"]
    found = contents(unwrap("hdf5", b"import os".ljust(1024, b"\0") + data[1024:]))
    assert found["/@text"] == TEXT
    assert found["(user block)"].startswith(b"import os")


def test_a_broken_object_does_not_hide_the_others():
    def fill(root: h5py.File) -> None:
        for number in range(99):
            root.create_group(f"g{number}").attrs["a"] = numpy.bytes_(TEXT + b"%d" % number)

    data = hdf5(fill)
    place = data.index(TEXT + b"50")
    found = unwrap("hdf5", data[: place - 24] + b"\xff" * 24 + data[place:])
    assert complaints(found) == ["Malformed"]
    assert set(contents(found)) == {f"/g{n}@a" for n in range(99) if n != 50}


def test_arrays_are_not_read(tmp_path):
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as root:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        space = h5py.h5s.create_simple((1 << 30,))
        h5py.h5d.create(root.id, b"weights", h5py.h5t.NATIVE_UINT8, space, plist)
        root.attrs["text"] = TEXT
    with path.open("rb") as file:
        size = path.stat().st_size
        report = examine(Blob(("large.h5",), FileWindow(file.fileno(), size)), Limits())
    assert report.findings == ()
    assert size > 1 << 30
    assert report.bytes_read < size // 1000


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_addresses_that_lead_anywhere(place):
    data = bytearray(hdf5(lambda root: root.attrs.create("text", TEXT)))
    data[8 + place] ^= 0xFF
    found = unwrap("hdf5", bytes(data), Budget(Limits(steps=10_000)))
    assert set(complaints(found)) <= {"Malformed", "OverBudget"}
    assert reader.NAME == "hdf5"


ROW = b"\x80\x02}q\x00X\x01\x00\x00\x00aK\x01s."
STORED = {
    "plain": {},
    "small chunks": {"chunks": (7,)},
    "deflated": {"compression": "gzip"},
    "shuffled": {"compression": "gzip", "shuffle": True, "chunks": (64,)},
}


@pytest.mark.parametrize("options", STORED.values(), ids=STORED)
def test_pickles_in_rows(options):
    """The rows of files that PyTables 3 and pandas wrote were read alike."""
    honest = scan(objects(*[ROW] * 40, **options), "table.h5")
    assert (honest.failure, honest.verdict, "pickle" in honest.formats) == (None, Verdict.CLEAN, True)
    for mark in (("PSEUDOATOM", "object"), ("FLAVOR", "Object")):
        data = objects(*[ROW] * 39, PICKLE, mark=mark, **options)
        assert blocked_for(scan(data, "table.h5")) == {"code-execution"}


def test_rows_that_must_be_pickles_and_are_not():
    report = scan(objects(ROW, b"no pickle"), "table.h5")
    assert [f.rule for f in report.findings] == ["format-mismatch"]


def test_rows_that_nothing_unpickles_are_numbers():
    found = contents(unwrap("hdf5", objects(ROW, PICKLE, mark=("PSEUDOATOM", "vlstring"))))
    assert ROW not in found.values()


def test_rows_behind_a_filter_that_is_not_read():
    report = scan(objects(ROW, compression="lzf"), "table.h5")
    assert [f.rule for f in report.findings] == ["unreadable-artifact"]


def test_each_file_that_is_linked_to_is_told():
    def fill(root):
        for number, path in enumerate(("../../up.h5", "beside.h5", "../other.h5")):
            root[f"link {number}"] = h5py.ExternalLink(path, "/")

    found = scan(hdf5(fill), "a.h5").findings
    assert sorted(f.message.split("'")[1] for f in found) == ["../../up.h5", "../other.h5"]
