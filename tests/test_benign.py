"""The index of benign packages: what it picks, and what it refuses to unpack; honest objects."""

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import scan
from tools import benign


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(benign, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def test_checkpoints_and_dataset_scripts_of_a_wheel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = tmp_path / "a-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a/net.PTH", b"x")
        archive.writestr("a/unnamed", b"\x80\x04N.")
        archive.writestr("a/films.py", b"class Films(datasets.GeneratorBasedBuilder): ...")
        archive.writestr("a/other.py", b"import os")
        archive.writestr("../../outside.pkl", b"N.")
    assert benign.main([str(wheel)]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[1] for row in rows] == ["a/films.py", "a/net.PTH", "a/unnamed", "outside.pkl"]
    assert rows[1][2:] == ["1", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"]
    assert not (tmp_path / "outside.pkl").exists()


def test_links_out_of_an_sdist_are_refused_and_leave_nothing(tmp_path: Path, cache: Path) -> None:
    sdist = tmp_path / "a-1.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        link = tarfile.TarInfo("a/link.pkl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(tarfile.FilterError):
        benign.main([str(sdist)])
    assert list(cache.iterdir()) == []


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benign, "LARGEST", 10)
    sdist = tmp_path / "a-1.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        member = tarfile.TarInfo("big.pkl")
        member.size = 11
        archive.addfile(member, io.BytesIO(bytes(11)))
    with pytest.raises(SystemExit, match="more than 10"):
        benign.main([str(sdist)])


def test_honest_objects_of_this_python_are_no_news(tmp_path: Path) -> None:
    root = Path(benign.__file__).parents[1]
    script = [sys.executable, str(root / "tools" / "honest.py"), str(tmp_path)]
    subprocess.run(script, check=True, capture_output=True)
    files = sorted(tmp_path.iterdir())
    assert len(files) > 40
    for path in files:
        report = scan(path.read_bytes(), path.name)
        assert (report.failure, report.verdict in (Verdict.CLEAN, Verdict.NOTE)) == (None, True), report
