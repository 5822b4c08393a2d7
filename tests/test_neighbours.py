"""Workers ask for other files of the tree: what they are given, and what they cannot do with it."""

from functools import partial
from pathlib import Path

from msgspec.structs import replace

from scanner.collect import Artifact
from scanner.collect.disk import _beside
from scanner.limits import Limits
from tests import workers

ASK = """
    try:
        found = neighbours.open(content.split())
    except OverBudget:
        return said(blob, "it is there")
    return said(blob, "nothing" if found is None else f"{found.trail[0]}: {found.read_at(0, 99).decode()}")
"""


def artifact(folder: Path, content: str) -> Artifact:
    plain = workers.artifact(folder, "asking", content)
    return replace(plain, beside=partial(_beside, str(folder), "", lambda _: None))


def answer(body: str, folder: Path, content: str, limits: Limits | None = None) -> str:
    (report,) = workers.scan(body, [artifact(folder, content)], limits=limits).values()
    assert report.failure is None
    return report.findings[0].message


def test_the_first_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")
    assert answer(ASK, tmp_path, "none two one") == "two: 2"
    assert answer(ASK, tmp_path, "none") == "nothing"
    assert answer(ASK, tmp_path, "o\0ne two") == "two: 2"


def test_nothing_from_outside_and_nothing_too_large(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("12345")
    (tmp_path / "link").symlink_to("large")
    assert answer(ASK, tmp_path, "/etc/passwd ../x link") == "nothing"
    assert answer(ASK, tmp_path, "large", Limits(neighbour=5)) == "large: 12345"
    assert answer(ASK, tmp_path, "none large", Limits(neighbour=4)) == "it is there"


MANY = """
    found = 0
    for number in range(9):
        try:
            found += neighbours.open([f"n{number}"]) is not None
        except OverBudget:
            assert number >= 4
    assert neighbours.open(["none"]) is None
    return said(blob, str(found))
"""


def test_so_many_and_no_more(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"n{number}").touch()
    assert answer(MANY, tmp_path, "", Limits(neighbours=4)) == "4"


STEPS = """
    from msgspec.structs import replace
    from scanner.site import Step
    from scanner.site import Site
    neighbours.open(["given"])
    report = said(blob, "ok")
    return replace(report, findings=(replace(report.findings[0], steps=(Step(Site((content,)), "x"),)),))
"""


def test_steps_may_stand_in_what_was_given(tmp_path: Path) -> None:
    (tmp_path / "given").touch()
    (tmp_path / "other").touch()
    assert answer(STEPS, tmp_path, "given") == "ok"
    assert "another file" in answer(STEPS, tmp_path, "other")


FLOOD = """
    frame = b'{"want":["x"]}'
    for _ in range(1 << 20):
        os.write(0, len(frame).to_bytes(4, "big") + frame)
    return said(blob, "ok")
"""


def test_a_worker_that_asks_and_does_not_listen(tmp_path: Path) -> None:
    assert "answer" in answer(FLOOD, tmp_path, "", Limits(seconds=20))
    for question in (b'{"want":1}', b'{"want":[1]}', b'{"want":["x"],"y":1}', b'{"want":'):
        body = f"    os.write(0, {len(question).to_bytes(4, 'big') + question!r})\n    time.sleep(60)"
        assert "answer" in answer(body, tmp_path, "", Limits(seconds=20))


def test_questions_of_two_workers_do_not_mix(tmp_path: Path) -> None:
    artifacts = []
    for number in range(12):
        (tmp_path / f"n{number}").write_text(str(number))
        one = artifact(tmp_path, "")
        plain = workers.artifact(tmp_path, f"a{number}", f"n{number}")
        artifacts.append(replace(plain, beside=one.beside))
    reports = workers.scan(ASK, artifacts, jobs=2)
    assert {p: r.findings[0].message for p, r in reports.items()} == {
        f"a{n}": f"n{n}: {n}" for n in range(12)
    }
