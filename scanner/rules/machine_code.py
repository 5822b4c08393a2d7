"""Machine code that the file carries is run.

`ctypes` gives memory that may be executed, copies bytes into it and calls them: shellcode. No check of the
interpreter sees what those bytes do. A loader has no use for it; bindings call functions of libraries, which
have names.

Bad:

    script
    %0 = name ctypes.windll.kernel32.VirtualAlloc
    %1 = call %0
    %2 = name ctypes.windll.kernel32.CreateThread
    %3 = call %2

Good:

    script
    %0 = name ctypes.CDLL
    %1 = const 'libsndfile.so'
    %2 = call %0, %1
"""

import re
from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding, together

RULE = Rule(
    id="machine-code",
    title="Machine code that the file carries is run",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=9.5,
    cwe=(94, 506),
    attack=("T1620", "T1055"),
    atlas=("AML.T0011.000",),
    specificity=42,
)

# Memory that can be executed, the address of bytes at hand, and what calls an address.
EXECUTABLE = re.compile(
    r".*\.(?:VirtualAlloc(?:Ex)?|VirtualProtect(?:Ex)?|NtAllocateVirtualMemory|HeapCreate|mprotect|mmap)"
)
ADDRESS = re.compile(r"ctypes\.addressof")
CALLS = re.compile(
    r"ctypes\.(?:CFUNCTYPE|WINFUNCTYPE|PYFUNCTYPE)|(?:.*\.)?(?:CreateThread|CreateRemoteThread(?:Ex)?|EnumSystemLocales[AW]"
    r"|QueueUserAPC|NtCreateThreadEx|pthread_create|EnumWindows|CallWindowProc[AW])"
)
KINDS = ("native.load", "memory.read", "memory.write")


def check(facts: Facts) -> Iterator[Finding]:
    """Both halves in one piece of code: memory to run, and a call of an address.

    Without memory that is made executable it is a review: callbacks of honest bindings have addresses.
    """
    native = [effect for effect in facts.running(*KINDS) if effect.callee.startswith("ctypes")]
    for trail in dict.fromkeys(effect.site.trail for effect in native):
        here = [effect for effect in native if effect.site.trail == trail]
        calls = [effect for effect in here if CALLS.fullmatch(effect.callee)]
        for memory, severity in ((EXECUTABLE, Severity.ERROR), (ADDRESS, Severity.WARNING)):
            held = [effect for effect in here if memory.fullmatch(effect.callee)]
            if held and calls:
                steps = together([held[0], calls[0]])
                deed = "runs machine code"
                yield finding(RULE, calls[0], deed, Behaviour.CODE_EXECUTION, severity=severity, steps=steps)
                break
