"""Data acts on the machine while it is loaded.

Opening, writing, moving or deleting files, changing the environment, reading host facts, talking to
a database, sending mail: no code is run and no command is started, and still a checkpoint has no
business doing it. This is how files leak and start-up files are planted without `exec`.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name builtins.open
      %1 = const '/tmp/out'
      %2 = const 'w'
      %3 = call %0, %1, %2

Good:

    script
    def main():
      %0 = name builtins.open
      %1 = const 'labels.txt'
      %2 = call %0, %1
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.knowledge.tables import knowledge
from scanner.rules._report import finding

RULE = Rule(
    id="side-effect-on-load",
    title="Data acts on the machine while it is loaded",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=8.0,
    cwe=(502, 73),
    attack=("T1005", "T1565"),
    atlas=("AML.T0011.000",),
    specificity=10,
)

MILD = frozenset({"host.info", "env.read", "memory.read", "log.configure", "crypto.decrypt"})
OTHERS = frozenset({"attr.write"})  # told by another rule
BEHAVIOURS = {
    "secret.read": Behaviour.CREDENTIAL_THEFT,
    "host.info": Behaviour.RECONNAISSANCE,
    "env.read": Behaviour.RECONNAISSANCE,
    "file.delete": Behaviour.DESTRUCTIVE,
    "hub.upload": Behaviour.SELF_PROPAGATION,
}


def check(facts: Facts) -> Iterator[Finding]:
    """Every effect of data that acts on the world or reads from it."""
    kinds = knowledge().vocabulary.kinds
    for effect in facts.running():
        kind = kinds.get(effect.kind)
        if effect.script or kind is None or effect.kind in OTHERS:
            continue
        if kind.severity_class in ("acts", "reads"):
            severity = Severity.WARNING if effect.kind in MILD else Severity.ERROR
            behaviour = BEHAVIOURS.get(effect.kind, Behaviour.CODE_EXECUTION)
            if "secret-path" in effect.indicators:
                behaviour = Behaviour.CREDENTIAL_THEFT
            yield finding(RULE, effect, kind.meaning, behaviour, severity=severity)
