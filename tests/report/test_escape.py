"""Each escape against the strings that its channel must survive."""

import html as html_module
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scanner.report import escape
from tests.report.scans import HOSTILE

anything = st.text(st.characters(exclude_categories=())) | st.sampled_from(HOSTILE)


def test_ordinary_text_stays_as_it_is() -> None:
    for each in (escape.visible, escape.terminal, escape.sarif, escape.command_data):
        assert (
            each("Loading `os.system` runs 'id' – naïve 文件.pt")
            == "Loading `os.system` runs 'id' – naïve 文件.pt"
        )


def test_what_cannot_be_shown_is_spelled_out() -> None:
    assert escape.visible("a\x1b[2Jb\r\n\tc\u202e\U000e0041") == "a\\x1b[2Jb\\r\\n\\tc\\u202e\\U000e0041"


def test_a_byte_of_a_name_that_is_not_utf8_is_spelled_as_that_byte() -> None:
    assert escape.visible("caf\udce9") == "caf\\xe9"
    assert escape.visible("\ud800") == "\\ud800"


@given(anything)
def test_visible_text_is_one_printable_line_of_utf8(text: str) -> None:
    shown = escape.visible(text)
    assert shown.isprintable()
    shown.encode()


@given(anything)
@example("   ::error::x")
@example("####[x]")
def test_a_log_line_gives_the_runner_no_command(text: str) -> None:
    shown = escape.terminal(text)
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert "##vso[" not in shown.lower()


def test_command_data_and_properties_decode_to_what_was_meant() -> None:
    assert escape.command_data("50%\nnext") == "50%25%0Anext"
    assert escape.command_property("a:b,c%\n") == "a%3Ab%2Cc%25\\n"


@given(anything)
def test_a_command_property_cannot_end_itself(text: str) -> None:
    assert not re.search(r"[:,\r\n]", escape.command_property(text))


def test_clipping_says_how_much_is_missing() -> None:
    assert escape.clip("abcdef", 6) == "abcdef"
    assert escape.clip("abcdef", 2) == "ab… (4 more characters)"


@given(anything)
def test_html_holds_no_tag_and_reads_as_the_text(text: str) -> None:
    shown = escape.html_code(text)
    inner = shown.removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[<>\"']", inner)
    assert html_module.unescape(inner) == escape.visible(text)


def test_html_prose_mentions_nobody() -> None:
    assert not re.search(r"@\w|#\d", escape.html("@octocat fixes #12"))


@given(anything)
def test_an_html_block_is_one_line(text: str) -> None:
    assert "\n" not in escape.html_block(text)


@given(anything)
def test_markdown_prose_renders_as_nothing_but_text(text: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse("x " + escape.markdown(text))
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert kinds <= {"text", "text_special"}
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]


@given(anything)
def test_a_fenced_block_is_closed_only_by_its_end(text: str) -> None:
    tokens = MarkdownIt().parse(escape.markdown_block(text))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == "".join(line + "\n" for line in escape.visible_lines(text))


@pytest.mark.parametrize("text", ["[evil](https://x.example)", "{0}", "a](1)"])
def test_sarif_text_holds_no_link_and_no_placeholder(text: str) -> None:
    assert not re.search(r"\]\(|\{\d+\}", escape.sarif(text))


@given(st.recursive(anything, lambda inner: st.lists(inner) | st.dictionaries(anything, inner)))
def test_json_for_a_log_has_the_same_value_and_no_command(value: object) -> None:
    document = json.dumps(value)
    shown = escape.json_log(document)
    assert json.loads(shown) == json.loads(document)
    assert shown.isascii()
    assert "##[" not in shown
