"""The job summary, read back by an HTML parser."""

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from scanner.finding import Severity, Verdict
from scanner.report import Notice, Scan, summary
from scanner.site import Site, Step
from tests.report import scans

OURS = {
    *("p", "b", "i", "br", "code", "pre", "table", "tr", "th", "td", "ul", "ol", "li", "details", "summary"),
    *("h2", "h3"),
}


class Page(HTMLParser):
    """Tags in order, and the text between them."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_verdict_comes_first_and_the_worst_file_next() -> None:
    shown = summary.render(scans.poisoned())
    assert shown.startswith(
        "## ⛔ modelgate: blocked\n\n<p><b>The check fails: something is at or above error."
    )
    page = Page(shown)
    assert page.text.index("ckpt/a.pt") < page.text.index("data/load.py") < page.text.index("z.bin")
    assert "4 files: 2 blocked, 1 unscanned, 1 clean." in page.text
    assert "clean.pkl" not in page.text


def test_a_row_tells_behaviour_callee_and_reason() -> None:
    row = next(line for line in summary.render(scans.poisoned()).splitlines() if line.startswith("<tr><td>"))
    assert row == (
        "<tr><td>⛔ blocked</td><td><code>ckpt/a.pt</code></td><td>code-execution</td>"
        "<td><code>os.system</code></td>"
        "<td>Loading this file runs the command `id`. Nothing asks first.</td></tr>"
    )


def test_each_blocking_finding_has_its_steps_and_its_evidence() -> None:
    page = Page(summary.render(scans.poisoned()))
    assert page.tags.count("details") == 2
    assert page.tags.count("ol") == 2
    assert "os.system('id')" in page.text


def test_each_way_is_a_picture_that_ends_in_what_happens() -> None:
    shown = summary.render(scans.poisoned())
    picture = shown[shown.index("```mermaid") :].split("```")[1].splitlines()
    assert picture == [
        "mermaid",
        "flowchart TD",
        's0["the string #39;id#39;"]',
        's0 --> s1["os.system is called with it"]',
        "style s1 stroke:#d1242f,stroke-width:3px",
    ]


def test_of_a_long_way_the_picture_has_both_ends() -> None:
    steps = tuple(Step(Site(("a.py",), line=n), f"step {n}") for n in range(1, 31))
    shown = summary.render(scans.scan(scans.report("a.py", scans.finding(steps=steps))))
    labels = re.findall(r's\d+\["(.*)"\]$', shown, re.MULTILINE)
    assert labels[0] == "step 1"
    assert labels[5] == "21 more steps"
    assert labels[-1] == "step 30"
    assert len(labels) == 10


def test_what_was_not_scanned_is_told_with_the_reason() -> None:
    scan = scans.poisoned()
    scan = replace(scan, reports=(*scan.reports, scans.report("odd.pt", failure="KeyError: 'x'")))
    page = Page(summary.render(scan))
    last = page.text[page.text.index("Not scanned") :]
    assert "z.bin: No reader knows this file." in last
    assert "odd.pt: The scanner failed: KeyError: 'x'" in last
    assert "warning: vendor/lib: A submodule is not scanned." in last


def test_a_clean_scan_is_short() -> None:
    shown = summary.render(scans.scan(scans.report("a.pt"), base="1" * 40, head="2" * 40))
    assert shown.startswith("## ✅ modelgate: clean")
    assert "###" not in shown
    assert f"Changes from <code>{'1' * 40}</code>" in shown


def test_too_much_is_cut_within_the_limit_and_counted() -> None:
    fat = "&" * 9_000  # five bytes each once escaped
    reports = [
        scans.report(f"{n}.pt", scans.finding(f"{n}.pt", message=fat, evidence=fat, callee=fat))
        for n in range(900)
    ]
    notices = tuple(Notice(Severity.WARNING, fat) for _ in range(900))
    shown = summary.render(scans.scan(*reports, notices=notices))
    assert summary.BYTES // 2 < len(shown.encode()) <= summary.BYTES
    assert shown.count("more did not fit") == 3
    assert set(Page(shown).tags) <= OURS


def test_the_verdict_of_a_scan_is_its_worst() -> None:
    warned = scans.report("a", scans.finding("a", severity=Severity.WARNING))
    assert scans.scan(warned, scans.report("b", failure="x")).verdict is Verdict.REVIEW
    assert scans.scan().verdict is Verdict.CLEAN


@pytest.mark.parametrize("text", scans.HOSTILE)
def test_hostile_strings_add_no_markup(text: str) -> None:
    assert structure(scans.hostile(text)) == structure(scans.hostile("plain"))


def structure(scan: Scan) -> list[str]:
    """The tags of a summary, none of which may have an attribute but the fences of pictures."""
    shown = summary.render(scan)
    shown.encode()
    page = Page(shown)
    assert set(page.attributes) <= {("class", "language-mermaid")}
    return page.tags


def test_a_finding_at_a_line_without_steps_has_no_empty_details() -> None:
    bare = scans.finding(site=Site(("a.py",), line=1), steps=(), evidence=None)
    assert "<details>" not in summary.render(scans.scan(scans.report("a.py", bare)))
