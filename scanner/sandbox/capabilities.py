"""Root's powers, one by one (``capabilities(7)``; numbers of ``linux/capability.h``)."""

import ctypes
import os
import struct

READ_ANYWHERE = 2  # CAP_DAC_READ_SEARCH
SET_GROUPS, SET_USER = 6, 7
_VERSION = 0x20080522
_PR_SET_KEEPCAPS = 8


def keep(*capabilities: int) -> None:
    """Give up every other capability, for good. ``OSError`` when one of these is not there."""
    mask = sum(1 << capability for capability in capabilities)
    header = struct.pack("=Ii", _VERSION, 0)
    sets = struct.pack(
        "=6I", mask, mask, 0, 0, 0, 0
    )  # effective, permitted, inheritable; then the high halves
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def become(user: int, *capabilities: int) -> None:
    """Be ``user``, in its group and no other, with at most ``capabilities`` left of root's.

    Changes nothing and raises ``OSError`` when they are not there to be kept.
    """
    if capabilities:
        keep(*capabilities, SET_GROUPS, SET_USER)
        ctypes.CDLL(None).prctl(_PR_SET_KEEPCAPS, ctypes.c_ulong(1), 0, 0, 0)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    if capabilities:
        keep(*capabilities)
