"""One exchange after the other, and where a token goes."""

import socket
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing

import pytest

from scanner import http
from scanner.http import Answer, Request, same_origin, secure, send
from tests.fakes import Reply, Server, serving

SECRET = {"Authorization": "Bearer s3cret"}


@pytest.fixture
def here() -> Iterator[Server]:
    with serving(lambda _: Reply(200, b"here")) as server:
        yield server


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    with serving(lambda _: Reply(200, b"elsewhere")) as server:
        yield server


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://api.example/x", True),
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://api.example/x", False),
        ("file:///etc/passwd", False),
        ("ftp://127.0.0.1/x", False),
        ("https://", False),
        ("https://[::1", False),
        ("https://a:99999999/", False),
        ("", False),
    ],
)
def test_what_is_asked_at_all(url: str, allowed: bool) -> None:
    assert secure(url) is allowed
    if not allowed:
        assert send(Request(url, private=SECRET), 9).status == 0


def test_origins() -> None:
    assert same_origin("https://A.example/x", "https://a.example:443/y")
    assert not same_origin("https://a.example", "https://a.example:8443")
    assert not same_origin("https://a.example", "http://a.example")
    assert not same_origin("https://a.example", "https://a.example:x")


def test_a_redirect_is_not_followed_unless_the_caller_says_so(here: Server) -> None:
    here.answer = lambda asked: Reply(302, headers={"Location": "/other"})
    assert send(Request(here.url, private=SECRET), 9).status == 302
    assert len(here.asked) == 1


def test_within_a_host_a_redirect_keeps_the_token(here: Server) -> None:
    here.answer = lambda asked: (
        Reply(200, b"ok") if asked.path == "/other" else Reply(307, headers={"Location": "/other"})
    )
    answer = send(Request(f"{here.url}/", private=SECRET, body=b"1", redirects=1), 9)
    assert (answer.status, answer.body) == (200, b"ok")
    assert [(a.method, a.headers["Authorization"], a.body) for a in here.asked] == [
        ("POST", "Bearer s3cret", 1)
    ] * 2


def test_to_another_host_it_does_not(here: Server, elsewhere: Server) -> None:
    here.answer = lambda asked: Reply(302, headers={"Location": f"{elsewhere.url}/x"})
    answer = send(Request(here.url, {"Range": "bytes=0-1"}, SECRET, redirects=3), 99)
    assert answer.body == b"elsewhere"
    assert "Authorization" not in elsewhere.asked[0].headers
    assert elsewhere.asked[0].headers["Range"] == "bytes=0-1"
    # and not after it has come back either
    elsewhere.answer = lambda asked: Reply(302, headers={"Location": f"{here.url}/back"})
    here.answer = lambda asked: (
        Reply() if asked.path == "/back" else Reply(302, headers={"Location": elsewhere.url})
    )
    send(Request(f"{here.url}/go", private=SECRET, redirects=3), 9)
    assert "Authorization" not in here.asked[-1].headers


@pytest.mark.parametrize(
    "location", ["", "http://192.0.2.1/", "file:///etc/passwd", "ftp://x/", "https://[x"]
)
def test_where_no_redirect_may_lead(here: Server, location: str) -> None:
    here.answer = lambda asked: Reply(302, headers={"Location": location})
    answer = send(Request(here.url, redirects=1), 9)
    assert (answer.status, answer.reason) == (0, "it redirects to where no request of ours may go")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_what_is_sent_is_not_turned_into_a_question(here: Server, status: int) -> None:
    here.answer = lambda asked: Reply(status, headers={"Location": "/other"})
    assert send(Request(here.url, body=b"1", redirects=5), 9).status == status
    assert len(here.asked) == 1


def test_circles_end(here: Server) -> None:
    here.answer = lambda asked: Reply(302, headers={"Location": "/again"})
    assert send(Request(here.url, redirects=4), 9).status == 302
    assert len(here.asked) == 5


def test_more_than_was_bargained_for_is_no_answer(here: Server) -> None:
    here.answer = lambda asked: Reply(200, b"x" * 10)
    assert send(Request(here.url), 10).body == b"x" * 10
    short = send(Request(here.url), 9)
    assert (short.status, short.reason) == (0, "the answer is longer than 9 bytes")


def test_less_than_was_announced_is_none_either(here: Server) -> None:
    here.answer = lambda asked: Reply(200, b"x" * 10, length=20)
    answer = send(Request(here.url), 99)
    assert answer.status == 0


