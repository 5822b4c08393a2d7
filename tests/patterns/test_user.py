"""Patterns of the user's own: where they are read, how they reach a worker, what is refused."""

from pathlib import Path

import pytest

from scanner import config
from scanner.collect import survey
from scanner.errors import ConfigError
from scanner.finding import Severity
from scanner.pipeline import scan
from tests.recipes.git import commit, new

RULE = """
rule house_style {
  meta:
%s
  strings:
    $a = "import os"
  condition:
    $a
}
"""


def rule(**metadata: str) -> str:
    return RULE % "\n".join(
        f'    {key} = "{value}"' for key, value in {"description": "x", **metadata}.items()
    )


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules" / "deep").mkdir(parents=True)
    (tmp_path / "corpus.py").write_text("import os\n")
    return tmp_path


def findings(**inputs: str) -> list[tuple[str, Severity]]:
    report = scan(config.build(paths=["corpus.py"], jobs=1, **inputs))
    return [(f.rule, f.severity) for f in report.findings]


def test_they_are_matched_in_the_sandbox(workplace: Path) -> None:
    assert findings() == []
    (workplace / "rules" / "deep" / "a.yara").write_text(rule())
    assert findings(patterns="rules") == [("pattern-match", Severity.WARNING)]


def test_metadata_says_what_a_fit_means(workplace: Path) -> None:
    text = rule(
        severity="error", precision="very-high", rule_id="credential-theft", behaviour="credential-theft"
    )
    (workplace / "rules" / "a.yar").write_text(text)
    assert findings(patterns="rules") == [("credential-theft", Severity.ERROR)]


def test_the_configuration_file_can_name_the_folder(workplace: Path) -> None:
    (workplace / "modelgate.toml").write_text('patterns = "rules"\n')
    (workplace / "rules" / "a.yar").write_text(rule(severity="note"))
    assert findings() == [("pattern-match", Severity.NOTE)]


def test_there_can_be_several_folders(workplace: Path) -> None:
    (workplace / "more").mkdir()
    (workplace / "rules" / "a.yar").write_text(rule(severity="note"))
    (workplace / "more" / "a.yar").write_text(rule(rule_id="credential-theft"))
    both = {("pattern-match", Severity.NOTE), ("credential-theft", Severity.WARNING)}
    assert set(findings(patterns="rules\n more\n")) == both
    (workplace / "modelgate.toml").write_text('patterns = ["more", "rules"]\n')
    assert set(findings()) == both


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('rule a {\n  strings:\n    $a = "x"\n  condition:\n    $b\n}\n', r"rules/a.yar, line 5: .*\$b"),
        ("rule a { strings: $a = /(/ condition: $a }", "line 1: .*unclosed"),
        ('include "/etc/passwd"\n' + rule(), "line 1"),
        (rule(severity="error"), "house_style: a pattern that blocks .* `precision`"),
        (rule(severity="fatal"), "`severity` must be one of error, note, warning; got 'fatal'"),
        (rule(behaviour="bad"), "`behaviour` must be one of"),
        (rule(rule_id="no-such-rule"), "no rule 'no-such-rule'"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(workplace: Path, text: str, message: str) -> None:
    (workplace / "rules" / "a.yar").write_text(text)
    with pytest.raises(ConfigError, match=message):
        findings(patterns="rules")


def test_no_rules_too_many_and_not_text(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="no YARA rules"):
        findings(patterns="rules")
    (workplace / "rules" / "a.yar").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        findings(patterns="rules")
    monkeypatch.setattr("scanner.collect.patterns.LONGEST", 0)
    with pytest.raises(ConfigError, match="more than 0 bytes"):
        findings(patterns="rules")


def test_a_change_brings_none_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(new(tmp_path / "repo"))
    here = Path.cwd()
    base = commit(here, {"modelgate.toml": b'patterns = "rules"\n', "rules/a.yar": rule().encode()})
    changed = {
        "rules/a.yar": b"rule a { condition: false }",
        "rules/b.yar": b"broken",
        "c.py": b"import os\n",
    }
    head = commit(here, changed)
    sources = survey(config.build(base=base, head=head)).patterns
    assert [(source.name, source.text) for source in sources] == [("rules/a.yar", rule())]
