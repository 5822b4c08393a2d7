"""The lines of ``derived/*.txt``, each of which is one of

``package NAME VERSION …``
    what the file was derived from, in the order of the versions
``module NAME [PATH]``
    the lines that follow are about the module's own names. Without a path it is the file that has the name;
    ``/`` is the ``__init__.py`` of the folder that has it.
``= NAME …``
    these do nothing to the world, whatever data they are handed
``? NAME …``
    these were read, and nobody can judge a call in them
``~ NAME …``
    these do nothing but call what they are handed
``! NAME LINE CALLEE KIND REACHES … [@VERSION]``
    ``POSITION:PARAMETER=ROLE,…`` reach an effect of that kind through the call of ``CALLEE`` in that line;
    ``*`` behind a position takes all further ones, ``-`` is a parameter that is passed by name only, ``**``
    takes all other names. Without parameters (``-`` alone) it happens whatever is handed over.
``> MODULE NAME … ALIAS=NAME …``
    these names of ``MODULE`` are names of this one too; ``*`` is every name that ``MODULE`` has and this
    module has not, ``.`` for ``MODULE`` says that the names are modules
``: CLASS BASE …``
    where a class has the methods from that are not its own

A method of objects is ``C().m``, as in the other tables. A name that begins with a dot continues the one
before it in the line (behind ``!``: in the line before) up to its last dot; a callee or base that does is of
this module.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

_REACH = re.compile(r"(?P<at>\d+\*?|-|\*\*):(?P<name>\w+)=(?P<role>\w+)")


class Flow(Struct, frozen=True):
    """``parameters`` as (position, name, role) reach ``kind``."""

    kind: str
    parameters: tuple[tuple[str, str, str], ...]
    line: int
    callee: str
    version: str
    method: bool


class Lines(Struct):
    """What one module says, by the name that it is about; methods are ``C.m`` here."""

    name: str
    path: str
    inert: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    callers: set[str] = field(default_factory=set)
    flows: dict[str, list[Flow]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    bases: dict[str, list[str]] = field(default_factory=dict)


def parse(chunk: str) -> Lines:
    """A module from its lines, the first of them without its keyword."""
    head, *lines = chunk.splitlines()
    name, _, path = head.partition(" ")
    module = Lines(name, _path(name, path))
    acting = ""
    for line in lines:
        mark, *words = line.split()
        match mark:
            case "=":
                module.inert.update(spelled(words))
            case "?":
                module.unknown.update(spelled(words))
            case "~":
                module.callers.update(spelled(words))
            case "!":
                acting = next(_continued([words[0]], acting))
                flows = module.flows.setdefault(acting.replace("()", ""), [])
                flows += _flows(name, words[1:], method="()" in acting)
            case ">":
                _alias(module, *words)
            case ":":
                module.bases[words[0]] = [name + base if base.startswith(".") else base for base in words[1:]]
    return module


def _path(name: str, path: str) -> str:
    file = name.replace(".", "/")
    return {"": f"{file}.py", "/": f"{file}/__init__.py"}.get(path, path)


def spelled(words: Iterable[str]) -> Iterator[str]:
    """Names in full, without the brackets that tell a method."""
    return (word.replace("()", "") for word in _continued(words, ""))


def _continued(words: Iterable[str], before: str) -> Iterator[str]:
    for word in words:
        before = f"{before.rpartition('.')[0]}{word}" if word.startswith(".") else word
        yield before


def _flows(module: str, words: list[str], *, method: bool) -> Iterator[Flow]:
    line, callee, *kinds = words
    version = kinds.pop()[1:] if len(kinds) % 2 else ""
    callee = (module + callee if callee.startswith(".") else callee).replace("~", " ")
    for kind, reaches in zip(kinds[::2], kinds[1::2], strict=True):
        parameters = tuple((m["at"], m["name"], m["role"]) for m in _REACH.finditer(reaches))
        yield Flow(kind, parameters, int(line), callee, version, method)


def _alias(module: Lines, source: str, *names: str) -> None:
    for word in names:
        alias, _, name = word.rpartition("=")
        if name == "*":
            module.stars.append(source)
        else:
            module.aliases[alias or name] = name if source == "." else f"{source}.{name}"
