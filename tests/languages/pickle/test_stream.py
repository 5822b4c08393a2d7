"""How much of a stream is read, and that nothing is passed over because of it."""

import gc
import pickle

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.examine import examine
from scanner.languages.pickle import lower
from scanner.limits import Budget, Limits
from scanner.site import Trigger
from tests.languages.pickle.run import Counting, kinds, lowered, said
from tests.recipes import pickles as p

ZEROS = 100 << 20


def test_a_plain_stream_is_read_once() -> None:
    data = pickle.dumps([f"text {n}" for n in range(200_000)], protocol=4)
    window = Counting(data, 0, b"")
    assert lowered(window) == []
    assert len(data) <= window.read < 1.02 * len(data)


def test_weights_that_begin_like_a_number_are_not_searched_for_its_end() -> None:
    window = Counting(p.proto(2) + p.plain(["0"]) + b"." + b"I\x0c\x02\0\0\0\0\0", ZEROS, b"")
    assert lowered(window) == []
    assert window.read < 64 << 10


def test_a_number_of_any_length_does_not_hide_what_follows() -> None:
    system = p.call(p.glob("os", "system"), p.text("id"))
    window = Counting(b"N.I17", ZEROS, b"\n0" + system + b".")
    assert said(window) == ["os.system('id')"]
    assert kinds(Counting(b"I17" + bytes(2000) + b"x", ZEROS, b"\n.")) == []


def test_a_file_of_records_is_no_archive_of_many_parts() -> None:
    few = Limits(parts=20)
    records = p.proto(2) + p.call(p.glob("collections", "OrderedDict")) + b"."
    report = examine(Blob(("records.pkl",), BytesWindow(records * 1000)), few)
    assert (report.failure, report.findings) == (None, ())
    acting = examine(Blob(("records.pkl",), BytesWindow((p.SYSTEM + b".") * 1000)), few)
    assert {finding.rule for finding in acting.findings} >= {"command-on-load", "incomplete-analysis"}


def test_what_a_pickle_leaves_behind_goes_before_the_next_one() -> None:
    """Symbols are types, which only the collector frees."""
    records = p.call(p.glob("m", "f")) + b"."
    fragment = Fragment("pickle", Blob(("records.pkl",), BytesWindow(records * 500)), Trigger.LOAD)
    most = 0
    gc.collect()
    gc.freeze()  # what other tests have left is none of its business, and takes long to go through
    try:
        before = len(gc.get_objects())
        for _ in lower(fragment, Budget()):
            assert gc.isenabled()
            gc.collect()
            most = max(most, len(gc.get_objects()) - before)
    finally:
        gc.unfreeze()
    assert most < 400
