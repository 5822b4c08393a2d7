"""Seccomp: the system calls that a worker may still make (Linux, x86-64 and AArch64).

The filter is a classic BPF program over ``struct seccomp_data`` (``linux/seccomp.h``): the number at
byte 0, the architecture at 4, six 64-bit arguments from 16 on. It allows what an interpreter needs to
compute, to read descriptors it has and to import its own files; any other call fails with EPERM, and
a call in the convention of another architecture kills the process.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # of linux/bpf_common.h
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

# Column by column: x86-64 and AArch64; a dash where an architecture has no such call.
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CALLS = """
    pread64 17 67           read 0 63               write 1 64              lseek 8 62
    readv 19 65             close 3 57              recvmsg 47 212
    mmap 9 222              munmap 11 215           mremap 25 216           mprotect 10 226
    brk 12 214              madvise 28 233          futex 202 98            membarrier 324 283
    fstat 5 80              stat 4 -                lstat 6 -               newfstatat 262 79
    statx 332 291           access 21 -             faccessat 269 48        faccessat2 439 439
    readlink 89 -           readlinkat 267 78       getcwd 79 17            getdents64 217 61
    rt_sigaction 13 134     rt_sigprocmask 14 135   rt_sigreturn 15 139     sigaltstack 131 132
    getpid 39 172           gettid 186 178          getuid 102 174          geteuid 107 175
    getgid 104 176          getegid 108 177         getrusage 98 165        sysinfo 99 179
    getrlimit 97 163        setrlimit 160 164       uname 63 160            getrandom 318 278
    clock_gettime 228 113   clock_getres 229 114    gettimeofday 96 169     time 201 -
    clock_nanosleep 230 115 nanosleep 35 101        sched_yield 24 124      sched_getaffinity 204 123
    restart_syscall 219 128 set_robust_list 273 99  rseq 334 293            exit 60 93
    exit_group 231 94
"""
# Calls that are allowed by one argument: which one, and which values.
_OPEN = """open 2 - 1   openat 257 56 2"""  # no flag that writes, creates or cuts
_OWN = """kill 62 129 0   tgkill 234 131 0   prlimit64 302 261 0"""  # only on this process
_FCNTL = """fcntl 72 25 1"""  # flags and duplicates; never owner or lease
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FCNTL_COMMANDS = (1, 2, 3, 1030)  # F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC


def restrict() -> None:
    """Install the filter on this process, for good. ``OSError`` where that cannot be done."""
    machine = os.uname().machine
    if sys.platform != "linux" or machine not in _MACHINES or sys.maxsize < 1 << 32:
        raise OSError(errno.ENOSYS, "seccomp")
    code = b"".join(program(machine, os.getpid()))
    array = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(code) // 8, ctypes.addressof(array))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), header, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def program(machine: str, pid: int) -> Iterator[bytes]:
    """The filter for a process ``pid``, one 8-byte instruction at a time."""
    column, architecture = _MACHINES[machine]
    yield from (_load(_ARCHITECTURE), _if(architecture, 1), _return(_KILL), _load(_NUMBER))
    for (number,) in _table(_CALLS, column, 3):
        yield from (_if(number, 0, 1), _return(_ALLOW))
    for number, argument in _table(_OPEN, column, 4):
        yield from (_if(number, 0, 4), _argument(argument))
        yield from (_if_any(_WRITING, 0, 1), _return(_REFUSE), _return(_ALLOW))
    for calls, values in ((_OWN, (0, pid)), (_FCNTL, _FCNTL_COMMANDS)):
        for number, argument in _table(calls, column, 4):
            yield from (_if(number, 0, 2 * len(values) + 2), _argument(argument))
            for value in values:
                yield from (_if(value, 0, 1), _return(_ALLOW))
            yield _return(_REFUSE)
    yield _return(_REFUSE)


def _table(text: str, column: int, width: int) -> Iterator[tuple[int, ...]]:
    """The rows that exist on this architecture: the call's number and what follows the numbers."""
    words = text.split()
    for start in range(0, len(words), width):
        number, rest = words[start + 1 + column], words[start + 3 : start + width]
        if number != "-":
            yield (int(number), *map(int, rest))


def _load(offset: int) -> bytes:
    return struct.pack("=HBBI", _LOAD, 0, 0, offset)


def _argument(index: int) -> bytes:
    # The low half of a 64-bit argument, on a little-endian machine; the rest is not part of an int.
    return _load(_ARGUMENTS + 8 * index)


def _if(value: int, then: int, orelse: int = 0) -> bytes:
    """Skip ``then`` instructions when the loaded word is ``value``, else ``orelse``."""
    return struct.pack("=HBBI", _JUMP_EQUAL, then, orelse, value)


def _if_any(bits: int, then: int, orelse: int) -> bytes:
    return struct.pack("=HBBI", _JUMP_ANY_BIT, then, orelse, bits)


def _return(action: int) -> bytes:
    return struct.pack("=HBBI", _RETURN, 0, 0, action)
