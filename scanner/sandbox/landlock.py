"""Landlock: the file system as a worker sees it (Linux 5.13 and later).

The numbers are those of ``linux/landlock.h``. A rule set names the kinds of access that it *handles*;
what is handled and not granted by a rule is refused, whatever the permissions of the file say.
"""

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_ASK_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# How many kinds of access to files each version of the interface knows (a bit each), from 1 on.
_FILE_RIGHTS = (13, 14, 15, 15, 16)
_NET_RIGHTS = 0b11  # bind, connect: version 4
_SCOPES = 0b11  # abstract unix sockets, signals: version 6


def available() -> bool:
    """Whether the kernel has it and lets this process use it."""
    try:
        return _call(_CREATE_RULESET, None, 0, _ASK_VERSION) > 0
    except OSError:
        return False


def restrict(readable: Iterable[str]) -> None:
    """Reading below the directories ``readable`` and no other use of the file system, for good.

    A directory that this user cannot reach is left out. ``OSError`` if the kernel refuses.
    """
    version = _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    rights = (1 << _FILE_RIGHTS[min(version, len(_FILE_RIGHTS)) - 1]) - 1
    attributes = struct.pack("=QQQ", rights, _NET_RIGHTS, _SCOPES)
    known = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _call(_CREATE_RULESET, attributes, known, 0)
    try:
        for path in readable:
            _grant(ruleset, path)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _grant(ruleset: int, path: str) -> None:
    try:
        directory = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = struct.pack("=Qi", _READ_FILE | _READ_DIR, directory)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(directory)


def _call(number: int, *arguments: int | bytes | None) -> int:
    """A raw system call; every integer is passed as a whole register."""
    registers = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result: int = libc.syscall(ctypes.c_long(number), *registers)
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result
