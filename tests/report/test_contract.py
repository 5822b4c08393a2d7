"""The upload as GitHub's own API description judges it, both what we ask and what the fake answers."""

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from scanner.report import sarif
from scanner.report.ingestion import problems
from scanner.report.upload import Outcome, Target, _request, upload
from tests.fakes import Asked, Reply, serving
from tests.npm import prism
from tests.report import scans

PLACE = "/repos/octo/hello/code-scanning/sarifs"
ID = "47177e22-5596-11eb-80a1-c1e54ef945c6"


@dataclass
class CodeScanning:
    """A service that takes reports, needs a while, and remembers; ``faults`` are answered first."""

    faults: list[Reply] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    states: list[Reply] = field(default_factory=list)
    seen: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        self.seen.append(asked)
        if self.faults:
            return self.faults.pop(0)
        if asked.method == "GET":
            return self.states.pop(0) if self.states else _json(200, {"processing_status": "complete"})
        self.taken.append(gzip.decompress(base64.b64decode(asked.body["sarif"])))
        found = [problem.message for problem in problems(self.taken[-1]) if problem.refused]
        if found:
            self.states.append(_json(200, {"processing_status": "failed", "errors": found}))
        return _json(202, {"id": ID, "url": f"https://api.github.com{PLACE}/{ID}"})


def _json(status: int, body: object) -> Reply:
    return Reply(status, body, {"Content-Type": "application/json"})


def _said(status: int, message: str) -> Reply:
    return _json(status, {"message": message, "documentation_url": "https://docs.github.com/rest"})


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[CodeScanning], str]]:
    """A judge that stays, in front of a service that is another one for each test."""
    now: list[CodeScanning] = []
    with (
        serving(lambda asked: now[-1].answer(asked)) as server,  # noqa: PLW0108 - the last one then
        prism.between(server.url, prism.CODE_SCANNING, tmp_path_factory.mktemp("prism")) as url,
    ):
        yield now, url


class Client:
    """Uploads to a service of its own, through the judge."""

    def __init__(self, now: list[CodeScanning], url: str) -> None:
        self.service = CodeScanning()
        now.append(self.service)
        self.target = Target("octo/hello", "a" * 40, "refs/pull/7/merge", "ghs_secret", url)

    def upload(self, document: str, **changes: str) -> Outcome:
        return upload(document, replace(self.target, **changes), sleep=lambda _: None)


@pytest.fixture
def client(judged: tuple[list[CodeScanning], str]) -> Client:
    return Client(*judged)


def test_a_report_arrives_and_is_waited_for(client: Client) -> None:
    client.service.states = [Reply(404), _json(200, {"processing_status": "pending"})]
    document = sarif.render(scans.poisoned())
    assert client.upload(document).status == "complete"
    assert client.service.taken == [document.encode()]
    assert [asked.path for asked in client.service.seen] == [PLACE, *[f"{PLACE}/{ID}"] * 3]


def test_a_service_that_comes_back_gets_the_report(client: Client) -> None:
    client.service.faults = [_json(503, {"code": "busy", "message": "Service unavailable"}), _json(503, {})]
    assert client.upload(sarif.render(scans.poisoned())).status == "complete"
    assert len(client.service.taken) == 1


def test_what_github_would_reject_is_told_with_the_way_to_find_it(client: Client) -> None:
    log = json.loads(sarif.render(scans.poisoned()))
    log["runs"][0]["results"][0]["locations"] = []
    outcome = client.upload(json.dumps(log))
    assert outcome.status == "failed"
    assert "check-sarif" in outcome.message
    assert "locations" in outcome.message


@pytest.mark.parametrize("stranger", ["a fork", "Dependabot"])
def test_strangers_are_told_of_the_way_that_works_for_them(client: Client, stranger: str) -> None:
    client.service.faults = [_said(403, "Resource not accessible by integration")]
    message = client.upload("{}", stranger=stranger).message
    assert f"of {stranger} may only read" in message
    assert "`sarif-file`" in message
    assert "upload-sarif" in message


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (_said(403, "Resource not accessible by integration"), "permissions: security-events: write"),
        (_said(403, "Advanced Security must be enabled for this repository to use code scanning."), "enable"),
        (_said(403, "Code Security must be enabled for this repository to use code scanning."), "enable"),
        (_said(403, "Repository was archived so is read-only."), "archived"),
        (_said(400, "commit not found"), "commit invalid"),
        (_said(404, "Not Found"), "check `token`"),
        (Reply(413), "too large"),
    ],
)
def test_refusals_are_as_described_and_each_has_its_next_step(
    client: Client, refusal: Reply, advice: str
) -> None:
    client.service.faults = [refusal]
    outcome = client.upload("{}")
    assert outcome.status == "failed"
    assert f"HTTP {refusal.status}:" in outcome.message  # a judge that disagrees would have changed it
    assert advice in outcome.message


def test_no_end_of_processing_is_a_warning_and_not_a_failure(client: Client) -> None:
    client.service.states = [_json(200, {"processing_status": "pending"})] * 5
    assert client.upload(sarif.render(scans.poisoned())).status == "pending"


def test_the_judge_would_object(client: Client) -> None:
    client.service.faults = [_json(202, {"id": 7, "url": "x"})] * 4
    assert "HTTP 500" in client.upload("{}").message
    client.service.faults = [Reply(418)]
    answer = _request(f"{client.target.api}{PLACE}", "ghs_secret", {"commit_sha": "HEAD"})
    assert answer.status == 422
