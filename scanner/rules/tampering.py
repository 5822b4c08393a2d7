"""Data changes code that is already loaded.

An attribute of a module or a class that the file does not define is overwritten: with BUILD or
SETITEM in a pickle, or `setattr`. From then on every user of that module runs the replacement, and a
name that every scanner trusts means something else. Writing to the file that a module came from does the
same for every program that runs later.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name collections
      %1 = name os.system
      setattr %0, OrderedDict, %1

Good:

    script
    def main():
      %0 = name torch.backends.cudnn
      %1 = const True
      setattr %0, benchmark, %1
"""

import re
from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="tampering",
    title="Data changes loaded code",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=9.5,
    cwe=(915, 502),
    attack=("T1565.003", "T1574"),
    atlas=("AML.T0011.000", "AML.T0018"),
    specificity=45,
)


# What everything goes through: a script that replaces one of these decides about all code that follows.
HUBS = re.compile(
    r"builtins\.(?:open|eval|exec|compile|__import__|getattr|input)"
    r"|torch\.nn\.(?:modules\.module\.)?Module\.(?:__call__|forward|state_dict|load_state_dict|parameters)"
    r"|(?:pickle|json|marshal|torch|joblib|safetensors\.torch)\.(?:loads?|load_file|save|Unpickler)"
    r"|importlib\.import_module|hashlib\.\w+|hmac\.(?:compare_digest|new)|getpass\.getpass"
    r"|socket\.(?:socket|create_connection|getaddrinfo)|subprocess\.(?:Popen|run)|requests\.(?:Session\.)?(?:get|post|send|request)"
    r"|huggingface_hub\.(?:hf_hub_download|snapshot_download)|(?:os|sys|io|hashlib|hmac|ssl|socket|pickle|json|subprocess|urllib"
    r"|requests|torch|numpy|transformers|datasets|huggingface_hub|safetensors)"
)
TARGETS = {"file.write": ("0", "file", "path", "filename", "self"), "file.move": ("1", "dst")}


def check(facts: Facts) -> Iterator[Finding]:
    """Every write by data to an attribute of something imported, any write to a module's file, and what a
    script puts in the place of a function that everything goes through (a review: some do so honestly).
    One that calls what it replaces is judged by what else it does."""
    for effect in facts.running(*TARGETS):
        targets = TARGETS[effect.kind]
        if any(a.name in targets and a.text.strip("'").endswith(".__file__") for a in effect.arguments):
            yield finding(RULE, effect, "overwrites the file of a module", Behaviour.TAMPERING)
    for effect in facts.running("attr.write"):
        if not effect.script:
            # A saved session is put back into the main script; nobody else's code is changed by that.
            session = effect.callee.startswith("__main__.") and "callable" not in effect.indicators
            severity = Severity.WARNING if session else RULE.severity
            deed = f"overwrites {effect.callee}"
            yield finding(RULE, effect, deed, Behaviour.TAMPERING, severity=severity)
        elif HUBS.fullmatch(effect.callee) and all(a.name != "around" for a in effect.arguments):
            deed = f"replaces {effect.callee} for everybody"
            yield finding(RULE, effect, deed, Behaviour.TAMPERING, severity=Severity.WARNING)
