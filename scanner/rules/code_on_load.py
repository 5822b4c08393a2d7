"""Code that travels inside data is run.

`exec`, `eval`, `runpy`, `timeit`, the entry points of debuggers and profilers, template engines and
native libraries, called while a checkpoint is loaded. What the inner code does is reported as well,
and under its own name when it has one; that data runs code at all is reason enough to block it. Some
libraries' objects carry source as part of their state (a traced module its forward pass, a distribution its
signature): that is judged as the code it is, and asks for review where it cannot be read.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name builtins.eval
      %1 = const '1 + 1'
      %2 = call %0, %1

Good:

    script
    def main():
      %0 = name builtins.eval
      %1 = const '[1, 2]'
      %2 = call %0, %1
"""

import re
from collections.abc import Iterator

from scanner.facts import Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding

RULE = Rule(
    id="code-on-load",
    title="Code inside data is run",
    severity=Severity.ERROR,
    precision=Precision.VERY_HIGH,
    security_severity=9.5,
    cwe=(94, 502),
    attack=("T1059.006",),
    atlas=("AML.T0011.000",),
    specificity=15,
)

RUNS = ("code.run", "code.import", "package.install", "native.load", "template.render", "debug.hook")
# What undid the packing of code that is not a constant.
DECODED = re.compile(
    r"(marshal\.loads|(?:zlib|bz2|lzma|gzip)\.decompress|base64\.\w*decode\w*|binascii\.\w+|\w+\.decrypt)\(\)"
)
# A picture, a sound, numbers: nobody keeps source code there, and nobody who reads the script sees it.
FOREIGN = re.compile(
    r"\.(?:png|jpe?g|gif|bmp|webp|ico|tiff?|pdf|ttf|wav|mp3|flac|ogg|mp4|bin|dat|db|np[yz]|h5|pth?|ckpt|onnx"
    r"|safetensors|parquet|arrow)['\"]",
    re.IGNORECASE,
)
MAKES = ("code.compile",)


def check(facts: Facts) -> Iterator[Finding]:
    """Everything that runs code from data, and loads of data that nobody can look into."""
    for effect in facts.running(*RUNS):
        if not effect.script:
            yield finding(RULE, effect, "runs code", Behaviour.CODE_EXECUTION)
    for effect in facts.running("code.load"):
        if not effect.script and not _visible(effect):
            deed = "loads other data that can carry code and is not in this file"
            yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION)
    for effect in facts.running("code.carry"):
        carried = [a for a in effect.arguments if not a.name.isdigit()]
        hidden = not all(a.constant for a in carried or effect.arguments)
        if hidden and not effect.script and (carried or not effect.callee.endswith(".__setstate__")):
            deed = "rebuilds an object from source that is computed at load time"
            yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION, severity=Severity.WARNING)
    for effect in facts.running("code.run"):
        decoded = [m for a in effect.arguments for m in DECODED.findall(a.text) if not a.constant]
        if effect.script and decoded:
            severity = RULE.severity if "marshal.loads" in decoded else Severity.WARNING
            deed = "runs code that it has to decode first, from where nobody can look"
            yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION, severity=severity)
    for flow in facts.flowing({"crypto.plain"}, {"code.run"}):
        if flow.effect.script:
            deed = "runs code that it carries encrypted, so that nobody can read it"
            yield finding(RULE, flow.effect, deed, Behaviour.CODE_EXECUTION)
    for flow in facts.flowing({"file.read"}, {"code.run"}):
        if flow.effect.script and FOREIGN.search(flow.steps[0].text):
            deed = "runs code that it takes out of a file that is no source code"
            yield finding(RULE, flow.effect, deed, Behaviour.CODE_EXECUTION, severity=Severity.WARNING)
    makes = {e.site.trail: e for e in facts.running(*MAKES) if not e.script}  # one for each piece
    for effect in makes.values():
        deed = "builds functions from bytecode that it carries"
        yield finding(RULE, effect, deed, Behaviour.CODE_EXECUTION, severity=Severity.WARNING)


def _visible(effect: Effect) -> bool:
    """Whether the loaded bytes are in this file, so that they have been looked at themselves."""
    held = [a for a in effect.arguments if (a.constant and a.text[:2] in ("b'", 'b"')) or "bytes>" in a.text]
    return bool(held)
