"""Files are destroyed or held to ransom.

A checkpoint that deletes anything on load is hostile. A script may clean up after itself; it may not
encrypt what it finds and delete the originals, or wipe a home folder.

Bad:

    language pickle
    unit offset
    entry main load
    def main():
      %0 = name shutil.rmtree
      %1 = const '/home'
      %2 = call %0, %1

Good:

    script
    def main():
      %0 = name shutil.rmtree
      %1 = const 'build/cache'
      %2 = call %0, %1
"""

import re
from collections.abc import Iterator

from scanner.facts import Argument, Effect, Facts, Source
from scanner.finding import Behaviour, Finding, Precision, Rule, Severity
from scanner.rules._report import finding, together

RULE = Rule(
    id="destructive",
    title="Files are destroyed or encrypted",
    severity=Severity.ERROR,
    precision=Precision.HIGH,
    security_severity=9.5,
    cwe=(506,),
    attack=("T1485", "T1486"),
    atlas=("AML.T0011.000",),
    specificity=50,
)


# A root or a home folder, with or without what is in it; a disk or a partition of one.
WHOLE = re.compile(
    r"(?:~|/root|/home/[\w.-]+)/(?:Documents|Desktop|Downloads|Pictures|Music|Videos|\.ssh|\.gnupg)(?:/\*?)?|"
    r"(?:/|~|/home|/root|/Users|\$HOME|[A-Z]:(?:\\{1,2}Users)?)(?:/\.?\*{0,2}|\\{1,2}\*?)?|/\*"
    r"|/dev/(?:[shv]d[a-z]|xvd[a-z]|nvme\d|mmcblk\d|disk\d|mapper/|dm-)[\w-]*"
)

_PATH = re.compile(r"^(?:str\()?\w*Path\((.*?)\)\)?$")
_READ = (
    "shell.getenv()",
    "'HOME'",
    "'USERPROFILE'",
    "os.getenv()",
    "os.environ.get()",
)  # and nothing behind it
_HOMES = re.compile(r"'(?:HOME|USERPROFILE)'")
# Folders of the system, or all that is in one; what has been logged.
SYSTEM = re.compile(r"/(?:etc|usr|bin|sbin|lib(?:64)?|boot|var|var/log|sys|proc)(?:/\*{0,2})?")
# Programs that take disks, or the copies that would bring files back.
NEVER = frozenset({"shell.vssadmin", "shell.wbadmin", "shell.blkdiscard", "shell.wipefs", "shell.mkfs"})
DISKS = re.compile(r"/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|r?disk|mapper/)\w*|\\\\+\.\\+PhysicalDrive\d+")
# What a search goes through, with patterns of names behind it.
WIDE = re.compile(rf"(?:{WHOLE.pattern})(?:(?<=\*)/[^/]*)*|(?:~|/home|/root|/Users)/\*\*/.*")


def check(facts: Facts) -> Iterator[Finding]:
    """Deletion by data, deletion of what is not the script's own, or encrypt and delete."""
    deletes = list(facts.running("file.delete"))
    encrypts = list(facts.running("crypto.encrypt"))
    searches = list(facts.running("file.list"))
    for effect in deletes:
        worst = effect.callee in NEVER or _everything(effect) or _everything(effect, SYSTEM)
        if not effect.script or "destructive-command" in effect.indicators or worst:
            yield finding(RULE, effect, "deletes files", Behaviour.DESTRUCTIVE)
    for effect in facts.running("file.write"):
        if effect.script and _everything(effect, DISKS):
            yield finding(RULE, effect, "writes over a disk", Behaviour.DESTRUCTIVE)
    for effect in facts.running("file.chmod"):
        if effect.script and (_everything(effect) or _everything(effect, SYSTEM)):
            yield finding(RULE, effect, "changes the rights of everything", Behaviour.DESTRUCTIVE)
    for effect in facts.running("process.signal"):
        if effect.script and any(a.constant and a.text == "-1" for a in effect.arguments[:1]):
            yield finding(RULE, effect, "ends every process that it can", Behaviour.DESTRUCTIVE)
    for effect in facts.running("process.spawn"):
        if effect.script and "fork-bomb" in effect.indicators:
            yield finding(RULE, effect, "starts itself again until the machine stops", Behaviour.DESTRUCTIVE)
    wide = [effect for effect in searches if effect.script and _everything(effect, WIDE)]
    writes, moves = list(facts.running("file.write")), list(facts.running("file.move"))
    over = [e for e in writes if any(_found(a, s) for a in e.arguments for s in wide)]
    spoils = deletes + (encrypts if writes else []) + (moves if writes else []) + over
    if wide and spoils and not (encrypts and deletes):
        deed = "goes through everything that there is and destroys it"
        yield finding(RULE, spoils[0], deed, Behaviour.DESTRUCTIVE, steps=together([wide[0], spoils[0]]))
    if encrypts and deletes and searches:
        effects = [searches[0], encrypts[0], deletes[0]]
        deed = "encrypts files that it finds and deletes the originals"
        yield finding(RULE, deletes[0], deed, Behaviour.DESTRUCTIVE, steps=together(effects))


def _found(argument: Argument, search: Effect) -> bool:
    """Whether a path is one of those that a search has found, as far as it is known."""
    where = [a for a in search.arguments if a.name == "self"] or search.arguments[:1]  # ``Path.home().rglob``
    roots = [a.text.strip("'\"").rstrip("*/") or "/" for a in where]
    path = argument.text.strip("'\"")
    return (
        not argument.constant and argument.name in ("0", "file", "self") and any(map(path.startswith, roots))
    )


def _everything(effect: Effect, whole: re.Pattern[str] = WHOLE) -> bool:
    """Whether an argument is a root, a home folder or a disk as a whole."""
    known = [
        _PATH.sub(r"\1", a.text).strip("'\"")
        for a in effect.arguments
        if a.constant or whole is WIDE or _PATH.match(a.text)
    ]
    homes = [a for a in effect.arguments if a.text in _READ and any(map(_is_home, a.sources))]
    return bool(homes) or any(map(whole.fullmatch, known))


def _is_home(source: Source) -> bool:
    return source.kind == "env.read" and any(_HOMES.search(step.text) for step in source.steps)
