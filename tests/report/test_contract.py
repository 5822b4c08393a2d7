"""The upload as GitHub's own API description judges it, both what we ask and what the fake answers."""

import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from scanner import github
from scanner.report import sarif
from scanner.report.upload import Outcome, Target, upload
from tests.fakes import Reply, serving
from tests.npm import prism
from tests.report import scans
from tests.report.codescanning import ID, PLACE, CodeScanning, json_reply, refusal


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
    client.service.states = [Reply(404), json_reply(200, {"processing_status": "pending"})]
    document = sarif.render(scans.poisoned())
    assert client.upload(document).status == "complete"
    assert client.service.taken == [document.encode()]
    assert [asked.path for asked in client.service.seen] == [PLACE, *[f"{PLACE}/{ID}"] * 3]


def test_a_service_that_comes_back_gets_the_report(client: Client) -> None:
    client.service.faults = [
        json_reply(503, {"code": "busy", "message": "Service unavailable"}),
        json_reply(503, {}),
    ]
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
    client.service.faults = [refusal(403, "Resource not accessible by integration")]
    message = client.upload("{}", stranger=stranger).message
    assert f"of {stranger} may only read" in message
    assert "`sarif-file`" in message
    assert "upload-sarif" in message


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (refusal(403, "Resource not accessible by integration"), "permissions: security-events: write"),
        (
            refusal(403, "Advanced Security must be enabled for this repository to use code scanning."),
            "enable",
        ),
        (refusal(403, "Code Security must be enabled for this repository to use code scanning."), "enable"),
        (refusal(403, "Repository was archived so is read-only."), "archived"),
        (refusal(400, "commit not found"), "commit invalid"),
        (refusal(404, "Not Found"), "check `token`"),
        (Reply(413), "too large"),
    ],
)
def test_refusals_are_as_described_and_each_has_its_next_step(
    client: Client, answer: Reply, advice: str
) -> None:
    client.service.faults = [answer]
    outcome = client.upload("{}")
    assert outcome.status == "failed"
    assert f"HTTP {answer.status}:" in outcome.message  # a judge that disagrees would have changed it
    assert advice in outcome.message


def test_no_end_of_processing_is_a_warning_and_not_a_failure(client: Client) -> None:
    client.service.states = [json_reply(200, {"processing_status": "pending"})] * 5
    assert client.upload(sarif.render(scans.poisoned())).status == "pending"


def test_the_judge_would_object(client: Client) -> None:
    client.service.faults = [json_reply(202, {"id": 7, "url": "x"})] * 4
    assert "HTTP 500" in client.upload("{}").message
    client.service.faults = [Reply(418)]
    answer = github.ask(f"{client.target.api}{PLACE}", "ghs_secret", {"commit_sha": "HEAD"})
    assert answer.status == 422
