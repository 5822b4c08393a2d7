"""Commands come from the network, run here, and their output goes back.

A loop of receive, run and send makes the machine a remote-controlled agent, whatever runs the
command: a shell, `exec`, or an interpreter.

Bad:

    %0 = name socket.socket
    %1 = call %0
    %2 = attr %1, recv
    %3 = const 1024
    %4 = call %2, %3
    %5 = name subprocess.check_output
    %6 = call %5, %4
    %7 = attr %1, sendall
    %8 = call %7, %6

Good:

    %0 = name subprocess.check_output
    %1 = const 'nproc'
    %2 = call %0, %1
    %3 = name builtins.print
    %4 = call %3, %2
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import along, finding, together

RULE = Rule(
    id="command-and-control",
    title="Commands from the network are run and answered",
    severity=Severity.ERROR,
    precision=Precision.VERY_HIGH,
    security_severity=9.5,
    cwe=(506, 94),
    attack=("T1059", "T1071", "T1041"),
    atlas=("AML.T0072",),
    specificity=85,
)

RUNS = ("process.spawn", "code.run", "tty.spawn")
SENDS = ("net.send", "net.request", "message.send")


def check(facts: Facts) -> Iterator[Finding]:
    """What is received is run, and something is sent afterwards."""
    sends = list(facts.running("net.send", "message.send"))
    sends += [flow.effect for flow in facts.flowing({"process.output"}, SENDS)]
    for flow in facts.flowing({"net.recv"}, RUNS):
        if sends:
            steps = (*along(flow), *together(sends[:1]))
            deed = "runs commands that it receives and answers them"
            yield finding(RULE, flow.effect, deed, Behaviour.COMMAND_AND_CONTROL, steps=steps)
            return
