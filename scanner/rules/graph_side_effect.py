"""The graph does more than compute: it opens files, writes them, or talks to other machines.

Graphs have operators for checkpoints, vocabularies and datasets, at paths that their user says or that lie
beside them; those are not told. A path that the graph itself has and that leads to secrets or to the
system's own files blocks, and so does writing to any place that the graph names outside its folder. Other
paths outside, files that are written at all, and other machines ask for review. Debug operators that send
tensors to a host block when the host is in the graph.

Bad:

    language tensorflow
    unit offset
    entry main load
    def main():
      %0 = name tensorflow.graph.WriteFile
      %1 = const '/home/user/.bashrc'
      %2 = call %0, %1

Good:

    language tensorflow
    unit offset
    entry main load
    def main():
      %0 = name tensorflow.graph.RestoreV2
      %1 = const 'variables/variables'
      %2 = call %0, %1
"""

from collections.abc import Iterator

from scanner.facts import Argument, Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.knowledge.tables import knowledge
from scanner.rules._paths import outside
from scanner.rules._report import finding

RULE = Rule(
    id="graph-side-effect",
    title="The graph reads or writes files, or talks to other machines",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=8.0,
    cwe=(73, 506),
    attack=("T1005", "T1565"),
    atlas=("AML.T0011.000",),
    specificity=12,
)
HOSTS = frozenset({"url", "url-raw-ip", "out-of-band-host", "host-port", "onion"})
PLACES = frozenset({"path", "target", "url", "address"})


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each operator whose argument, or whose presence, asks for it."""
    for effect in facts.running("graph.file", "graph.write", "graph.connect"):
        places = [argument for argument in effect.arguments if _role(effect, argument) in PLACES]
        severity = max((found for a in places for found in [_judge(effect, a)] if found), default=None)
        if severity is None and effect.kind == "graph.write" and not _prints(effect):
            severity = Severity.WARNING
        if severity is not None:
            shown = next((a.text for a in places if _judge(effect, a) == severity), "")
            theft = effect.kind == "graph.file" and severity is Severity.ERROR
            behaviour = Behaviour.CREDENTIAL_THEFT if theft else _behaviour(effect)
            meaning = knowledge().vocabulary.kinds[effect.kind].meaning
            yield finding(RULE, effect, f"{meaning}{shown and f', {shown}'}", behaviour, severity=severity)


def _judge(effect: Effect, argument: Argument) -> Severity | None:
    if not argument.constant:
        return None
    if effect.kind == "graph.connect":
        telling = (
            not HOSTS.isdisjoint(i.kind for i in argument.indicators) and "localhost" not in argument.text
        )
        return Severity.ERROR if telling else Severity.WARNING
    found = outside(argument)
    return Severity.ERROR if found and effect.kind == "graph.write" else found


def _role(effect: Effect, argument: Argument) -> str:
    row = knowledge().effect(effect.callee)
    name = int(argument.name) if argument.name.isdigit() else argument.name
    return row.role(name) if row is not None else "_"


def _prints(effect: Effect) -> bool:
    """Whether it is a print to one of the standard streams, or to the log."""
    return effect.callee.endswith(".PrintV2")


def _behaviour(effect: Effect) -> Behaviour:
    return Behaviour.BEACON if effect.kind == "graph.connect" else Behaviour.TAMPERING
