"""The demo does what it says, twice the same."""

import io
import json
import pickletools
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from tools import demo

DEMO = Path(demo.__file__)


def run(sarif: Path) -> str:
    """What the demo prints, without the seconds that the scan took."""
    command = [sys.executable, str(DEMO), "--sarif", str(sarif)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.sub(r" in [\d.]+ s", "", printed).replace(str(sarif), "SARIF")


def test_the_gate_blocks_and_says_why(tmp_path: Path) -> None:
    printed = run(tmp_path / "one.sarif")
    assert printed.endswith("The gate blocked this pull request, as it should: exit code 1.\n")
    assert "192.0.2.10" in printed
    assert printed == run(tmp_path / "two.sarif")
    assert (tmp_path / "one.sarif").read_bytes() == (tmp_path / "two.sarif").read_bytes()
    results = json.loads((tmp_path / "one.sarif").read_bytes())["runs"][0]["results"]
    errors = {
        (r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], r["ruleId"])
        for r in results
        if r["level"] == "error"
    }
    assert ("checkpoints/decoder.pt", "remote-shell") in errors
    assert {uri for uri, _ in errors} == {"checkpoints/decoder.pt", "datasets/questions.py"}


def test_its_checkpoints_are_laid_out_as_torch_does() -> None:
    data = demo.checkpoint({"weight": [1.0, 2.0]}, on_load="id")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [f"archive/{n}" for n in ("data.pkl", "byteorder", "version", "data/0")]
        assert archive.read("archive/data/0") == b"\0\0\x80?\0\0\0@"
        opcodes = [(op.name, arg) for op, arg, _ in pickletools.genops(archive.read("archive/data.pkl"))]
    assert ("GLOBAL", "posix system") in opcodes
    assert opcodes[-1] == ("STOP", None)
    assert ("BINPERSID", None) in opcodes
