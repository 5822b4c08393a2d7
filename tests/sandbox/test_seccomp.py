"""The filter program, run by an interpreter of its few instructions: also for the other machine."""

import os
import struct

import pytest

from scanner.sandbox import seccomp

PID = 4242
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050001
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NUMBERS = {
    "x86_64": {"openat": 257, "read": 0, "kill": 62, "prlimit64": 302, "fcntl": 72, "recvmsg": 47},
    "aarch64": {"openat": 56, "read": 63, "kill": 129, "prlimit64": 261, "fcntl": 25, "recvmsg": 212},
}
FORBIDDEN = {
    "x86_64": {
        "socket": 41, "connect": 42, "sendto": 44, "sendmsg": 46, "clone": 56, "fork": 57, "vfork": 58,
        "execve": 59, "truncate": 76, "rename": 82, "mkdir": 83, "unlink": 87, "chmod": 90, "ptrace": 101,
        "mount": 165, "unlinkat": 263, "process_vm_readv": 310, "memfd_create": 319, "bpf": 321,
        "execveat": 322, "io_uring_setup": 425, "clone3": 435, "openat2": 437, "pidfd_getfd": 438,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "sendto": 206, "sendmsg": 211, "clone": 220, "execve": 221,
        "truncate": 45, "renameat": 38, "mkdirat": 34, "unlinkat": 35, "fchmodat": 53, "ptrace": 117,
        "mount": 40, "process_vm_readv": 270, "memfd_create": 279, "bpf": 280, "execveat": 281,
        "io_uring_setup": 425, "clone3": 435, "openat2": 437, "pidfd_getfd": 438,
    },
}  # fmt: skip


def run(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter answers to one call."""
    data = struct.pack("=IIQ", number, architecture or ARCHITECTURES[machine], 0)
    data += struct.pack("=6Q", *(*arguments, *[0] * (6 - len(arguments))))
    code = [struct.unpack("=HBBI", instruction) for instruction in seccomp.program(machine, PID)]
    at = word = 0
    while True:
        operation, then, orelse, value = code[at]
        at += 1
        match operation:
            case 0x20:
                (word,) = struct.unpack_from("=I", data, value)
            case 0x15:
                at += then if word == value else orelse
            case 0x45:
                at += then if word & value else orelse
            case 0x06:
                return value


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_what_it_allows(machine: str) -> None:
    call = NUMBERS[machine]
    assert run(machine, call["read"], 0) == ALLOW
    assert run(machine, call["recvmsg"], 0) == ALLOW
    assert run(machine, call["openat"], 0, 0, os.O_RDONLY | os.O_CLOEXEC) == ALLOW
    assert run(machine, call["kill"], PID, 6) == ALLOW
    assert run(machine, call["prlimit64"], 0) == ALLOW
    assert run(machine, call["fcntl"], 3, 1030) == ALLOW


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("flag", ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"])
def test_opening_is_for_reading(machine: str, flag: str) -> None:
    flags = getattr(os, flag) | os.O_CLOEXEC
    assert run(machine, NUMBERS[machine]["openat"], 0, 0, flags) == REFUSE


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_other_processes_are_out_of_reach(machine: str) -> None:
    call = NUMBERS[machine]
    for pid in (1, PID + 1, 0xFFFFFFFF):
        assert run(machine, call["kill"], pid, 9) == REFUSE
        assert run(machine, call["prlimit64"], pid) == REFUSE
    assert run(machine, call["fcntl"], 3, 8) == REFUSE  # F_SETOWN: signals by the kernel


@pytest.mark.parametrize(("machine", "name"), [(m, n) for m, calls in FORBIDDEN.items() for n in calls])
def test_what_it_refuses(machine: str, name: str) -> None:
    assert run(machine, FORBIDDEN[machine][name]) == REFUSE


def test_other_conventions() -> None:
    assert run("x86_64", 0, architecture=0x40000003) == KILL  # 32 bit
    assert run("x86_64", 0x40000000) == REFUSE  # x32
    assert run("aarch64", 0, architecture=ARCHITECTURES["x86_64"]) == KILL
