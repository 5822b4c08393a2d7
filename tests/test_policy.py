"""The exit code."""

import pytest

from scanner.finding import Behaviour, FileReport, Finding, Severity
from scanner.policy import FAIL, FAULT, PASS, exit_code
from scanner.site import Site


def _report(*severities: Severity, failure: str | None = None) -> FileReport:
    findings = tuple(Finding("rule", s, Behaviour.NONE, "m", Site(("f",))) for s in severities)
    return FileReport("f", findings, (), 0, 0, 0.0, failure)


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
    assert exit_code([_report(), _report(severity)], threshold) == code


def test_our_own_fault_is_never_a_pass() -> None:
    assert exit_code([_report(), _report(failure="KeyError")], Severity.ERROR) == FAULT
    assert exit_code([_report(failure="KeyError")], None) == FAULT


def test_a_finding_goes_before_our_own_fault() -> None:
    reports = [_report(failure="KeyError"), _report(Severity.ERROR)]
    assert exit_code(reports, Severity.ERROR) == FAIL
    assert exit_code([], Severity.ERROR) == PASS
