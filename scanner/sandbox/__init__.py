"""The lockdown of a worker: what a parser that an artifact has taken over can still do.

GitHub runs container actions as root, with tokens in the environment and the Docker socket mounted.
So every parser runs in a process of its own that has given up, layer by layer, whatever parsing
does not need. Each layer is entered where the platform has it; :func:`enter` says which ones are in
force, and the scan tells its reader when one that this platform should have is missing.

=================  ===================================================================================
``uid``            root becomes an unprivileged user without groups (only when started as root)
``rlimits``        address space, open files, no files written, no processes
``no-new-privs``   no set-uid program can give anything back; not traceable, no core dump
``landlock``       files can be read below the interpreter and this package only; never changed
``seccomp``        an allow-list of system calls: no exec, fork, socket, signal to others, writing
=================  ===================================================================================
"""

import ctypes
import os
import resource
import stat
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scanner.sandbox import capabilities, landlock, seccomp

NOBODY = 65534
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9
_OPEN_FILES = 64
# What extension modules that a worker imports later are linked against; the folders of the system
# cannot be read by then. (An empty stub in today's glibc, and still asked for by name.)
_SYSTEM_LIBRARIES = ("libpthread.so.0",)


def expected() -> tuple[str, ...]:
    """The layers that a worker should have, on any platform and kernel of today."""
    layers = ("rlimits", "no-new-privs", "landlock", "seccomp")
    return ("uid", *layers) if os.geteuid() == 0 else layers


def enter(memory: int) -> tuple[str, ...]:
    """Lock this process down for good and name the layers in force.

    ``memory`` is the address space in bytes that may come on top of what is mapped now. Files are
    readable afterwards only below the interpreter's prefixes and this package, if at all.
    """
    os.chdir("/")
    for library in _SYSTEM_LIBRARIES:
        _succeeds(partial(ctypes.CDLL, library))
    attempts = {
        "uid": _drop_root,
        "rlimits": lambda: _limit_resources(memory),
        "no-new-privs": _refuse_privileges,
        "landlock": _confine,
        "seccomp": seccomp.restrict,
    }
    return tuple(layer for layer, attempt in attempts.items() if _succeeds(attempt))


def imports_survive() -> bool:
    """Whether this package and the standard library can still be imported after :func:`enter`."""
    return os.geteuid() != 0 or _is_public() or landlock.available()


def hide() -> bool:
    """Make this process's memory and environment unreadable for others of the same user.

    The parent holds tokens, and the kernel guards ``/proc/PID/environ`` by user alone.
    """
    return _succeeds(lambda: _prctl(_PR_SET_DUMPABLE, 0))


def limit_cpu(seconds: float) -> None:
    """Allow so much more processor time from now on; then the kernel ends this process.

    The parent's clock is the judge of time. This is for the case that the parent itself is stuck.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    total = int(used.ru_utime + used.ru_stime + seconds) + 2
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (_at_most(total, hard), hard))


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, ValueError, AttributeError):
        # Refused or unknown here (an older kernel, another system, a container's own filter): the
        # other layers still count, and the absence of this one is reported.
        return False
    return True


def _drop_root() -> None:
    if os.geteuid() != 0:
        raise PermissionError("there is nothing to drop")
    if _is_public():
        capabilities.become(NOBODY)
    else:
        # An interpreter or a checkout in a private directory: its files are still to be imported, and
        # Landlock, the next layer, sees to it that nothing else can be read by this.
        capabilities.become(NOBODY, capabilities.READ_ANYWHERE)


def _is_public() -> bool:
    """Whether any user can read the interpreter and this package."""
    return all(_open_to_all(Path(path)) for path in (os.__file__, __file__))


def _open_to_all(file: Path) -> bool:
    path = file.resolve()
    readable = path.stat().st_mode & stat.S_IROTH
    return bool(readable) and all(p.stat().st_mode & stat.S_IXOTH for p in path.parents)


def _confine() -> None:
    try:
        landlock.restrict((sys.prefix, sys.base_prefix, str(Path(__file__).parents[1])))
    except OSError:
        _succeeds(capabilities.keep)
        raise


def _refuse_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    # Only now: a change of user clears it.
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def _limit_resources(memory: int) -> None:
    for name, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_AS, _mapped() + memory),
    ):
        value = _at_most(most, resource.getrlimit(name)[1])
        resource.setrlimit(name, (value, value))


def _at_most(value: int, hard: int) -> int:
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def _mapped() -> int:
    pages = Path("/proc/self/statm").read_bytes().split()[0]
    return int(pages) * resource.getpagesize()


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
