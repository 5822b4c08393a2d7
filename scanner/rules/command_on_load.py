"""A program is started.

In data (a checkpoint, a template) every started program is an attack or a proof of one. A script may
run the tools of its trade; what counts there is what the command does: reconnaissance, a calculator
to show off with, a program that nobody knows.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name posix.system
      %1 = const 'echo hello'
      %2 = call %0, %1

Good:

    script
    def main():
      %0 = name subprocess.run
      %1 = const 'ffmpeg'
      %2 = const '-version'
      %3 = make list, %1, %2
      %4 = call %0, %3
"""

import re
from collections.abc import Iterator

from scanner.facts import Argument, Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="command-on-load",
    title="A command is run",
    severity=Severity.ERROR,
    precision=Precision.VERY_HIGH,
    security_severity=9.5,
    cwe=(78, 502),
    attack=("T1059",),
    atlas=("AML.T0011.000", "AML.T0050"),
    specificity=20,
)

BOASTS = frozenset({"exploit-mark"})
MINERS = frozenset({"coin-miner"})
DAEMONS = frozenset({"daemon-socket"})
CONTAINERS = frozenset({"shell.docker.run", "shell.podman.run", "shell.docker.create"})
# Options that give a container the machine: its root, its processes, its devices.
_WHOLE = re.compile(r"(?:-v|--volume)[ =]/:|--privileged\b|--pid[ =]host\b|source=/,|src=/,|^'/:/")
_MADE = ("containers.run", "containers.create")
# Settings of git that name a program, and one that is nobody's editor or pager.
_GIT = re.compile(
    r"\bconfig\b[^;&|]*\bcore\.(?:fsmonitor|hookspath|sshcommand|pager|editor)\b['\", =\\]+"
    r"(?:/tmp|/var/tmp|/dev/shm|~/\.|(?:ba|da)?sh\b|curl\b|wget\b|python)",
    re.IGNORECASE,
)
_OWNERS = re.compile(r"'(?:[ugo]*\+[rwxt]*s[rwxst]*|[246]?[46][0-7]{3})'")  # the s bits
STARTS = ("process.spawn", "tty.spawn")


def check(facts: Facts) -> Iterator[Finding]:
    """Every start by data; by a script, commands with no honest reason."""
    for effect in facts.running(*STARTS):
        if not effect.script:
            yield finding(RULE, effect, "runs a command", Behaviour.CODE_EXECUTION)
        elif effect.kind == "tty.spawn":
            yield finding(RULE, effect, "opens an interactive shell", Behaviour.CODE_EXECUTION)
    for effect in facts.running():
        if effect.script and effect.indicators & MINERS and (effect.kind in STARTS or _leaves(effect)):
            yield finding(RULE, effect, "mines coins for somebody", Behaviour.CODE_EXECUTION)
        elif effect.script and effect.callee.startswith("shell."):
            severity, deed = _judge(effect)
            if severity is not None:
                yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION, severity=severity)
        elif effect.script and effect.callee.endswith(_MADE) and any(map(_whole, effect.arguments)):
            yield finding(RULE, effect, "gives a container the whole machine", Behaviour.CODE_EXECUTION)
        elif effect.script and effect.kind in STARTS and any(_GIT.search(a.text) for a in effect.arguments):
            yield finding(RULE, effect, "has git run something from now on", Behaviour.CODE_EXECUTION)
        elif effect.script and effect.kind.startswith("net.") and effect.indicators & DAEMONS:
            deed = "talks to the daemon that starts containers"
            yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION)


def _whole(argument: Argument) -> bool:
    """An argument of the client of a container daemon that hands over the root, or every right."""
    if argument.name == "volumes":
        return argument.text.startswith(("{'/':", "['/:"))
    return argument.name in ("privileged", "pid_mode") and argument.text in ("True", "'host'")


def _leaves(effect: Effect) -> bool:
    return effect.kind.startswith("net.") or effect.callee.startswith("shell.")


def _judge(effect: Effect) -> tuple[Severity | None, str]:
    """How bad one command of a script is, when no behaviour explains it."""
    match effect.kind:
        case _ if effect.indicators & BOASTS:
            return Severity.ERROR, "runs a command that says what it is"
        case _ if effect.callee in CONTAINERS and any(_WHOLE.search(a.text) for a in effect.arguments):
            return Severity.ERROR, "gives a container the whole machine"
        case "file.chmod" if any(_OWNERS.fullmatch(a.text) for a in effect.arguments):
            return Severity.ERROR, "lets everybody run a program as its owner"
        case "gui.show" | "os.privilege" | "secret.read":
            return Severity.ERROR, "runs a command that no dataset needs"
        case "host.info":
            return Severity.WARNING, "asks where and as whom it runs"
        case "call.unknown":
            return Severity.WARNING, "runs a program that is not known to be harmless"
    return None, ""
