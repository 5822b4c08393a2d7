"""Fingerprints against the values that GitHub's own action computes."""

import pytest

from scanner.report.fingerprint import identity_hash, line_hashes

# from the published tests of github/codeql-action (src/fingerprints.test.ts)
UPSTREAM = [
    ("", ["c129715d7a2bc9a3:1"]),
    (
        " a\nb\n  \t\tc\n d",
        ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
    ),
    *(
        (
            text,
            [
                "e9496ae3ebfced30:1",
                "fb7c023a8b9ccb3f:1",
                "ce8ba1a563dcdaca:1",
                "e20e36e16fcb0cc8:1",
                "b3edc88f2938467e:1",
                "c8e28b0b4002a3a0:1",
                "c129715d7a2bc9a3:1",
            ],
        )
        for text in (
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n",
            " hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r",
            " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
        )
    ),
    (
        "Lorem ipsum dolor sit amet.\n" * 10,
        [
            *(f"a7f2ff13bc495cf2:{n}" for n in range(1, 7)),
            "a7f2ff1481e87703:1",
            "a9cf91f7bbf1862b:1",
            "55ec222b86bcae53:1",
            "cc97dc7b1d7d8f7b:1",
            "c129715d7a2bc9a3:1",
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), UPSTREAM)
def test_lines_hash_as_the_code_scanning_action_hashes_them(text: str, expected: list[str]) -> None:
    numbers = range(1, len(expected) + 1)
    assert line_hashes(text, set(numbers)) == dict(zip(numbers, expected, strict=True))


def test_a_character_outside_the_basic_plane_counts_as_two_units() -> None:
    pair = line_hashes("😀" * 50 + "x", {1})
    assert pair == line_hashes("😀" * 50 + "y", {1})
    assert pair != line_hashes("😀" * 49 + "x", {1})


def test_lines_that_do_not_exist_have_no_hash() -> None:
    assert line_hashes("a\n", {3}) == {}


def test_identity_hash_separates_rules_and_fields_and_takes_any_string() -> None:
    hashes = {
        identity_hash("a", ("b", "c")),
        identity_hash("a", ("bc",)),
        identity_hash("b", ("b", "c")),
        identity_hash("a", ("\udce9\ud800", "c")),
    }
    assert len(hashes) == 4
    assert identity_hash("a", ("b", "c")) == identity_hash("a", ("b", "c"))
