"""How much of a stream is read, and that nothing is passed over because of it."""

import pickle

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
