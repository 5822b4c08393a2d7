"""Our own patterns: each fits what it is for, and none its honest neighbours."""

import pytest

from scanner.knowledge.patterns import Pattern, matcher, own
from scanner.rules import rules
from tests.patterns.samples import FITS, HONEST


def fitting(text: str) -> set[str]:
    return {hit.pattern.name for hit in matcher().find(text.encode())}


@pytest.mark.parametrize(("name", "text"), [(n, text) for n, texts in FITS.items() for text in texts])
def test_fits(name: str, text: str) -> None:
    assert name in fitting(text)


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_leaves_honest_scripts_alone(text: str) -> None:
    assert fitting(text) == set()


def test_every_pattern_has_a_sample_and_no_two_a_name() -> None:
    names = [pattern.name for pattern in matcher()]
    assert sorted(names) == sorted(FITS)
    assert len(own()) > 1


@pytest.mark.parametrize("pattern", list(matcher()), ids=lambda pattern: pattern.name)
def test_metadata(pattern: Pattern) -> None:
    assert pattern.description and not pattern.description.endswith(".")
    assert pattern.rule_id in {module.RULE.id for module in rules()}
    assert pattern.severity == "warning"  # the precision of ours is not known well enough to block


def test_a_hit_is_the_first_place() -> None:
    (hit,) = matcher().find(b"one\ntwo\n" + b"./xmrig -o stratum+tcp://pool.example:1\n" * 3)
    assert (hit.pattern.name, hit.offset) == ("coin_miner", 10)
