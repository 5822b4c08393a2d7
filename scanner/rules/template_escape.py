"""A template reaches for the insides of the interpreter.

A chat template has messages to put in a row. One that walks from a string to its class, from there to every
class there is and on to their globals is on its way out of its sandbox, if there is one; it is found by the
names of the attributes that it asks for, spelled out or computed. What it does at the end of the walk is
told under its own name when it can be followed.

Bad:

    language jinja
    entry main render
    def main():
      %0 = name jinja.attribute
      %1 = const '__globals__'
      %2 = call %0, %1

Good:

    language jinja
    entry main render
    def main():
      %0 = name jinja.attribute
      %1 = const 'content'
      %2 = call %0, %1
"""

import re
from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="template-escape",
    title="A template reaches for the insides of the interpreter",
    severity=Severity.ERROR,
    precision=Precision.VERY_HIGH,
    security_severity=9.5,
    cwe=(1336, 94),
    attack=("T1059.006",),
    atlas=("AML.T0011.000",),
    specificity=14,
)

INSIDES = re.compile(
    r"__(?:globals|builtins|subclasses|mro|bases?|init|new|code|closure|func|self|import|getattribute"
    r"|dict|reduce(?:_ex)?|loader|spec|module|wrapped|call|weakref)__"
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each piece of a template, at the first such attribute."""
    told = set()
    for effect in facts.running("template.attribute"):
        texts = [argument.text for argument in effect.arguments]
        if effect.site.trail not in told and any(map(INSIDES.search, texts)):
            told.add(effect.site.trail)
            deed = f"reaches for {texts[0]}"
            yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION)
