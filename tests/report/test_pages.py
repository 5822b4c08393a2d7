"""Rule pages."""

from scanner.report import pages
from tests.report import scans


def test_a_page_has_the_card_and_the_text() -> None:
    page = pages.render(scans.SPAWN)
    assert page.startswith("# command-on-load\n\nLoading runs a command.\n")
    assert "| CWE | [CWE-78](https://cwe.mitre.org/data/definitions/78.html), [CWE-502](" in page
    assert "[T1059.004](https://attack.mitre.org/techniques/T1059/004/)" in page
    assert page.endswith("\n\nLoading the artifact starts a program.\n\nWhoever loads it runs it.\n")


def test_rows_without_a_value_are_left_out() -> None:
    assert "MITRE" not in pages.render(scans.UNREADABLE)
