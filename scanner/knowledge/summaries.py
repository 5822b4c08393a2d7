"""What was derived from the source of libraries, by name: ``derived/*.txt``, written by ``make derive``.

One file for each top-level package, and ``python.txt`` for the standard library; each is read when a name of
its package is asked for first, and a module's lines are parsed when one of its names is. A line is one of

``package NAME VERSION …``
    what it was derived from, in the order of the versions
``module NAME PATH``
    the lines that follow are about the module's own names
``= NAME …``
    these do nothing to the world, whatever data they are handed
``NAME KIND REACHES LINE CALLEE [@VERSION]``
    (a method of objects is ``C().m``, as in the other tables)
    ``POSITION:PARAMETER=ROLE,…`` reach an effect of that kind through the call of ``CALLEE`` in that line;
    ``*`` behind a position takes all further ones, ``-`` is a parameter that is passed by name only, ``**``
    takes all other names. Without parameters (``-`` alone) it happens whatever is handed over.
``? NAME LINE CALLEE [@VERSION]``
    nobody can judge the call of ``CALLEE``
``> NAME TARGET``
    the same thing under another name; ``*`` is every name that ``TARGET`` has and this module has not
``: CLASS BASE …``
    where a class has the methods from that are not its own
"""

import re
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field

from scanner.knowledge.apis import Api

STANDARD = "python"
# Handing these over does not say what is acted on: bytes may be written to a buffer in memory.
_WEAK = frozenset({"data", "mode", "value", "object", "key", "args", "kwargs", "each"})
_HOPS = 12  # aliases of aliases, bases of bases
_REACH = re.compile(r"(?P<at>\d+\*?|-|\*\*):(?P<name>\w+)=(?P<role>\w+)")


class Reach(Struct, frozen=True):
    """Parameters reach an effect: ``roles`` by what they are called in ``Api``; see the module."""

    kind: str
    positional: dict[int, str]
    keywords: dict[str, str]
    rest: str
    line: int
    callee: str
    version: str
    method: bool = False
    others: str = ""  # the role of names that are not parameters

    @property
    def always(self) -> bool:
        """Whether it happens whatever is handed over."""
        return not self.positional and not self.keywords and self.rest == "_" and not self.others

    @property
    def telling(self) -> bool:
        """Whether one of the parameters says what is acted on, or nobody is asked. Attributes are mostly
        those of an object that has just been made."""
        if self.kind == "attr.write":
            return False
        return self.always or not {*self.positional.values(), *self.keywords.values(), self.rest} <= {
            *_WEAK,
            "_",
        }

    def api(self, name: str) -> Api:
        """The row that somebody would have written by hand."""
        last = max(self.positional, default=-1)
        positional = tuple(self.positional.get(i, "_") for i in range(last + 1))
        reason = f"derived: line {self.line} calls {self.callee}"
        return Api(self.kind, name, positional, self.keywords, self.rest, None, self.method, reason)


class Derived(Struct, frozen=True):
    """What is derived of ``name`` (its own, behind all aliases); ``unknown`` is the call that nobody can
    judge, as line and callee."""

    name: str
    module: str
    path: str
    source: str
    inert: bool = False
    reaches: tuple[Reach, ...] = ()
    unknown: tuple[int, str, str] | None = None


