"""The graph needs operators that are not part of its runtime.

A graph computes with the operators of its runtime. One of a foreign domain is whatever the library is that
somebody registers for it; that library is not in this file, so a note says which operators it has to bring.
An operator that calls back into Python names a module and a function that the runtime imports: that asks for
review, since nothing about it is in the file either.

Bad:

    language onnx
    unit offset
    entry main load
    def main():
      %0 = name onnx.python_operator
      %1 = const 'some.module.function'
      %2 = call %0, %1

Good:

    language onnx
    unit offset
    entry main load
    def main():
      %0 = name onnx.external_data
      %1 = const 'weights.bin'
      %2 = call %0, %1
"""

from collections.abc import Iterator

from scanner.facts import Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="custom-operator",
    title="The graph needs operators that are not part of its runtime",
    severity=Severity.WARNING,
    precision=Precision.MEDIUM,
    security_severity=5.5,
    cwe=(829,),
    attack=("T1129",),
    atlas=("AML.T0011.000",),
    specificity=8,
)
SHOWN = 5  # operators named in one note


def check(facts: Facts) -> Iterator[Finding]:
    """A warning for each operator that is Python, one note for all that are a library's."""
    for effect in facts.running("graph.python"):
        yield finding(RULE, effect, f"runs Python from a graph{_named(effect)}", Behaviour.CODE_EXECUTION)
    custom = {name: effect for effect in facts.running("graph.custom") for name in [_named(effect)]}
    if custom:
        others = f" and {len(custom) - SHOWN} more" if len(custom) > SHOWN else ""
        names = ", ".join(name.removeprefix(", ") for name in [*custom][:SHOWN]) + others
        deed = f"needs operators of a library that is not in it: {names}"
        first = next(iter(custom.values()))
        yield finding(RULE, first, deed, Behaviour.NONE, severity=Severity.NOTE)


def _named(effect: Effect) -> str:
    return f", {effect.arguments[0].text}" if effect.arguments else ""
