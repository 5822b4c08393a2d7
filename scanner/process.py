"""The start of a worker process: a new program with an empty environment and one channel.

A module of its own, because a scan from the command line begins here: while this interpreter imports
the rest, the first worker's is getting ready as well.
"""

import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# The package's own directory is needed to find it and then goes last, so that nothing that lies
# beside it comes before the standard library.
BOOTSTRAP = (
    "import sys; sys.path.insert(0, sys.argv[1]); import scanner; sys.path.append(sys.path.pop(0)); "
    "from scanner.worker import main; main()"
)


class Started(NamedTuple):
    """A process and our end of its channel; closing the channel ends it."""

    process: subprocess.Popen[bytes]
    channel: socket.socket


def start(bootstrap: str = BOOTSTRAP) -> Started:
    """Start ``bootstrap`` (exec, not fork: this process's memory and environment may hold tokens).

    Its standard input is the channel, its only argument the directory that holds this package.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-I", "-c", bootstrap, str(Path(__file__).resolve().parent.parent)],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={},
            start_new_session=True,  # an interrupt from the keyboard is for the parent
        )
    return Started(process, ours)
