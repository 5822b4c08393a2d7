"""The page: read back by a parser, and by a browser that would run and load what it could."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scanner.report import Scan, html
from scanner.site import Site, Step
from tests.fakes import Reply, serving
from tests.report import scans
from tests.report.browser import dom

VOID = {"meta"}


class Page(HTMLParser):
    """Tags and attributes in order, and the text between them; unbalanced tags are an error."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(document)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_verdict_comes_first_and_each_blocking_finding_has_its_way() -> None:
    page = Page(html.render(scans.poisoned()))
    order = [
        "blocked",
        "ckpt/a.pt",
        "How it happens",
        "the string 'id'",
        "os.system is called",
        "Not scanned",
    ]
    places = [page.text.index(words) for words in order]
    assert places == sorted(places)
    assert page.tags.count("ol") == 2
    assert "No reader knows this file." in page.text
    assert "A submodule is not scanned." in page.text


def test_nothing_is_loaded_and_the_policy_allows_our_style_alone() -> None:
    document = html.render(scans.poisoned())
    style = re.search(r"<style>(.*?)</style>", document, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in document
    assert not re.search(r"\b(?:src|href|url)\b\s*[=(]", document)


def structure(scan: Scan) -> tuple[list[str], list[tuple[str, str | None]]]:
    page = Page(html.render(scan))
    return page.tags, page.attributes


@pytest.mark.parametrize("text", scans.HOSTILE)
def test_hostile_strings_add_no_markup(text: str) -> None:
    html.render(scans.hostile(text)).encode()
    assert structure(scans.hostile(text)) == structure(scans.hostile("plain"))


def test_too_many_findings_are_counted() -> None:
    many = [scans.finding(site=Site(("a.pt",), offset=n)) for n in range(html.FINDINGS + 7)]
    assert "7 more are left out" in html.render(scans.scan(scans.report("a.pt", *many)))


def test_a_long_way_says_how_much_is_missing() -> None:
    steps = tuple(Step(Site(("a.py",), line=n), f"step {n}") for n in range(1, 101))
    assert "and 40 more steps" in html.render(scans.scan(scans.report("a.py", scans.finding(steps=steps))))


def test_in_a_browser_nothing_runs_and_nothing_leaves(tmp_path: Path) -> None:
    with serving(lambda _: Reply(200, b"")) as outside:
        attack = (
            f"\"'></code></pre></style><img src={outside.url}/image><script src={outside.url}/script></script>"
            f"<script>document.title='taken'</script><style>@import '{outside.url}/style'</style>"
            f"<link rel=stylesheet href={outside.url}/link><iframe src={outside.url}/frame></iframe>"
        )
        (tmp_path / "bare").mkdir()
        dom(f"<!DOCTYPE html><title>x</title>{attack}", tmp_path / "bare")
        assert outside.asked, "a page without protection asks for something"
        outside.asked.clear()
        document = html.render(scans.hostile(attack))
        (tmp_path / "escaped").mkdir()
        shown = dom(document, tmp_path / "escaped")
        assert "<title>modelgate: blocked</title>" in shown
        assert Page(shown).tags == Page(document).tags
        assert outside.asked == []
        (tmp_path / "policy").mkdir()
        shown = dom(document.replace("<footer>", f"{attack}<footer>"), tmp_path / "policy")
        assert "<title>modelgate: blocked</title>" in shown
        assert outside.asked == [], "the policy is the second lock"