def test_only_a_good_answer_goes_to_the_sink(here: Server) -> None:
    got: list[bytes] = []

    def accept(status: int, headers: Mapping[str, str]) -> http.Sink:
        assert (status, headers["content-length"]) == (200, "4")
        return got.append

    answer = send(Request(here.url), 99, accept)
    assert (b"".join(got), answer.body) == (b"here", b"")
    here.answer = lambda asked: Reply(404, {"message": "gone"})
    answer = send(Request(here.url), 99, accept)
    assert (b"".join(got), answer.status, answer.reason) == (b"here", 404, "gone")


@pytest.mark.parametrize(
    "request_",
    [
        Request("http://127.0.0.1:1/", private={"Authorization": "Bearer s3cret\r\nx"}),
        Request("http://127.0.0.1:1/", private={"Authorization": "Bearer s3cret\u20ac"}),
        Request("http://127.0.0.1:1/a b?signature=s3cret"),
    ],
)
def test_what_cannot_be_sent_is_not_quoted(request_: Request) -> None:
    answer = send(request_, 9)
    assert answer.status == 0
    assert "malformed" in answer.reason
    assert "s3cret" not in answer.reason


def test_patience_is_for_what_passes(here: Server) -> None:
    replies = iter([Reply(503), Reply(429), Reply(404)])
    here.answer = lambda asked: next(replies)
    naps: list[float] = []
    assert http.insist(lambda: send(Request(here.url), 9), naps.append).status == 404
    assert naps == [2, 4]


def test_nobody_there_is_an_answer() -> None:
    with serving(lambda _: Reply()) as gone:
        pass
    answer = send(Request(gone.url, private=SECRET), 9)
    assert answer.status == 0
    assert "refused" in answer.reason
    assert "s3cret" not in repr(Request(gone.url, private=SECRET)) + repr(answer)


def test_a_body_that_is_not_json() -> None:
    assert Answer(200, {}, b"[" * 100_000).json is None
    assert Answer(500, {}, b"<html>").reason == "no reason given"


def test_a_header_cannot_be_split(here: Server) -> None:
    assert send(Request(here.url, {"X": "a\r\nY: b"}), 9).status == 0
    assert here.asked == []


def test_a_connection_is_kept_for_what_follows(here: Server) -> None:
    with closing(http.Connections()) as connections:
        for _ in range(3):
            assert send(Request(here.url), 9, None, connections).body == b"here"
        assert here.connections == 1
        here.answer = lambda asked: Reply(200, b"x" * 10)
        assert send(Request(here.url), 9, None, connections).status == 0  # the rest of it is left behind
        assert send(Request(here.url), 10, None, connections).body == b"x" * 10
        assert here.connections == 2
    send(Request(here.url), 10), send(Request(here.url), 10)
    assert here.connections == 4


def test_one_that_was_closed_meanwhile_begins_again(here: Server) -> None:
    with closing(http.Connections()) as connections:
        send(Request(here.url), 9, None, connections)
        (kept,) = connections._kept.values()
        kept.sock.shutdown(socket.SHUT_RDWR)  # as the other side would
        assert send(Request(here.url), 9, None, connections).body == b"here"
    assert here.connections == 2


def test_what_changes_something_is_sent_once(here: Server) -> None:
    with closing(http.Connections()) as connections:
        send(Request(here.url), 9, None, connections)
        assert send(Request(here.url, body=b"1", method="PATCH"), 9, None, connections).status == 200
    assert [(a.method, a.body) for a in here.asked] == [("GET", None), ("PATCH", 1)]
    assert here.connections == 2


def test_a_proxy_is_asked_for_the_way_and_sees_no_token(
    here: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", here.url.replace("://", "://me:p%40ss@"))
    monkeypatch.setenv("no_proxy", "elsewhere.example")
    here.answer = lambda asked: Reply(403)
    answer = send(Request("https://api.example/x", private=SECRET), 9)
    assert (answer.status, answer.reason) == (0, "Tunnel connection failed: 403 Forbidden")
    (asked,) = here.asked
    assert (asked.method, asked.path) == ("CONNECT", "api.example:443")
    assert asked.headers["Proxy-Authorization"] == f"Basic {b64encode(b'me:p@ss').decode()}"
    assert "s3cret" not in str(asked)
