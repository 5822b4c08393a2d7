"""What counts, what is accepted, and the exit code."""

import datetime
import hashlib

import pytest
from msgspec.structs import replace

from scanner import policy
from scanner.config import Options, RuleSetting, Suppression
from scanner.errors import ConfigError
from scanner.finding import Behaviour, FileReport, Finding, Severity, Verdict
from scanner.policy import FAIL, FAULT, PASS, exit_code
from scanner.site import Site

TODAY = datetime.date(2026, 6, 15)
CONTENT = hashlib.sha256(b"content").hexdigest()


def _finding(
    severity: Severity = Severity.ERROR, rule: str = "rule", path: str = "f", *identity: str
) -> Finding:
    return Finding(rule, severity, Behaviour.NONE, "m", Site((path,)), identity=identity)


def _report(*severities: Severity, failure: str | None = None) -> FileReport:
    return FileReport("f", tuple(map(_finding, severities)), (), 0, 0, 0.0, failure)


@pytest.mark.parametrize(
    ("severity", "threshold", "code"),
    [
        (Severity.ERROR, Severity.ERROR, FAIL),
        (Severity.WARNING, Severity.ERROR, PASS),
        (Severity.WARNING, Severity.WARNING, FAIL),
        (Severity.NOTE, Severity.WARNING, PASS),
        (Severity.NOTE, Severity.NOTE, FAIL),
        (Severity.ERROR, None, PASS),
    ],
)
def test_the_threshold_decides(severity: Severity, threshold: Severity | None, code: int) -> None:
    assert exit_code([_report(), _report(severity)], Options(fail_on=threshold)) == code


def test_our_own_fault_is_never_a_pass() -> None:
    assert exit_code([_report(), _report(failure="KeyError")], Options()) == FAULT
    assert exit_code([_report(failure="KeyError")], Options(fail_on=None)) == FAULT


def test_a_finding_goes_before_our_own_fault() -> None:
    reports = [_report(failure="KeyError"), _report(Severity.ERROR)]
    assert exit_code(reports, Options()) == FAIL
    assert exit_code([], Options()) == PASS


def test_a_rule_can_have_a_threshold_of_its_own() -> None:
    settings = {"rule": RuleSetting(None, True, "f:1")}
    assert exit_code([_report(Severity.NOTE)], Options(rules=settings)) == FAIL
    assert exit_code([_report(Severity.NOTE)], Options(rules=settings, fail_on=None)) == FAIL
    settings = {"rule": RuleSetting(None, False, "f:1")}
    assert exit_code([_report(Severity.ERROR)], Options(rules=settings)) == PASS
    settings = {"other": RuleSetting(Severity.NOTE, False, "f:1")}
    assert exit_code([_report(Severity.ERROR)], Options(rules=settings)) == FAIL


def test_a_rule_can_have_a_severity_of_its_own() -> None:
    options = Options(rules={"rule": RuleSetting(Severity.ERROR, None, "f:1")})
    (graded,) = policy.grade([_report(Severity.NOTE)], options)
    assert graded.verdict is Verdict.BLOCKED
    assert exit_code([graded], options) == FAIL


def test_rules_that_do_not_exist_are_wrong_configuration() -> None:
    setting = Options(rules={"raconnaissance": RuleSetting(None, True, "f:4")})
    with pytest.raises(ConfigError, match="f:4: there is no rule `raconnaissance`; did you mean `reconn"):
        policy.check(setting, lambda: {"reconnaissance", "beacon"})
    with pytest.raises(ConfigError, match="f:9: there is no rule `xyz`; `python -m scanner rules`"):
        policy.check(Options(suppressions=(suppression(rule="xyz"),)), lambda: {"beacon"})
    policy.check(Options(suppressions=(suppression(rule="beacon"),)), lambda: {"beacon"})


def test_what_the_base_has_is_marked_once_for_each_time() -> None:
    def report(path: str, *identities: str) -> FileReport:
        findings = tuple(_finding(Severity.ERROR, "rule", path, i) for i in identities)
        return FileReport(path, findings, (), 0, 0, 0.0)

    marked = policy.mark(report("new", "a", "a", "b"), report("old", "a", "c"))
    assert [f.existing for f in marked.findings] == ["old", None, None]
    other_rule = replace(report("old"), findings=(_finding(Severity.ERROR, "other", "old", "b"),))
    assert not any(f.existing for f in policy.mark(report("new", "b"), other_rule).findings)


def test_what_is_not_new_fails_unless_that_is_given_up() -> None:
    known = replace(_finding(), existing="f")
    report = replace(_report(), findings=(known,))
    assert exit_code([report], Options()) == FAIL
    assert exit_code([report], Options(fail_on_existing=False)) == PASS
    assert exit_code([replace(report, findings=(known, _finding()))], Options(fail_on_existing=False)) == FAIL


def test_what_is_moved_is_brought_in_where_it_goes() -> None:
    report = replace(_report(), findings=(replace(_finding(), existing="tests/harmless"),))
    assert exit_code([report], Options(fail_on_existing=False)) == FAIL


def suppression(**changes: object) -> Suppression:
    default = Suppression("rule", "f", CONTENT, "why", TODAY, "f:9")
    return replace(default, **changes)  # type: ignore[arg-type]


def accept(*suppressions: Suppression, complete: bool = False) -> tuple[list[int], int, tuple[str, ...]]:
    """How many findings of each report are left, how many are accepted, what is said."""
    reports = [_report(Severity.ERROR, Severity.NOTE), FileReport("g", (_finding(path="g"),), (), 0, 0, 0.0)]
    options = Options(suppressions=suppressions)
    kept, accepted, complaints = policy.accept(reports, options, {"f": CONTENT}.get, TODAY, complete=complete)
    return [len(report.findings) for report in kept], len(accepted), complaints


def test_a_suppression_takes_its_findings_out_and_keeps_account_of_them() -> None:
    assert accept(suppression()) == ([0, 1], 2, ())
    assert accept() == ([2, 1], 0, ())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"expires": TODAY - datetime.timedelta(days=1)}, "expired on 2026-06-14"),
        ({"sha256": "0" * 64}, f"other content: the file's SHA-256 is {CONTENT}"),
        ({"path": "g"}, "SHA-256 is not known"),
        ({"rule": "other"}, "no such finding"),
    ],
)
def test_a_suppression_without_effect_is_told(changes: dict[str, object], says: str) -> None:
    kept, accepted, (complaint,) = accept(suppression(**changes))
    assert (kept, accepted) == ([2, 1], 0)
    assert complaint.startswith("f:9: the suppression of ") and says in complaint


def test_a_file_that_was_not_looked_at_proves_nothing() -> None:
    assert accept(suppression(path="elsewhere"))[2] == ()
    assert "no such file" in accept(suppression(path="elsewhere"), complete=True)[2][0]


def test_our_own_fault_cannot_be_accepted() -> None:
    report = _report(Severity.ERROR, failure="KeyError")
    kept, _, _ = policy.accept(
        [report], Options(suppressions=(suppression(),)), {"f": CONTENT}.get, TODAY, complete=False
    )
    assert exit_code(kept, Options()) == FAULT
