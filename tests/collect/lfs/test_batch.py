"""Asking where objects are: every refusal says what to do, and nothing in an answer is taken on trust."""

from typing import Any

import pytest

from scanner.collect.lfs.batch import Place, Server, locate
from tests.collect.lfs.objects import Store, pointer
from tests.fakes import Reply, serving

SECRET = {"Authorization": "Basic s3cret"}


def ask(store: Store, *contents: bytes) -> list[Place | str]:
    pointers = [pointer(content) for content in contents]
    found = locate(Server(store.url, SECRET), pointers)
    assert set(found) == set(pointers)
    return [found[p] for p in pointers]


def test_one_question_for_many_objects(store: Store) -> None:
    contents = [b"%d" % i for i in range(250)]
    for content in contents:
        store.add(content)
    places = ask(store, *contents)
    assert all(isinstance(place, Place) and place.headers == {"X-Signed": "yes"} for place in places)
    assert [len(asked.body["objects"]) for asked in store.asked] == [100, 100, 50]
    for asked in store.asked:
        assert asked.headers["Authorization"] == "Basic s3cret"
        assert asked.headers["Accept"] == asked.headers["Content-Type"] == "application/vnd.git-lfs+json"


def test_what_the_server_gives_for_others_is_confided(store: Store) -> None:
    store.add(b"x")
    told: list[str] = []
    locate(Server(store.url, SECRET, told.append), [pointer(b"x"), pointer(b"none of its")])
    assert told == ["yes"]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "wants credentials"),
        (403, "may not read"),
        (404, "no such repository"),
        (406, "this protocol"),
        (410, "no Git LFS any more"),
        (413, "too large"),
        (422, "wrong"),
        (429, "too many requests"),
        (500, "the server failed"),
        (501, "has no Git LFS"),
        (503, "the server failed"),
        (507, "no room"),
        (509, "bandwidth"),
        (204, "no answer"),
        (302, "no answer"),
    ],
)
def test_a_server_that_refuses(store: Store, status: int, says: str) -> None:
    store.batch = lambda asked: Reply(status, {"message": "see the manual"} if status != 204 else b"")
    (told,) = ask(store, b"x")
    assert isinstance(told, str)
    assert says in told and f"HTTP {status}" in told
    assert ("see the manual" in told) is (status != 204)
    passing = status in (429, 500, 503)
    assert len(store.asked) == (2 if passing else 1)


@pytest.mark.parametrize(
    ("code", "says"),
    [(404, "has not pushed"), (409, "another kind of hash"), (410, "removed"), (422, "pointer wrong"), (509, "bandwidth"), (500, "give it out")],
)  # fmt: skip
def test_an_object_that_is_refused(store: Store, code: int, says: str) -> None:
    store.add(b"good")
    bad = {"oid": pointer(b"bad").oid, "size": 3, "error": {"code": code, "message": "because"}}
    store.batch = lambda asked: Reply(200, {"objects": [bad, store.item(pointer(b"good").oid, 4)]})
    told, place = ask(store, b"bad", b"good")
    assert isinstance(told, str) and says in told and f"({code}: because)" in told
    assert isinstance(place, Place)


def _item(**changes: Any) -> dict[str, Any]:
    found = pointer(b"x")
    return {"oid": found.oid, "size": 1, "actions": {"download": {"href": "https://a.example"}}} | changes


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"<html>", "not that of a Git LFS server"),
        ([], "not that of a Git LFS server"),
        ({"objects": {}}, "not that of a Git LFS server"),
        ({"transfer": "tus", "objects": [_item()]}, "another way of transfer"),
        ({"objects": []}, "does not say where"),
        ({"objects": ["x", 3, {}]}, "does not say where"),
        ({"objects": [_item(oid="0" * 64)]}, "does not say where"),
        ({"objects": [_item(size=2)]}, "the pointer says 1 bytes, and the server has 2"),
        ({"objects": [_item(actions={})]}, "does not say where"),
        ({"objects": [_item(actions={"download": {"href": 3}})]}, "does not say where"),
        ({"objects": [_item(actions={"download": {"href": "https://a.example", "header": {"a": 1}}})]}, "does not say"),
        ({"objects": [_item(actions={"download": {"href": "https://a.example", "header": "a"}})]}, "does not say"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none(store: Store, answer: Any, says: str) -> None:
    store.batch = lambda asked: Reply(200, answer)
    (told,) = ask(store, b"x")
    assert isinstance(told, str) and says in told


def test_nobody_there() -> None:
    with serving(lambda _: Reply()) as gone:
        pass
    (told,) = locate(Server(f"{gone.url}/info/lfs"), [pointer(b"x")]).values()
    assert isinstance(told, str) and "cannot be reached" in told


def test_a_redirect_takes_the_token_no_further_than_its_host(store: Store) -> None:
    store.add(b"x")
    with serving(lambda asked: Reply(307, headers={"Location": f"{store.url}/objects/batch"})) as moved:
        (place,) = locate(Server(f"{moved.url}/info/lfs", SECRET), [pointer(b"x")]).values()
    assert isinstance(place, Place)
    assert "Authorization" in moved.asked[0].headers
    assert "Authorization" not in store.asked[0].headers
    assert "s3cret" not in repr(Server("u", SECRET)) + repr(Place("h", SECRET))
