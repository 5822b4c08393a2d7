"""The terminal report, and who gets colours and progress."""

import io
import re

import pytest
from msgspec.structs import replace

from scanner.finding import Severity
from scanner.report import text
from tests.report import scans


class Terminal(io.StringIO):
    """A stream that says that it is one."""

    def isatty(self) -> bool:
        return True


def test_a_poisoned_scan_reads_worst_first() -> None:
    assert text.render(replace(scans.poisoned(), seconds=0.5)) == (
        "BLOCKED  ckpt/a.pt  (pytorch-zip, pickle; 120 of 5,000 bytes read)\n"
        "  error  command-on-load  [code-execution]\n"
        "    Loading this file runs the command `id`. Nothing asks first.\n"
        "    at ckpt/a.pt!archive/data.pkl @ 1234\n"
        "      1. the string 'id'  (ckpt/a.pt!archive/data.pkl @ 1200)\n"
        "      2. os.system is called with it  (ckpt/a.pt!archive/data.pkl @ 1234)\n"
        "\n"
        "BLOCKED  data/load.py  (pytorch-zip, pickle; 120 of 5,000 bytes read)\n"
        "  error  command-on-load  [code-execution]\n"
        "    Loading this file runs the command `id`. Nothing asks first.\n"
        "    at data/load.py:3\n"
        "      1. os.system is called  (data/load.py:3)\n"
        "\n"
        "UNSCANNED  z.bin  (pytorch-zip, pickle; 120 of 5,000 bytes read)\n"
        "  note  unscanned-artifact  [unreadable]\n"
        "    No reader knows this file.\n"
        "    at z.bin\n"
        "\n"
        "warning: vendor/lib: A submodule is not scanned.\n"
        "4 files in 0.50 s: 2 blocked, 1 unscanned, 1 clean; "
        "fails: something is at or above error\n"
    )


@pytest.mark.parametrize(
    ("exit_code", "fail_on", "sentence"),
    [
        (0, Severity.ERROR, "passes: nothing is at or above error"),
        (0, Severity.WARNING, "passes: what is at or above warning is set not to fail"),
        (0, None, "passes, because nothing may fail"),
        (1, Severity.NOTE, "fails: something is at or above note"),
        (1, Severity.ERROR, "fails: something is of a rule that is set to fail"),
        (3, Severity.ERROR, "fails: the scan is incomplete through a fault of the scanner"),
    ],
)
def test_the_last_line_tells_the_decision(exit_code: int, fail_on: Severity | None, sentence: str) -> None:
    report = scans.report("a", scans.finding("a", severity=Severity.WARNING))
    scan = scans.scan(report, exit_code=exit_code, fail_on=fail_on)
    assert text.render(scan).endswith(f"1 file in 0.00 s: 1 review; {sentence}\n")


def test_nothing_to_scan_is_said() -> None:
    sentence = "0 files in 0.00 s: nothing to scan; passes: nothing is at or above error\n"
    assert text.render(scans.scan()) == sentence


def test_a_failure_names_the_file_and_the_fault() -> None:
    shown = text.render(scans.scan(scans.report("odd.pt", failure="KeyError: 'x'")))
    assert "UNSCANNED  odd.pt" in shown
    assert "the scanner failed on this file: KeyError: 'x'" in shown


def test_colours_change_nothing_else() -> None:
    coloured = text.render(scans.poisoned(), colour=True)
    assert "\x1b[1;31mBLOCKED\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text.render(scans.poisoned())


def test_colours_only_on_a_terminal_that_wants_them() -> None:
    assert text.wants_colour(Terminal(), {})
    assert not text.wants_colour(io.StringIO(), {})
    assert not text.wants_colour(Terminal(), {"NO_COLOR": "1"})
    assert not text.wants_colour(Terminal(), {"TERM": "dumb"})


def test_progress_is_one_line_that_goes_away() -> None:
    stream = Terminal()
    with text.Progress(stream) as progress:
        progress(1, 20, "dir/a.pt")
        progress(2, 20, "b\x1b[2J::error\n" + "x" * 300)
    assert stream.getvalue().startswith("\r\x1b[Kscanning 1/20  dir/a.pt\r\x1b[Kscanning 2/20")
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().count("\x1b") == stream.getvalue().count("\x1b[K")
    assert stream.getvalue().endswith("\r\x1b[K")


def test_progress_is_silent_elsewhere() -> None:
    stream = io.StringIO()
    with text.Progress(stream) as progress:
        progress(1, 2, "a")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("hostile", scans.HOSTILE)
def test_hostile_strings_move_no_cursor_and_give_no_command(hostile: str) -> None:
    shown = text.render(scans.hostile(hostile))
    shown.encode()
    usual = text.render(scans.hostile("plain")).count("\n")
    assert shown.count("\n") == usual
    for line in shown.split("\n"):
        assert line.isprintable()
        assert "##[" not in line
        assert not line.lstrip().startswith("::")
