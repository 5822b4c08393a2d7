"""What git gets to know of its surroundings: as little as it needs, and no program to run."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from git.exc import GitCommandError

SETTINGS = {
    "safe.directory": "*",  # in a container, root reads what another user checked out
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.quotePath": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    # A shallow clone has less than its refs promise: offer nothing as "have", or nothing is sent.
    "core.alternateRefsPrefixes": "refs/none/",
    "fetch.negotiationAlgorithm": "noop",
    "fetch.recurseSubmodules": "false",
}

ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}

FETCHING = {
    "GIT_ALLOW_PROTOCOL": "file:https:ssh",
    "GIT_ASKPASS": "true",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1000",  # bytes per second, for
    "GIT_HTTP_LOW_SPEED_TIME": "60",  # this many seconds, then give up
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
}


def as_environment(values: dict[str, str]) -> dict[str, str]:
    """Configuration as environment, which the command line and ``ps`` do not show."""
    pairs = {"GIT_CONFIG_COUNT": str(len(values))}
    for index, (key, value) in enumerate(values.items()):
        pairs[f"GIT_CONFIG_KEY_{index}"] = key
        pairs[f"GIT_CONFIG_VALUE_{index}"] = value
    return pairs


def reason(error: "GitCommandError") -> str:
    """The last thing that git said, on one line."""
    said = str(error.stderr or error.stdout).strip()
    said = said.removeprefix("stderr: ").removeprefix("stdout: ").strip("'").strip()
    return said.splitlines()[-1] if said else f"git exited with {error.status}"
