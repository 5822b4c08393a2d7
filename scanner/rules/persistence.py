"""Something arranges to be run again: at login, at boot, on a schedule, at Python's start.

Writes into shell start-up files, `authorized_keys`, crontabs, systemd units, launch agents, Run keys,
`sitecustomize.py` or `.pth` files outlive the process that loaded the file.

Bad:

    %0 = name builtins.open
    %1 = const '/root/.bashrc'
    %2 = const 'a'
    %3 = call %0, %1, %2
    %4 = attr %3, write
    %5 = const 'echo hello'
    %6 = call %4, %5

Good:

    %0 = name builtins.open
    %1 = const 'cache/index.json'
    %2 = const 'w'
    %3 = call %0, %1, %2
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="persistence",
    title="Code arranges to be run again",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=9.5,
    cwe=(506,),
    attack=("T1547", "T1053", "T1546"),
    atlas=("AML.T0011.000",),
    specificity=55,
)

WRITES = ("file.write", "file.move", "net.download", "file.chmod")


def check(facts: Facts) -> Iterator[Finding]:
    """An installer of start-up items, or a write to a start-up file."""
    for effect in facts.running("persist.install", *WRITES):
        if effect.kind == "persist.install" or "startup-path" in effect.indicators:
            yield finding(RULE, effect, "arranges to be run again", Behaviour.DOWNLOAD_AND_RUN)
