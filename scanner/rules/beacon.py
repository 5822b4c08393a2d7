"""Loading tells somebody on the network that it happened.

A request on load to a request bin, a paste site, a tunnel, a raw address, or, from a checkpoint, to
any host at all. With no data to speak of it is how a campaign counts its victims; it is also how
proofs of concept announce themselves.

Bad:

    script
    def main():
      %0 = name requests.get
      %1 = const 'https://webhook.site/00000000-0000-0000-0000-000000000000'
      %2 = call %0, %1

Good:

    script
    def main():
      %0 = name requests.get
      %1 = const 'https://data.example.org/index.json'
      %2 = call %0, %1
"""

from collections.abc import Iterator

from scanner.facts import Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding, of_its_user

RULE = Rule(
    id="beacon",
    title="Loading contacts a host that has nothing to do with data",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=8.0,
    cwe=(506,),
    attack=("T1071", "T1102"),
    atlas=("AML.T0025",),
    specificity=30,
)

CONTACTS = ("net.request", "net.connect", "net.download", "net.send", "message.send", "net.listen")
HOSTS = frozenset({"out-of-band-host", "onion"})


def check(facts: Facts) -> Iterator[Finding]:
    """Any contact by data; contact with an out-of-band host by a script."""
    for effect in facts.running(*CONTACTS):
        if not effect.script or (effect.indicators & HOSTS and not of_its_user(effect)):
            yield finding(RULE, effect, "contacts a host on the network", _behaviour(effect))


def _behaviour(effect: Effect) -> Behaviour:
    return Behaviour.CODE_EXECUTION if effect.kind == "net.listen" else Behaviour.BEACON
