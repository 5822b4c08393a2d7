"""The three ways a scan can go wrong that are not our own fault.

Anything else that is raised is a defect of the scanner; it is caught once per
artifact in :mod:`scanner.worker` and ends in exit code 3.
"""


class ConfigError(Exception):
    """The caller asked for something impossible; the message says what to change (exit code 2)."""


class Malformed(Exception):  # noqa: N818 - it names the fault of the artifact
    """An artifact breaks its own format. What was read before the break is still judged."""


class OverBudget(Exception):  # noqa: N818
    """An artifact asked for more work than :class:`scanner.limits.Limits` allows."""
