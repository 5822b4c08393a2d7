"""The worker's answers: exact when honest, refused when not."""

import json

import pytest

from scanner import wire
from scanner.finding import Behaviour, FileReport, Finding, Severity
from scanner.site import Site, Step

PATH = "dir/na\udcffme.pt"
FINDING = Finding(
    rule="command-on-load",
    severity=Severity.ERROR,
    behaviour=Behaviour.REMOTE_SHELL,
    message="Runs a shell.\n\u202e",
    site=Site((PATH, "data.pkl"), offset=7),
    callee="os.system",
    steps=(Step(Site((PATH,), line=3), "here"), Step(Site((PATH, "x"), offset=0), "there")),
    identity=("data.pkl", "os.system"),
    evidence="os.system('id')",
    end=9,
)
REPORT = FileReport(
    PATH, (FINDING,), ("zip", "pickle"), 1234, 99, 0.25, failure="KeyError: 'x'", beyond=("b.py: why",)
)


def test_a_report_survives_the_way() -> None:
    assert wire.decode(wire.encode(REPORT), PATH) == REPORT
    clean = FileReport("a.pt", (), (), 0, 0, 0.0)
    assert wire.decode(wire.encode(clean), "a.pt") == clean


def test_long_things_are_cut_and_the_worst_findings_stay() -> None:
    long = Finding("r", Severity.NOTE, Behaviour.NONE, "m" * 10_000, Site((PATH,)), steps=FINDING.steps * 500)
    report = FileReport(PATH, (FINDING, *[long] * 5_000), ("f" * 9_999,), 1, 1, 1.0)
    data = wire.encode(report)
    assert len(data) <= wire.MESSAGE
    back = wire.decode(data, PATH)
    assert back.findings[0].rule == FINDING.rule
    assert back.findings[0].severity is Severity.ERROR
    assert len(back.findings) == wire.FINDINGS
    assert all(len(f.message) == wire.TEXT and f.message.endswith("…") for f in back.findings[1:])
    assert len(back.findings[1].steps) in (0, wire.STEPS)


def _changed(*path: str | int, value: object) -> bytes:
    record = json.loads(wire.encode(REPORT))
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(record).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        _changed("size", value=-1),
        _changed("size", value=True),
        _changed("size", value=1.5),
        _changed("bytes_read", value=1 << 64),
        _changed("seconds", value=float("nan")),
        _changed("seconds", value="1"),
        _changed("formats", value=["x"] * 65),
        _changed("formats", value=[1]),
        _changed("failure", value=["x"]),
        _changed("path", value="another field"),
        _changed("findings", value={}),
        _changed("findings", 0, "rule", value="<script>"),
        _changed("findings", 0, "severity", value=4),
        _changed("findings", 0, "behaviour", value="harmless"),
        _changed("findings", 0, "message", value="m" * 5_000),
        _changed("findings", 0, "site", value=[["another.pt"], None, None]),
        _changed("findings", 0, "site", value=[[], None, None]),
        _changed("findings", 0, "site", value=[[PATH], "1", None]),
        _changed("findings", 0, "steps", value=[[[[PATH], None, 1]]]),
        _changed("findings", 0, "end", value="9"),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        wire.decode(data, PATH)


def test_a_report_on_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="another file"):
        wire.decode(wire.encode(REPORT), "innocent.pt")
