"""ZIP archives, as every loader would read them."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.blob import Blob, Numbers
from scanner.examine import examine
from scanner.facts import Anomaly
from scanner.formats import _zipmembers, identify, pytorch_zip
from scanner.limits import Budget, Limits
from tests.formats.test_mutations import EDITS, edited
from tests.formats.unwrapping import blob, complaints, contents, names, small, unwrap
from tests.recipes import archives
from tests.recipes.archives import PICKLE

PLAIN = {"a.bin": PICKLE, "b/c.txt": b"hello"}
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_every_member_comes_out(method):
    found = unwrap("zip", archives.zipped(PLAIN, method))
    assert contents(found) == PLAIN
    assert complaints(found) == []


class Counting:
    """A window that counts the bytes that are read and how often that is asked for."""

    def __init__(self, data):
        self.data, self.size, self.read, self.asked = data, len(data), 0, 0

    def read_at(self, offset, count):
        part = self.data[offset : offset + count]
        self.read += len(part)
        self.asked += 1
        return part


def test_stored_members_are_windows_on_the_file():
    data = archives.torch_zip(storages={str(i): b"\x01" * 3_000_000 for i in range(4)})
    window = Counting(data)
    whole = Blob(("checkpoint.pt",), window)
    (found,) = identify(whole)
    parts = list(found.unwrap(whole, Budget()))
    (numbers,) = [part for part in parts if isinstance(part, Numbers)]
    assert len(numbers.runs) + len(parts) - 1 == 7
    assert window.read < len(data) / 20


def test_a_storage_costs_one_read():
    def asked(count):
        numbers = {str(i): b"\0\0\x80\x3f" * 20_000 for i in range(count)}
        window = Counting(archives.torch_zip(storages=numbers))
        assert examine(Blob(("checkpoint.pt",), window), Limits()).failure is None
        return window.asked

    assert asked(120) - asked(20) < 110  # and now and then a place where HDF5 may begin


STORAGES = {str(n): bytes([n]) * (n % 3 * 20 + 30) for n in range(12)}
WRITERS = (archives.torch_zip, archives.torch_streamed)


@pytest.mark.parametrize("write", WRITERS)
def test_storages_are_swept(write, monkeypatch):
    """All of them at once, whoever wrote the archive."""
    monkeypatch.setattr(_zipmembers, "CHECKED", 0)
    data = write(PICKLE, STORAGES)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
    (numbers,) = [p for p in pytorch_zip.unwrap(blob(data), Budget()) if isinstance(p, Numbers)]
    assert {run.name.rpartition("/")[2]: numbers.part(run).read_at(0, 99) for run in numbers.runs} == STORAGES
    assert all(run.head == numbers.part(run).read_at(0, 99) for run in numbers.runs)
    assert [run.tail for run in numbers.runs] == [STORAGES[key][-22:] for key in STORAGES]


@pytest.mark.parametrize("write", WRITERS)
@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(edits=EDITS, focus=st.floats(0, 1))
def test_a_sweep_finds_what_a_look_at_each_member_does(write, edits, focus):
    """Where the two headers of a member and what stands beside it may lie."""
    data = write(PICKLE, STORAGES)
    at = int(focus * len(data))
    data = data[:at] + edited(data[at : at + 200], edits) + data[at + 200 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_zipmembers, "CHECKED", 0)
        swept = told(unwrap("pytorch-zip", data, small()))
        patch.setattr(_zipmembers.Members, "sweeping", False)
        assert swept == told(unwrap("pytorch-zip", data, small()))


@pytest.mark.parametrize("write", WRITERS)
def test_a_sweep_passes_no_second_member_of_a_name(write, monkeypatch):
    monkeypatch.setattr(_zipmembers, "CHECKED", 0)
    found = unwrap("pytorch-zip", write(PICKLE, STORAGES).replace(b"data/11", b"data/10"))
    assert [part.message for part in found if isinstance(part, Anomaly)] == [
        "two members are called archive/data/10"
    ]


def told(found):
    return [(p.trail, p.read_at(0, p.size), p.raw) if isinstance(p, Blob) else str(p) for p in found]


def test_pytorch_names_only_choose_the_label():
    assert names(archives.torch_zip()) == ["pytorch-zip"]
    assert names(archives.zipped(PLAIN)) == ["zip"]


def test_a_pickle_is_promised_by_pytorch():
    promised = {b.trail[-1]: b.expected for b in unwrap("pytorch-zip", archives.torch_zip())}
    assert promised["archive/data.pkl"] == "pickle"
    assert promised["archive/data/0"] is None


@pytest.mark.parametrize("recipe", [archives.streamed_zip, lambda d: archives.zipped(d, comment=b"hi")])
def test_honest_variations_are_not_lies(recipe):
    found = unwrap("zip", recipe(PLAIN))
    assert contents(found) | {"(comment)": b"hi"} == PLAIN | {"(comment)": b"hi"}
    assert complaints(found) == []


def test_64_bit_records():
    found = unwrap("zip", archives.zip64("wide", PICKLE))
    assert contents(found) == {"wide": PICKLE}
    assert complaints(found) == []


@pytest.mark.parametrize("lie", [archives.encrypted_mark, archives.wrong_checksum, archives.other_local_name])
@pytest.mark.parametrize("method", METHODS[:2])
def test_lies_are_seen_through_and_told(lie, method):
    found = unwrap("zip", lie(archives.zipped(PLAIN, method)))
    assert contents(found) == PLAIN
    assert set(complaints(found)) == {"mismatch"}


def test_both_versions_of_a_disputed_size():
    data = archives.patched(
        archives.zipped({"a": PICKLE + bytes(9)}), archives.CENTRAL, 20, b"\x04\0\0\0\x04\0\0\0"
    )
    blobs = [b.read_at(0, b.size) for b in unwrap("zip", data) if hasattr(b, "trail")]
    assert PICKLE[:4] in blobs
    assert PICKLE + bytes(9) in blobs


def test_duplicate_names():
    with pytest.warns(UserWarning):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("same", b"one")
            archive.writestr("same", b"two")
    found = unwrap("zip", file.getvalue())
    assert [b.read_at(0, 9) for b in found if hasattr(b, "trail")] == [b"one", b"two"]
    assert complaints(found) == ["mismatch"]


def test_a_member_that_no_directory_mentions():
    found = unwrap("zip", archives.unlisted(archives.zipped(PLAIN), b"ghost", PICKLE))
    assert contents(found) == {**PLAIN, "ghost": PICKLE}
    assert complaints(found) == ["mismatch"]


def test_without_a_central_directory_the_local_headers_count():
    data = archives.zipped(PLAIN)
    found = unwrap("zip", data[: data.index(archives.CENTRAL)])
    assert contents(found) == PLAIN
    assert complaints(found) == ["Malformed"]


def test_data_in_front():
    data = PICKLE + archives.zipped(PLAIN)
    assert names(data) == ["pickle", "zip"]
    found = unwrap("zip", data)
    assert contents(found) == PLAIN
    assert complaints(found) == ["polyglot"]


def test_data_behind():
    found = unwrap("zip", archives.zipped(PLAIN) + PICKLE)
    assert contents(found) == {**PLAIN, "(unlisted data)": PICKLE}
    assert complaints(found) == ["polyglot"]


def test_two_archives_one_after_the_other():
    found = unwrap("zip", archives.zipped({"first": PICKLE}) + archives.zipped({"second": b"x"}))
    assert {"first", "second"} <= set(contents(found))
    assert "mismatch" in complaints(found)


def test_an_archive_inside_an_archive_is_only_a_member():
    inner = archives.zipped(PLAIN)
    found = unwrap("zip", archives.zipped({"inner.zip": inner, "z": b"x"}))
    assert contents(found) == {"inner.zip": inner, "z": b"x"}
    assert complaints(found) == []
    assert names(archives.tarred({"weights.ckpt": archives.torch_zip()})) == ["tar"]


def test_two_directories_by_two_ways_of_counting():
    first, second = archives.zipped({"first": PICKLE}), archives.zipped({"later": b"x"})
    joined = first + second
    end = joined.rindex(archives.END)
    joined = joined[: end + 16] + first.index(archives.CENTRAL).to_bytes(4, "little") + joined[end + 20 :]
    found = unwrap("zip", joined)
    assert {"first", "later"} <= set(contents(found))
    assert "mismatch" in complaints(found)


def test_between_the_directory_and_its_end_record():
    data = archives.zipped(PLAIN)
    end = data.index(archives.END)
    assert contents(unwrap("zip", data[:end] + PICKLE + data[end:])) == {**PLAIN, "(unlisted data)": PICKLE}


def test_padding_is_not_foreign_data():
    assert complaints(unwrap("zip", archives.zipped(PLAIN) + bytes(512))) == []


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "a\\..\\b", "C:/x"])
def test_names_that_leave_the_folder(name):
    assert complaints(unwrap("zip", archives.zipped({name: b"x"}))) == ["malformed"]


def test_odd_names_become_text():
    data = archives.zipped({"ab": b"x"}).replace(b"ab", b"\xff\n")
    assert list(contents(unwrap("zip", data))) == ["\\xff\n"]


def test_unknown_methods_are_said_not_to_be_read():
    data = archives.zipped({"a": b"x"})
    data = archives.with_method(data, 98)
    found = unwrap("zip", data)
    assert complaints(found) == ["unsupported"]
    assert "PPMd" in found[0].message


@pytest.mark.parametrize(("method", "name"), [(93, "zstd"), (95, "xz")])
def test_methods_of_newer_writers(method, name):
    packed = archives.COMPRESSED[name](PICKLE)
    data = archives.with_method(archives.zipped({"a": packed}), method, len(PICKLE))
    assert contents(unwrap("zip", data)) == {"a": PICKLE}


def test_a_bomb_costs_nothing_until_it_is_read():
    budget = Budget(Limits(unpacked=2 << 20))
    found = unwrap("zip", archives.zipped({"bomb": bytes(50 << 20)}, zipfile.ZIP_DEFLATED), budget)
    assert complaints(found) == []
    assert found[0].read_at(0, 4) == bytes(4)
    assert budget.spent["unpacked"] < 1 << 20


def test_thousands_of_empty_folders_are_parts():
    data = archives.zipped({f"{i}/": b"" for i in range(300)})
    assert complaints(unwrap("zip", data, Budget(Limits(parts=200)))) == ["OverBudget"]
