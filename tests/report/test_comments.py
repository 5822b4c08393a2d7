"""Comments on a pull request, with GitHub's own API description as the judge of both sides."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from scanner.finding import FileReport
from scanner.github import Pull
from scanner.report import Scan, comments
from tests.fakes import serving
from tests.npm import prism
from tests.report import scans
from tests.report.codescanning import refusal
from tests.report.conversation import BOT, PLACE, Conversation

HEAD = "b2" * 20
ISSUE, REVIEW = "POST /issues/7/comments", "POST /pulls/7/comments"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Conversation], str]]:
    """A judge that stays, in front of a conversation that is another one for each test."""
    now: list[Conversation] = []
    with (
        serving(lambda asked: now[-1].answer(asked)) as server,  # noqa: PLW0108 - the last one then
        prism.between(server.url, prism.COMMENTS, tmp_path_factory.mktemp("prism")) as url,
    ):
        yield now, url


@pytest.fixture
def talk(judged: tuple[list[Conversation], str]) -> Conversation:
    judged[0].append(Conversation())
    return judged[0][-1]


@pytest.fixture
def pull(judged: tuple[list[Conversation], str], talk: Conversation) -> Pull:
    return Pull("octo/hello", 7, HEAD, "ghs_secret", judged[1])


def blocked(*reports: FileReport) -> Scan:
    """A scan of which every finding blocks."""
    scan = scans.scan(*reports)
    return replace(scan, blocking=frozenset(scan.findings))


def test_one_comment_is_kept_up_to_date(talk: Conversation, pull: Pull) -> None:
    talk.says("issues", "octocat", "Looks good.")
    assert comments.keep(scans.poisoned(), pull) is None
    (_, (who, first)) = talk.bodies("issues")
    assert who == BOT
    assert first.startswith(comments.MARK)
    assert "ckpt/a.pt" in first and "```mermaid" in first
    assert comments.keep(scans.poisoned(), pull) is None
    assert talk.changed() == [ISSUE]  # nothing is said that is there already
    assert comments.keep(scans.scan(scans.report("ckpt/a.pt")), pull) is None
    assert talk.changed() == [ISSUE, "PATCH /issues/comments/101"]
    assert "modelgate: clean" in talk.bodies("issues")[1][1]
    assert talk.bodies("issues")[0] == ("octocat", "Looks good.")


def test_a_clean_change_is_not_talked_about(talk: Conversation, pull: Pull) -> None:
    assert comments.keep(scans.scan(scans.report("a.pt")), pull) is None
    assert talk.bodies("issues") == []


@pytest.mark.parametrize(("login", "own"), [(None, BOT), ("gatekeeper", "gatekeeper")])
def test_what_others_have_marked_is_left_alone(
    talk: Conversation, pull: Pull, login: str | None, own: str
) -> None:
    talk.login = login
    for who in ("attacker", "other[bot]", BOT.upper()):
        talk.says("issues", who, f"{comments.MARK}\nclean")
        talk.says("pulls", who, f"{comments.FILE_MARK}\nclean", path="ckpt/a.pt")
    talk.says("issues", own, f"As quoted: {comments.MARK}")
    comments.keep(scans.poisoned(), pull)
    comments.review(blocked(scans.report("ckpt/a.pt", scans.finding())), pull, {"ckpt/a.pt"})
    assert talk.changed() == [ISSUE, REVIEW]
    assert [who for who, _ in talk.bodies("issues")][4:] == [own]


def test_a_comment_is_found_on_a_later_page(talk: Conversation, pull: Pull) -> None:
    for number in range(120):
        talk.says("issues", "octocat", f"Comment {number}.")
    comments.keep(scans.poisoned(), pull)
    comments.keep(scans.scan(scans.report("a.pt")), pull)
    assert talk.changed() == [ISSUE, "PATCH /issues/comments/220"]


def test_a_binary_that_blocks_has_a_comment_of_its_own_and_only_one(talk: Conversation, pull: Pull) -> None:
    scan = blocked(
        scans.report("ckpt/a.pt", scans.finding(), scans.finding(rule="other")),
        scans.report("data/load.py", scans.in_script()),  # has an annotation at its line
        scans.report("not/changed.pt", scans.finding("not/changed.pt")),
    )
    for _ in range(2):
        assert comments.review(scan, pull, {"ckpt/a.pt", "data/load.py"}) is None
    assert talk.changed() == [REVIEW]
    (asked,) = [asked for asked in talk.seen if asked.body]
    body = asked.body.pop("body")
    assert asked.body == {"commit_id": HEAD, "path": "ckpt/a.pt", "subject_type": "file"}
    assert body.count("<details>") == 2
    assert body.startswith(comments.FILE_MARK)


def test_what_does_not_block_has_none(talk: Conversation, pull: Pull) -> None:
    scan = scans.scan(scans.report("ckpt/a.pt", scans.finding()))
    assert comments.review(scan, pull, {"ckpt/a.pt"}) is None
    assert talk.changed() == []


def test_a_file_that_blocks_no_more_has_that_said(talk: Conversation, pull: Pull) -> None:
    comments.review(blocked(scans.report("ckpt/a.pt", scans.finding())), pull, {"ckpt/a.pt"})
    comments.review(blocked(scans.report("other.pt")), pull, {"other.pt"})  # was not looked at
    assert talk.changed() == [REVIEW]
    for _ in range(2):
        comments.review(blocked(scans.report("ckpt/a.pt")), pull, {"ckpt/a.pt"})
    assert talk.changed() == [REVIEW, "PATCH /pulls/comments/100"]
    assert talk.bodies("pulls") == [(BOT, comments.SETTLED)]


def test_a_file_that_has_left_the_diff_is_not_said_to_be_settled(talk: Conversation, pull: Pull) -> None:
    scan = blocked(scans.report("ckpt/a.pt", scans.finding()))
    comments.review(scan, pull, {"ckpt/a.pt"})
    assert comments.review(scan, pull, set()) is None
    assert talk.changed() == [REVIEW]


def test_so_many_are_begun_and_no_more(talk: Conversation, pull: Pull) -> None:
    names = [f"{number}.pt" for number in range(comments.MOST + 3)]
    scan = blocked(*(scans.report(name, scans.finding(name)) for name in names))
    assert comments.review(scan, pull, names) == "3 more files block than were commented on"
    assert talk.changed() == [REVIEW] * comments.MOST


@pytest.mark.parametrize(
    ("stranger", "advice"),
    [(None, "`permissions: pull-requests: write`"), ("a fork", "a pull request of a fork may only read")],
)
def test_a_token_that_may_not_is_said(
    talk: Conversation, pull: Pull, stranger: str | None, advice: str
) -> None:
    pull = replace(pull, stranger=stranger)
    talk.faults = [refusal(403, "Resource not accessible by integration") for _ in range(2)]
    two = blocked(*(scans.report(name, scans.finding(name)) for name in ("a.pt", "b.pt")))
    for said in (comments.keep(two, pull), comments.review(two, pull, {"a.pt", "b.pt"})):
        assert said is not None and advice in said and "(HTTP 403: " in said
    assert talk.changed() == [ISSUE, REVIEW]  # the second file is not tried


def test_a_pull_request_that_cannot_be_seen_is_said(talk: Conversation, pull: Pull) -> None:
    talk.unseen = True
    scan = blocked(scans.report("ckpt/a.pt", scans.finding()))
    for said in (comments.keep(scan, pull), comments.review(scan, pull, {"ckpt/a.pt"})):
        assert said is not None and "pull-requests: write" in said and "(HTTP 404: " in said
    assert talk.changed() == []


def test_a_file_that_is_not_taken_does_not_stop_the_others(talk: Conversation, pull: Pull) -> None:
    talk.faults = [refusal(422, "Validation Failed")]
    scan = blocked(*(scans.report(name, scans.finding(name)) for name in ("a.pt", "b.pt")))
    said = comments.review(scan, pull, {"a.pt", "b.pt"})
    assert said is not None and "(HTTP 422: Validation Failed)" in said
    assert [c["path"] for c in talk.comments["pulls"]] == ["b.pt"]


def test_nobody_listening_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.http._PAUSES", ())
    nobody = Pull("octo/hello", 7, HEAD, "ghs_secret", "http://127.0.0.1:1")
    assert "could not be reached" in str(comments.keep(scans.poisoned(), nobody))


@pytest.mark.parametrize("text", scans.HOSTILE)
def test_hostile_strings_stay_text(talk: Conversation, pull: Pull, text: str) -> None:
    scan = replace(scans.hostile(text), blocking=frozenset(scans.hostile(text).findings))
    assert comments.keep(scan, pull) is None
    ((_, body),) = talk.bodies("issues")
    assert body == f"{comments.MARK}\n{comments.summary.render(scan, comments.ROOM)}"
    assert len(body) < 65_536


def test_a_long_comment_is_cut_where_it_may_be(talk: Conversation, pull: Pull) -> None:
    many = [scans.finding(f"{i}.pt", message="x" * 400, evidence="y" * 9_000) for i in range(500)]
    scan = blocked(*(scans.report(f"{i}.pt", finding) for i, finding in enumerate(many)))
    assert comments.keep(scan, pull) is None
    ((_, body),) = talk.bodies("issues")
    assert 30_000 < len(body) < 65_536
    assert "more did not fit" in body
    assert PLACE in talk.seen[-1].path
