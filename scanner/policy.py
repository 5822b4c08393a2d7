"""What a finished scan means for the caller: the exit code."""

from collections.abc import Iterable

from scanner.finding import FileReport, Severity

PASS, FAIL, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 3, 130


def exit_code(reports: Iterable[FileReport], fail_on: Severity | None) -> int:
    """0 nothing at or above the threshold, 1 something is, 3 our own fault.

    ``fail_on`` of ``None`` never fails because of a finding. A finding goes before a fault: the caller
    must see that the gate is shut, and the fault is in the reports all the same.
    """
    failed = False
    for report in reports:
        if fail_on is not None and any(f.severity >= fail_on for f in report.findings):
            return FAIL
        failed = failed or report.failure is not None
    return FAULT if failed else PASS
