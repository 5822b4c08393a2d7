"""The upload, against a small server that plays GitHub's part."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from msgspec.structs import replace

from scanner.report import sarif
from scanner.report.upload import GZIPPED, Outcome, Target, _unsendable, upload
from tests.report import scans

TOKEN = "ghs_secret"
TAKEN = (202, {"id": "47177e22-5596-11eb-80a1-c1e54ef945c6", "url": "https://elsewhere.example/steal"})
COMPLETE = (200, {"processing_status": "complete", "errors": None})


@dataclass
class Fake:
    """Answers in turn (the last one for ever); what was asked is kept."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)

    def upload(self, **changes: str) -> Outcome:
        target = Target("octo/hello", "a" * 40, "refs/pull/7/merge", TOKEN, self.url)
        return upload('{"runs": []}', replace(target, **changes), sleep=self.naps.append)


@pytest.fixture
def github() -> Iterator[Fake]:
    fake = Fake()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fake.asked.append(
                (self.command, self.path, dict(self.headers), json.loads(data) if data else None)
            )
            status, body = fake.answers.pop(0) if len(fake.answers) > 1 else fake.answers[0]
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{fake.url}/elsewhere")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_report_arrives_whole_and_its_fate_is_asked_for(github: Fake) -> None:
    github.answers = [TAKEN, (404, {}), (200, {"processing_status": "pending"}), COMPLETE]
    assert github.upload().status == "complete"
    method, path, headers, body = github.asked[0]
    assert (method, path) == ("POST", "/repos/octo/hello/code-scanning/sarifs")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert set(body) == {"commit_sha", "ref", "sarif"}
    assert gzip.decompress(base64.b64decode(body["sarif"])) == b'{"runs": []}'
    assert [ask[:2] for ask in github.asked[1:]] == [
        ("GET", "/repos/octo/hello/code-scanning/sarifs/47177e22-5596-11eb-80a1-c1e54ef945c6")
    ] * 3
    assert github.naps == [5, 10, 20]


def test_a_report_that_stays_in_processing_is_pending(github: Fake) -> None:
    github.answers = [TAKEN, (404, {})]
    assert github.upload().status == "pending"
    assert github.naps == [5, 10, 20, 40, 80]


def test_a_rejected_report_tells_the_reasons(github: Fake) -> None:
    github.answers = [
        TAKEN,
        (200, {"processing_status": "failed", "errors": ["rejecting SARIF", "line\n##[x]"]}),
    ]
    outcome = github.upload()
    assert outcome.status == "failed"
    assert outcome.message.endswith("rejecting SARIF; line\\n##[x]")


@pytest.mark.parametrize(
    ("status", "reason", "advice"),
    [
        (400, "Invalid SARIF", "invalid"),
        (401, "Bad credentials", "token is not valid"),
        (403, "Resource not accessible by integration", "security-events: write"),
        (403, "Advanced Security must be enabled for this repository", "not enabled"),
        (403, "Repository was archived so is read-only.", "archived"),
        (403, "API rate limit exceeded for installation", "rate limit"),
        (404, "Not Found", "cannot see the repository"),
        (413, "Payload Too Large", "too large"),
        (418, "teapot", "not expected"),
    ],
)
def test_each_refusal_has_its_next_step_and_is_final(
    github: Fake, status: int, reason: str, advice: str
) -> None:
    github.answers = [(status, {"message": reason})]
    outcome = github.upload()
    assert outcome.status == "failed"
    assert advice in outcome.message
    assert f"(HTTP {status}: {reason})" in outcome.message
    assert len(github.asked) == 1
    assert TOKEN not in outcome.message


def test_a_fault_of_the_service_is_tried_again(github: Fake) -> None:
    github.answers = [(503, {}), (500, b"<html>"), TAKEN, COMPLETE]
    assert github.upload().status == "complete"
    assert github.naps == [2, 4, 5]


def test_a_service_that_stays_down_is_reported(github: Fake) -> None:
    github.answers = [(503, {"message": "unavailable"})]
    outcome = github.upload()
    assert outcome.message.endswith(
        "the service failed 4 times; run the job again later (HTTP 503: unavailable)."
    )
    assert len(github.asked) == 4


def test_a_redirect_is_not_followed_with_the_token(github: Fake) -> None:
    github.answers = [(307, {"message": "Moved"})]
    assert "new name" in github.upload().message
    assert [ask[1] for ask in github.asked] == ["/repos/octo/hello/code-scanning/sarifs"]


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000, {"id": "../../evil"}, {"id": None}])
def test_a_strange_acceptance_is_pending(github: Fake, body: object) -> None:
    github.answers = [(202, body)]
    assert github.upload().status == "pending"
    assert [ask[0] for ask in github.asked if "evil" in ask[1]] == []


def test_nobody_listening_is_a_sentence(github: Fake) -> None:
    github.answers = [(200, {})]
    outcome = github.upload(api="http://127.0.0.1:1")
    assert "could not be reached" in outcome.message
    assert github.naps == [2, 4, 8]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"api": "http://api.github.com"}, "https://"),
        ({"api": "http://localhost.evil.example"}, "https://"),
        ({"api": "ftp://127.0.0.1"}, "https://"),
        ({"api": "https://[::1"}, "https://"),
        ({"token": ""}, "token"),
        ({"token": "a\r\nHost: evil"}, "token"),
        ({"repository": "octo/hello/../../x"}, "owner/name"),
        ({"repository": "octo"}, "owner/name"),
        ({"commit": "main"}, "commit"),
        ({"ref": "main"}, "ref"),
        ({"ref": "refs/heads/a b"}, "ref"),
    ],
)
def test_what_must_not_be_sent_is_not_sent(github: Fake, changes: dict[str, str], problem: str) -> None:
    outcome = github.upload(**changes)
    assert outcome.status == "failed"
    assert problem in outcome.message
    assert github.asked == []


def test_a_report_beyond_the_limit_is_not_sent() -> None:
    target = Target("octo/hello", "b" * 64, "refs/heads/main", TOKEN)
    assert _unsendable(target, GZIPPED) is None
    assert "compressed" in str(_unsendable(target, GZIPPED + 1))


def test_the_token_is_not_in_the_representation_of_a_target() -> None:
    assert TOKEN not in repr(Target("octo/hello", "a" * 40, "refs/heads/main", TOKEN))


def test_a_real_report_survives_the_way(github: Fake) -> None:
    github.answers = [TAKEN, COMPLETE]
    document = sarif.render(scans.hostile(scans.HOSTILE[4]))
    target = Target("octo/hello", "a" * 40, "refs/heads/main", TOKEN, github.url)
    assert upload(document, target, sleep=github.naps.append).status == "complete"
    assert gzip.decompress(base64.b64decode(github.asked[0][3]["sarif"])).decode() == document
