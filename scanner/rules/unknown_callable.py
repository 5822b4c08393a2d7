"""A callable that nobody vouches for is called with arguments that tell what it is for.

Names are three-valued: known to be harmless, known to act, unknown. An unknown callable is judged by
what it is handed. A shell command, Python source that acts, another pickle or a dangerous function is
an error; a URL, a host and port, a path to a secret or packed data asks for review, and so does any
function of the standard library that is not on record as harmless and any function whose own name says
that it runs, loads or writes something. The others are noted, all together: constructors of unknown
classes are what checkpoints are made of, and what an object merely keeps is not yet a call.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name somepackage.helpers.execute
      %1 = name os.system
      %2 = call %0, %1

Good:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name collections.OrderedDict
      %1 = call %0
"""

import builtins
import sys
from collections.abc import Iterator

from scanner.facts import Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.knowledge.deeds import says_that_it_acts
from scanner.rules._report import finding

RULE = Rule(
    id="unknown-callable",
    title="An unknown callable is handed something telling",
    severity=Severity.ERROR,
    precision=Precision.MEDIUM,
    security_severity=8.0,
    cwe=(502, 829),
    attack=("T1059.006",),
    atlas=("AML.T0011.000",),
    specificity=5,
)

DAMNING = {
    "shell-command": "a command line",
    "python-code": "Python source",
    "pickle-bytes": "another pickle",
    "callable": "a callable that acts",
    "dev-tcp": "a connection in a shell script",
    "powershell": "a PowerShell script",
}
TELLING = {
    "url": "a URL",
    "url-raw-ip": "a URL with a raw address",
    "out-of-band-host": "an out-of-band host",
    "host-port": "a host and port",
    "onion": "an onion address",
    "secret-path": "a path to secrets",
    "startup-path": "a start-up file",
    "program-path": "a program or library on this machine",
    "callable-name": "the name of a callable that acts",
    "callable-glue": "a callable that calls or looks up others",
    "python-source": "Python source",
    "base64-blob": "encoded code",
    "packed-bytes": "packed data",
    "python-dunder-walk": "a walk through Python's internals",
}
# What an object keeps as its state is told, but does not block unless nothing honest would keep it.
KEPT = frozenset({"shell-command", "python-code", "powershell"})
# And these stand in the state of honest objects every day.
ORDINARY = frozenset({"program-path", "callable-name", "callable-glue", "url", "host-port"})

# On the way to a callable, these leave whatever was vouched for.
WALKS = frozenset(
    {"__subclasses__", "__globals__", "__mro__", "__bases__", "__builtins__", "__code__", "__loader__"}
)
SHOWN = 5  # callables named in one note


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for each unknown call of data that tells something, and one note for all others."""
    others: dict[str, Effect] = {}
    for effect in facts.running("call.unknown"):
        if effect.script or effect.callee.startswith("shell."):
            continue
        severity, what = _judge(effect)
        if severity is Severity.NOTE:
            others.setdefault(effect.callee.removesuffix(".__new__").removesuffix(".__setstate__"), effect)
            continue
        deed = f"calls {effect.callee}, about which nothing is known{what}"
        yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION, severity=severity)
    if others:
        names = ", ".join([*others][:SHOWN]) + (
            f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        )
        deed = f"builds objects with {names}, about which nothing is known"
        yield finding(RULE, next(iter(others.values())), deed, Behaviour.NONE, severity=Severity.NOTE)


def _judge(effect: Effect) -> tuple[Severity, str]:
    builds = effect.callee.endswith((".__new__", ".__setstate__"))
    state = effect.callee.endswith(".__setstate__")
    told = effect.indicators - ORDINARY if state else effect.indicators
    for table, severity in ((DAMNING, Severity.ERROR), (TELLING, Severity.WARNING)):
        for kind, words in table.items():
            if kind in told:
                kept = builds and kind in KEPT
                return Severity.WARNING if kept else severity, f", with {words}"
    if not WALKS.isdisjoint(effect.callee.split(".")):
        return Severity.ERROR, ", which it reaches through Python's internals"
    if builds:
        return Severity.NOTE, ""
    if effect.callee.partition(".")[0] in sys.stdlib_module_names and not _of_an_object(effect.callee):
        return Severity.WARNING, ", although it is part of Python itself"
    if says_that_it_acts(effect.callee):
        return Severity.WARNING, " but its name, which says that it acts"
    return Severity.NOTE, ""


def _of_an_object(callee: str) -> bool:
    """Whether it can only be a method of what a builtin gives back: ``builtins.ValueError.doc.count``, where
    the class has no such attribute, or one that a class has from its bases."""
    first, *words = callee.split(".")
    if callee.startswith("builtins.super."):
        return True
    found: object = builtins
    for depth, word in enumerate(words if first == "builtins" else ()):
        if not hasattr(found, word):
            return depth > 0
        found = getattr(found, word)
    return False