class _Module(Struct):
    """The lines of one module, by the name that each is about."""

    name: str
    path: str
    inert: frozenset[str]
    lines: dict[str, list[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    bases: dict[str, list[str]] = field(default_factory=dict)


class _Package:
    """One file; nothing of it is parsed before it is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parsed: dict[str, _Module] = {}

    @cached_property
    def _chunks(self) -> dict[str, str]:
        head, *chunks = self._path.read_text("utf-8").split("\nmodule ")
        words = head.rpartition("\npackage ")[2].split() or ["package"]
        return {"": " ".join(words), **{chunk.partition(" ")[0]: chunk for chunk in chunks}}

    @property
    def source(self) -> str:
        """The package and its versions."""
        return self._chunks[""]

    def names(self) -> list[str]:
        """The modules."""
        return [name for name in self._chunks if name]

    def module(self, name: str) -> _Module | None:
        """The lines of a module."""
        if name not in self._parsed and name in self._chunks:
            self._parsed[name] = _parse(self._chunks[name])
        return self._parsed.get(name)


def _parse(chunk: str) -> _Module:
    head, *lines = chunk.splitlines()
    name, _, path = head.partition(" ")
    inert: set[str] = set()
    module = _Module(name, path, frozenset())
    for line in lines:
        first, _, rest = line.partition(" ")
        match first:
            case "=":
                inert.update(rest.replace("()", "").split())
            case ">":
                alias, _, target = rest.partition(" ")
                if alias == "*":
                    module.stars.append(target)
                else:
                    module.aliases[alias] = target
            case ":":
                cls, *bases = rest.split()
                module.bases[cls] = bases
            case "?":
                module.lines.setdefault(rest.partition(" ")[0].replace("()", ""), []).append(line)
            case _:
                module.lines.setdefault(first.replace("()", ""), []).append(line)
    module.inert = frozenset(inert)
    return module


class Summaries:
    """All files of a folder, each read when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._packages: dict[str, _Package | None] = {}

    def package(self, top: str) -> _Package | None:
        """The file for a top-level package; what has none may be part of the standard library."""
        if top not in self._packages:
            own = self._folder / f"{top}.txt"
            path = own if top.isidentifier() and top.isascii() and own.is_file() else None
            if path is None and top != STANDARD:
                self._packages[top] = self.package(STANDARD)
            else:
                self._packages[top] = _Package(path) if path is not None else None
        return self._packages[top]

    def find(self, name: str) -> Derived | None:
        """What is derived of a dotted name; None when it was not met."""
        return self._find(name, _HOPS)

    def _find(self, name: str, hops: int) -> Derived | None:
        package = self.package(name.partition(".")[0]) if hops else None
        if package is None:
            return None
        words = name.split(".", 64)
        for end in range(len(words), 0, -1):
            module = package.module(".".join(words[:end]))
            if module is not None:
                return self._member(package, module, words[end:], hops)
        return None

    def _member(self, package: _Package, module: _Module, words: list[str], hops: int) -> Derived | None:
        inside = ".".join(words)
        if inside in module.inert or inside in module.lines:
            return _derived(package, module, inside)
        for end in range(len(words), 0, -1):
            target = module.aliases.get(".".join(words[:end]))
            if target is not None:
                return self._find(".".join([target, *words[end:]]), hops - 1)
        for star in module.stars if words and not words[0].startswith("_") else ():
            if (found := self._find(".".join([star, *words]), hops - 1)) is not None:
                return found
        for base in module.bases.get(".".join(words[:-1]), ()):
            if (found := self._find(f"{base}.{words[-1]}", hops - 1)) is not None:
                return found
        return None


def _derived(package: _Package, module: _Module, inside: str) -> Derived:
    reaches: list[Reach] = []
    unknown = None
    for line in module.lines.get(inside, ()):
        words = line.split()
        if words[0] == "?":
            unknown = int(words[2]), words[3].replace("~", " "), "".join(words[4:]).removeprefix("@")
        else:
            reaches.append(_reach(words))
    name = f"{module.name}.{inside}"
    return Derived(
        name, module.name, module.path, package.source, inside in module.inert, tuple(reaches), unknown
    )


def _reach(words: list[str]) -> Reach:
    positional: dict[int, str] = {}
    keywords: dict[str, str] = {}
    rest, others = "_", ""
    for match in _REACH.finditer(words[2]):
        at, role = match["at"], match["role"]
        if at.isdigit():
            positional[int(at)] = role
            keywords[match["name"]] = role
        elif at.endswith("*") and at != "**":
            rest = role
            positional[int(at[:-1])] = role
        elif at == "-":
            keywords[match["name"]] = role
        else:
            others = role
    version = "".join(words[5:]).removeprefix("@")
    callee = words[4].replace("~", " ")
    return Reach(
        words[1], positional, keywords, rest, int(words[3]), callee, version, "()" in words[0], others
    )
