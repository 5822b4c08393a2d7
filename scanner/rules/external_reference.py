"""Loading the file opens another file, at a place that the file names.

Links and external data of HDF5, `external_data` of ONNX, vocabularies of Keras lookup layers. What lies
beside the file comes with it. A path that leads out of the folder, an absolute one or a URL makes the
loader read what its user has and the author has not, and the content ends up among the weights; a path
to secrets says what for.

Bad:

    language hdf5
    unit offset
    entry main load
    def main():
      %0 = name hdf5.external_file
      %1 = const '/home/user/.aws/credentials'
      %2 = call %0, %1

Good:

    language hdf5
    unit offset
    entry main load
    def main():
      %0 = name hdf5.external_file
      %1 = const 'weights/part-2.h5'
      %2 = call %0, %1
"""

from collections.abc import Iterator

from scanner.facts import Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._paths import outside
from scanner.rules._report import finding

RULE = Rule(
    id="external-reference",
    title="The file makes its loader open another file",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=8.0,
    cwe=(22, 73, 610),
    attack=("T1005",),
    atlas=("AML.T0011.000",),
    specificity=12,
)


def check(facts: Facts) -> Iterator[Finding]:
    """An error for secrets and the system's own files, a warning for whatever else lies outside."""
    for effect in facts.running("file.reference"):
        for argument in effect.arguments[:1]:
            severity = outside(argument)
            if severity is not None:
                behaviour = Behaviour.CREDENTIAL_THEFT if severity is Severity.ERROR else Behaviour.NONE
                deed = f"opens another file that it names, {argument.text}"
                yield finding(RULE, effect, deed, behaviour, severity=severity)
