"""The start and the end of a worker process: a new program with an empty environment and one channel.

A scan from the command line begins here: while this interpreter imports the rest, the first worker's
is getting ready as well. So nothing is imported that the interpreter has not imported for itself,
``socket`` and ``subprocess`` least of all: either takes longer than the interpreter to start.
"""

import os
import sys
from _socket import socketpair

# The package's own directory is needed to find it and then goes last, so that nothing that lies
# beside it comes before the standard library.
BOOTSTRAP = (
    "import gc, sys; gc.disable(); "
    "sys.path.insert(0, sys.argv[1]); import scanner; sys.path.append(sys.path.pop(0)); "
    "from scanner.process import import_records; import_records(); from scanner.worker import main; main()"
)
_PACKAGE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - pathlib is slow to import as well
_LAST_WORDS = 4096  # bytes of standard error that are kept


def import_records() -> None:
    """Import what all records are made of, before anything else does.

    It asks for classes that no record of ours has a field of, and offers readers that none of ours uses. To
    import those takes half of the time, in either process, so they are stood in for meanwhile.
    """
    if "msgspec" in sys.modules:
        return
    missing = [name for name in _SPARED if name not in sys.modules]
    sys.modules.update({name: _StandIn(name) for name in missing})
    import msgspec  # noqa: F401, PLC0415 - not before the start of a process

    for name in missing:
        del sys.modules[name]


# The first has what `typing` has, too; the next two are known for their classes; the others are its own.
_SPARED = (
    *("typing_extensions", "uuid", "decimal"),
    *("msgspec.inspect", "msgspec.json", "msgspec.msgpack", "msgspec.toml", "msgspec.yaml"),
)


class _StandIn(type(sys)):  # type: ignore[misc] # the class of modules, without an import
    """A module whose every class is empty; ``typing_extensions`` has none."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__") or vars(self)["__name__"] == "typing_extensions":
            raise AttributeError(name)
        return type(name, (), {"unknown": None})


class Started:
    """A process, and our ends of its channel and of its standard error, as descriptors.

    Closing the channel ends it. Whoever has started it calls :meth:`end`, once.
    """

    __slots__ = ("channel", "errors", "pid")

    def __init__(self, pid: int, channel: int, errors: int) -> None:
        self.pid = pid
        self.channel = channel
        self.errors = errors

    def end(self, grace: float) -> tuple[int, str]:
        """Wait up to ``grace`` seconds for its end and then bring it about.

        Returns the exit status (negative: the signal that ended it) and the last line it printed.
        """
        import select  # noqa: PLC0415 - not before the start of a process
        import signal  # noqa: PLC0415
        import time  # noqa: PLC0415

        printed, deadline = b"", time.monotonic() + grace
        # Standard error closes when the process ends; until then it may be blocked by what it prints.
        while select.select([self.errors], [], [], max(0.0, deadline - time.monotonic()))[0]:
            data = os.read(self.errors, _LAST_WORDS)
            if not data:
                break
            printed = (printed + data)[-_LAST_WORDS:]
        os.close(self.errors)
        os.kill(self.pid, signal.SIGKILL)  # without effect on one that has ended
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        lines = printed.decode("utf-8", "replace").splitlines()
        return status, lines[-1] if lines else ""


def start(bootstrap: str = BOOTSTRAP) -> Started:
    """Start ``bootstrap`` (exec, not fork: this process's memory and environment may hold tokens).

    Its standard input is the channel, its only argument the directory that holds this package. No
    other descriptor reaches it: ours are not inherited, and the worker closes what ours inherited.
    """
    ours, theirs = socketpair()
    errors, printed = os.pipe()
    try:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-c", bootstrap, os.path.dirname(_PACKAGE)],  # noqa: PTH120
            {},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs.fileno(), 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, printed, 2),
            ],
            setsid=True,  # an interrupt from the keyboard is for the parent
        )
    finally:
        theirs.close()
        os.close(printed)
    return Started(pid, ours.detach(), errors)
