"""The code of a checkpoint is in another repository.

`auto_map` can name a class of any repository, and `custom_pipeline` any pipeline. Whoever loads the
checkpoint with `trust_remote_code` runs what that repository holds on that day: it is not in the change, it
was not scanned, and it can be replaced afterwards. Copy the code beside the checkpoint, or pin its revision
where it is loaded.

Bad:

    language hub
    unit offset
    entry main load
    def main():
      %0 = name hub.remote_code
      %1 = const 'someone/else--modeling.Decoder'
      %2 = call %0, %1

Good:

    language hub
    unit offset
    entry main load
    def main():
      %0 = const 'modeling.Decoder'
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="remote-code",
    title="The code of a checkpoint is in another repository",
    severity=Severity.WARNING,
    precision=Precision.HIGH,
    security_severity=5.5,
    cwe=(829, 494),
    attack=("T1195.002",),
    atlas=("AML.T0010.003",),
    specificity=12,
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each place that code is taken from."""
    for effect in facts.running("code.remote"):
        source = effect.arguments[0].text if effect.arguments else "another repository"
        yield finding(RULE, effect, f"runs code from {source}, which is not in this change", Behaviour.NONE)
