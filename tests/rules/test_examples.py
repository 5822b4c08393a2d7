"""Every rule's own page is its first test: what it calls bad is found, what it calls good is not."""

import re
import textwrap
from collections.abc import Iterator

import pytest

from scanner.analysis import analyse
from scanner.facts import Anomaly, Effect, Facts, Flow, Match
from scanner.irtext import parse
from scanner.knowledge.tables import knowledge
from scanner.limits import Budget
from scanner.rules import RuleModule, judge, rules
from scanner.site import Site, Trigger


def facts_of(text: str) -> Facts:
    """The facts of a program in IR text, or the one that is spelled out: ``anomaly KIND 'MESSAGE'`` or
    ``match PATTERN SEVERITY BEHAVIOUR 'DESCRIPTION'``."""
    anomaly = re.fullmatch(r"anomaly (\S+) '(.*)'\s*", text)
    if anomaly:
        return Facts(anomalies=[Anomaly(anomaly[1], anomaly[2], Site(("test.bin",)))])
    match_ = re.fullmatch(r"match (\w+) (\w+) (\S+) '(.*)'\s*", text)
    if match_:
        name, severity, behaviour, says = match_.groups()
        site = Site(("test.py",), line=1)
        fit = Match(name, "text", site, Trigger.LOAD, (), says, "", severity, "high", behaviour)
        return Facts(matches=[fit])
    facts = Facts()
    for found in analyse(parse(text), knowledge(), Budget()):
        match found:
            case Effect():
                facts.effects.append(found)
            case Flow():
                facts.flows.append(found)
    return facts


def examples(kind: str) -> Iterator[object]:
    """The blocks under ``Bad:`` or ``Good:`` on every rule's page."""
    for module in rules():
        blocks = re.findall(rf"^{kind}:\n\n((?:(?: {{4}}.*)?\n)+)", (module.__doc__ or "") + "\n", re.M)
        assert blocks, f"{module.RULE.id} shows no {kind} example"
        for number, block in enumerate(blocks):
            yield pytest.param(module, textwrap.dedent(block).strip() + "\n", id=f"{module.RULE.id}-{number}")


@pytest.mark.parametrize(("module", "text"), list(examples("Bad")))
def test_bad_example_is_found(module: RuleModule, text: str) -> None:
    found = judge(facts_of(text))
    assert module.RULE.id in {f.rule for f in found}, [f.message for f in found]
    assert max(f.severity for f in found if f.rule == module.RULE.id) == module.RULE.severity


@pytest.mark.parametrize(("module", "text"), list(examples("Good")))
def test_good_example_is_quiet(module: RuleModule, text: str) -> None:
    assert module.RULE.id not in {f.rule for f in judge(facts_of(text))}


@pytest.mark.parametrize("module", rules(), ids=lambda m: m.RULE.id)
def test_card(module: RuleModule) -> None:
    card = module.RULE
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+|[a-z]+", card.id)
    assert module.__name__ == "scanner.rules." + card.id.replace("-", "_")
    assert card.cwe and card.attack and card.atlas
    assert card.security_severity in (9.5, 8.0, 5.5, 2.0)
    assert not card.title.endswith(".")
