"""Reading an object that is elsewhere: little of it, each byte once, and never the wrong one."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.lfs.batch import Place, Server, locate
from scanner.collect.lfs.meter import Meter
from scanner.collect.lfs.remote import JUMP, WHOLE, Remote
from scanner.collect.pointer import Pointer
from tests.collect.lfs.objects import Store, pointer, storing
from tests.fakes import Asked, Reply, serving

LARGE = random.Random(1).randbytes(3 << 20)  # bytes that no two places have alike


class Far:
    """A remote object, and what has come of it."""

    def __init__(self, store: Store, wanted: Pointer) -> None:
        server = Server(store.url, {"Authorization": "Basic s3cret"})
        (place,) = locate(server, [wanted]).values()
        assert isinstance(place, Place)
        self.meter = Meter(wanted.size)
        self.remote = Remote(wanted, place, server, self.meter)
        self.before = len(store.asked)


def test_a_jump_costs_little(store: Store) -> None:
    far = Far(store, store.add(LARGE))
    for offset in (2_000_000, 5, len(LARGE) - 7):
        assert far.remote.read_at(offset, 100) == LARGE[offset : offset + 100]
    assert far.meter.transferred == 2 * JUMP + 7
    assert far.remote.read_at(2_000_010, 50) == LARGE[2_000_010:2_000_060]
    assert len(store.asked) == far.before + 3


def test_all_of_an_object_comes_by_one_connection(store: Store) -> None:
    far = Far(store, store.add(LARGE))
    before = store.server.connections
    for offset in range(0, len(LARGE), 300_000):
        far.remote.read_at(offset, 9)
    assert len(store.asked) - far.before == 11
    assert store.server.connections - before == 1


def test_reading_on_asks_for_more_at_a_time_and_for_nothing_twice(store: Store) -> None:
    far = Far(store, store.add(LARGE))
    for offset in range(0, len(LARGE), 4096):
        assert far.remote.read_at(offset, 4096) == LARGE[offset : offset + 4096]
    assert far.meter.transferred == len(LARGE)
    assert len(store.asked) - far.before < 12


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4 << 20), st.integers(0, 300_000)), max_size=12))
def test_any_way_through_it_gives_the_same_bytes(ways: list[tuple[int, int]]) -> None:
    with storing() as store:
        far = Far(store, store.add(LARGE))
        for offset, count in ways:
            assert far.remote.read_at(offset, count) == LARGE[offset : offset + count]
        assert far.meter.transferred <= len(LARGE)


@pytest.mark.parametrize("size", [0, 1, JUMP - 1, JUMP, JUMP + 1, WHOLE, WHOLE + 1])
def test_sizes_around_a_block(store: Store, size: int) -> None:
    content = LARGE[:size]
    far = Far(store, store.add(content))
    assert far.remote.read_at(0, size + 10) == content
    assert far.remote.read_at(size, 1) == b""
    assert far.remote.read_at(size + 5, 1) == b""


def test_a_small_object_comes_at_once_and_is_checked(store: Store) -> None:
    wanted = store.add(b"x" * WHOLE)
    far = Far(store, wanted)
    assert far.remote.read_at(9, 1) == b"x"
    assert far.meter.transferred == WHOLE
    store.objects[wanted.oid] = b"y" * WHOLE
    with pytest.raises(OSError, match="another SHA-256"):
        Far(store, wanted).remote.read_at(9, 1)


def test_a_large_object_is_checked_when_it_is_whole(store: Store) -> None:
    wanted = store.add(LARGE)
    store.objects[wanted.oid] = LARGE[:-1] + b"?"
    far = Far(store, wanted)
    assert far.remote.read_at(0, len(LARGE) // 2)
    for _ in range(2):  # and it stays refused
        with pytest.raises(OSError, match=hashlib.sha256(store.objects[wanted.oid]).hexdigest()):
            far.remote.read_at(len(LARGE) // 2, len(LARGE))


def test_a_server_without_ranges_sends_it_whole_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.ranges = False
    far = Far(store, store.add(LARGE))
    assert far.remote.read_at(1 << 20, 10) == LARGE[1 << 20 :][:10]
    assert far.remote.read_at(5, 10) == LARGE[5:15]
    assert far.meter.transferred == len(LARGE)
    assert len(store.asked) == far.before + 1
    monkeypatch.setattr("scanner.collect.lfs.remote.UNRANGED", 1 << 20)
    far = Far(store, store.add(LARGE))
    with pytest.raises(OSError, match="knows no ranges, and the object has 3,145,728 bytes"):
        far.remote.read_at(1 << 20, 10)
    assert far.meter.transferred == 0


def test_only_what_the_server_said_goes_to_where_the_object_is(store: Store) -> None:
    far = Far(store, store.add(LARGE))
    far.remote.read_at(0, 1)
    assert store.asked[-1].headers["X-Signed"] == "yes"
    assert "Authorization" not in store.asked[-1].headers


def test_a_redirect_to_another_host_takes_nothing_along(store: Store) -> None:
    wanted = store.add(b"x" * 9)
    with serving(lambda asked: Reply(206, b"x" * 9, {"Content-Range": "bytes 0-8/9"})) as elsewhere:
        store.serve = lambda asked: Reply(302, headers={"Location": f"{elsewhere.url}/blob"})
        assert Far(store, wanted).remote.read_at(0, 9) == b"x" * 9
    assert "X-Signed" not in elsewhere.asked[0].headers
    assert elsewhere.asked[0].headers["Range"] == "bytes=0-8"


def test_an_address_that_has_expired_is_asked_for_again(store: Store) -> None:
    far = Far(store, store.add(LARGE))
    refused: list[Asked] = []

    def once(asked: Asked) -> Reply:
        if not refused:
            refused.append(asked)
            return Reply(403, {"message": "Request has expired"})
        return store.send(asked)

    store.serve = once
    assert far.remote.read_at(0, 10) == LARGE[:10]
    assert [asked.method for asked in store.asked[far.before :]] == ["GET", "POST", "GET"]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(403, {"message": "denied"}), "HTTP 403: denied"),
        (Reply(404), "HTTP 404"),
        (Reply(416), "HTTP 416"),
        (Reply(500), "HTTP 500"),
        (Reply(509, {"message": "quota"}), "bandwidth.*HTTP 509: quota"),
        (Reply(206, b"x" * JUMP), "something else than was asked for"),
        (Reply(206, b"x" * JUMP, {"Content-Range": f"bytes 1-{JUMP}/{len(LARGE)}"}), "something else"),
        (Reply(206, b"x" * JUMP, {"Content-Range": f"bytes 0-{JUMP - 1}/77"}), "something else"),
        (Reply(206, b"x", {"Content-Range": f"bytes 0-{JUMP - 1}/{len(LARGE)}"}), "1 of 2,200 bytes came"),
        (Reply(206, b"x" * 9, {"Content-Range": f"bytes 0-{JUMP - 1}/{len(LARGE)}"}, JUMP), "."),
        (Reply(206, b"x", {"Content-Encoding": "gzip"}), "compresses"),
        (Reply(200, b"x"), "1 of 3,145,728 bytes came"),
        (Reply(204), "something else"),
    ],
)  # fmt: skip
def test_a_server_that_does_not_send_it(store: Store, reply: Reply, says: str) -> None:
    far = Far(store, store.add(LARGE))
    store.serve = lambda asked: reply
    for _ in range(2):
        with pytest.raises(OSError, match=says):
            far.remote.read_at(0, 10)


def test_more_than_the_object_has_is_not_taken(store: Store) -> None:
    wanted = store.add(b"x" * 10)
    far = Far(store, wanted)
    store.serve = lambda asked: Reply(200, b"x" * 11)
    with pytest.raises(OSError, match="longer than 10 bytes"):
        far.remote.read_at(0, 10)
    assert pointer(b"x" * 10) == wanted
