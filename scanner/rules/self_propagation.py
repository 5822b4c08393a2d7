"""Code spreads itself: it writes its own source over other files, or publishes it.

A loader that opens its own file and writes what it finds there over cached checkpoints, or uploads itself
to every repository that the victim's token can reach, is a worm.

Bad:

    script
    def main():
      %0 = name builtins.open
      %1 = load __file__
      %2 = call %0, %1
      %3 = attr %2, read
      %4 = call %3
      %5 = const '/root/.cache/huggingface/hub/model/pytorch_model.bin'
      %6 = const 'wb'
      %7 = call %0, %5, %6
      %8 = attr %7, write
      %9 = call %8, %4

Good:

    script
    def main():
      %0 = name shutil.copy
      %1 = load __file__
      %2 = const 'runs/backup'
      %3 = call %0, %1, %2
"""

import re
from collections.abc import Iterator

from scanner.facts import Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import along, finding

RULE = Rule(
    id="self-propagation",
    title="Code spreads itself",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=9.5,
    cwe=(506,),
    attack=("T1080", "T1195"),
    atlas=("AML.T0010", "AML.T0011.000"),
    specificity=70,
)

PUBLISHES = ("hub.upload",)
WRITES = ("file.write", "file.move")
# Files that were looked for (a pattern), or that others load: caches of checkpoints, other scripts.
CACHES = re.compile(r"huggingface[/\\\\]+(?:hub|modules)|torch[/\\\\]+hub|site-packages")
CACHED = re.compile(r"(?:huggingface[/\\\\]+hub|torch[/\\\\]+hub)[^'\"]*\*")
COPIES = re.compile(r"shell\.(?:scp|rsync|sftp)|\.put$")
REGISTRIES = re.compile(r"(?:shell\.)?twine")
OTHERS = re.compile(rf"\*|{CACHES.pattern}")
# Code that is written into them, by what it is: a pickle anywhere, source among the code of others.
PLANTED = (("pickle-bytes", OTHERS), ("python-code", CACHES))


def check(facts: Facts) -> Iterator[Finding]:
    """A flow from the program's own file, or of code that it carries, into other files or a hub."""
    for flow in facts.flowing({"self.read"}, PUBLISHES):
        deed = "publishes itself"
        yield finding(RULE, flow.effect, deed, Behaviour.SELF_PROPAGATION, steps=along(flow))
    registries = [e for e in facts.running(*PUBLISHES) if REGISTRIES.match(e.callee)]
    for flow in facts.flowing({"self.read"}, WRITES) if registries else ():
        deed = "packs itself and publishes packages"
        steps = (*along(flow), *registries[0].steps[-1:])
        yield finding(RULE, registries[0], deed, Behaviour.SELF_PROPAGATION, steps=steps)
        return
    for flow in facts.flowing({"self.read"}, WRITES):
        if _of_others(flow.effect):
            deed = "writes itself over other files"
            yield finding(RULE, flow.effect, deed, Behaviour.SELF_PROPAGATION, steps=along(flow))
            return
    for flow in facts.flowing({"self.read"}, ("net.send",)):
        if COPIES.search(flow.effect.callee):
            deed = "copies itself to other hosts"
            yield finding(RULE, flow.effect, deed, Behaviour.SELF_PROPAGATION, steps=along(flow))
    for effect in facts.running(*WRITES):
        if any(CACHED.search(a.text) for a in effect.arguments):
            yield finding(RULE, effect, "rewrites what others have cached", Behaviour.SELF_PROPAGATION)
            return
        if "startup-path" in effect.indicators:  # which is told as what it is
            continue
        places = [place for kind, place in PLANTED if kind in effect.indicators]
        if any(place.search(a.text) for a in effect.arguments for place in places):
            yield finding(RULE, effect, "plants code in files of others", Behaviour.SELF_PROPAGATION)
            return


def _of_others(effect: Effect) -> bool:
    return any(OTHERS.search(a.text) for a in effect.arguments)
