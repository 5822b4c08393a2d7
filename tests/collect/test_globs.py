"""Globs: an exclude takes no more than it says, a selection takes all beneath."""

import pytest

from scanner.collect.globs import Globs
from scanner.errors import ConfigError


@pytest.mark.parametrize(
    ("pattern", "path", "exclude", "select"),
    [
        ("docs", "docs", True, True),
        ("docs", "docs/evil.pkl", False, True),
        ("docs/", "docs/evil.pkl", True, True),
        ("docs/**", "docs/a/b", True, True),
        ("./docs/**", "docs/a", True, True),
        ("/docs/**", "docs/a", True, True),
        ("docs/**", "other/docs/a", False, False),
        ("docs/**", "docs2/a", False, False),
        ("*.md", "x.md", True, True),
        ("*.md", "a/x.md", False, False),
        ("*.md", "x.md/evil.pkl", False, True),
        ("**/*.md", "x.md", True, True),
        ("**/*.md", "a/b/x.md", True, True),
        ("a/**/b", "a/b", True, True),
        ("a/**/b", "a/1/2/b", True, True),
        ("a/**/b", "a/1/2/c", False, False),
        ("a/*/b", "a/1/2/b", False, False),
        ("?", "ab", False, False),
        ("[ab]x", "bx", True, True),
        ("*.PKL", "a.pkl", False, False),
        ("*", "line\nbreak", True, True),
        (".", "any/thing", False, True),
        ("**", "any/thing", True, True),
        ("**/**/a", "x/a", True, True),
    ],
)
def test_matches(pattern: str, path: str, exclude: bool, select: bool) -> None:
    assert Globs([pattern], beneath=False).match(path) is exclude
    assert Globs([pattern], beneath=True).match(path) is select


def test_patterns_that_can_never_match_are_refused() -> None:
    with pytest.raises(ConfigError, match="repository root"):
        Globs(["../x"], beneath=True)
