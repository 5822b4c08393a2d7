"""What was derived from the source of libraries, by name: ``derived/*.txt``, written by ``make derive``.

One file for each package, top-level or in a namespace, and ``python.txt`` for the standard library; each is
read when a name of its package is asked for first, and a module's lines are parsed when one of its names is
(:mod:`scanner.knowledge.summarytext`).
"""

import builtins
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from msgspec import Struct, structs

from scanner.knowledge.apis import Api
from scanner.knowledge.summarytext import Flow, Lines, parse

STANDARD = "python"
# Handing these over does not say what is acted on: bytes may be written to a buffer in memory.
_WEAK = frozenset({"data", "mode", "value", "object", "key", "args", "kwargs", "each"})
_REMEMBERED = 100_000  # names, which come from the artifact
_HOPS = 12  # aliases of aliases, bases of bases
SHARED = 4  # words of the longest name that a package in a namespace has


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
    """What is derived of ``name`` (its own, behind all aliases). What is not ``inert``, reaches nothing and
    does not merely call what it is handed (``calls``) has a call that nobody can judge."""

    name: str
    module: str
    path: str
    source: str
    inert: bool = False
    calls: bool = False
    reaches: tuple[Reach, ...] = ()


class _Package:
    """One file; nothing of it is parsed before it is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parsed: dict[str, Lines] = {}

    @cached_property
    def _chunks(self) -> dict[str, str]:
        head, *chunks = self._path.read_text("utf-8").split("\nmodule ")
        words = head.rpartition("\npackage ")[2].split() or ["package"]
        return {"": " ".join(words), **{chunk.split(None, 1)[0]: chunk for chunk in chunks}}

    @property
    def source(self) -> str:
        """The package and its versions."""
        return self._chunks[""]

    def names(self) -> list[str]:
        """The modules."""
        return [name for name in self._chunks if name]

    def module(self, name: str) -> Lines | None:
        """The lines of a module."""
        if name not in self._parsed and name in self._chunks:
            self._parsed[name] = parse(self._chunks[name])
        return self._parsed.get(name)


class Summaries:
    """All files of a folder, each read when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._packages: dict[str, _Package] = {}
        self._found: dict[tuple[str, int], Derived | None] = {}

    @cached_property
    def _titles(self) -> frozenset[str]:
        return frozenset(path.stem for path in self._folder.glob("*.txt"))

    def package(self, name: str) -> _Package | None:
        """The file for the package that a dotted name begins with: a top-level one, or one that shares its
        first words with others (``google.auth``). What has none may be part of the standard library."""
        prefixes = [*accumulate(name.split(".", SHARED)[:SHARED], "{}.{}".format)]
        title = next((prefix for prefix in reversed(prefixes) if prefix in self._titles), STANDARD)
        if title not in self._packages and title in self._titles:
            self._packages[title] = _Package(self._folder / f"{title}.txt")
        return self._packages.get(title)

    def find(self, name: str) -> Derived | None:
        """What is derived of a dotted name; None when it was not met."""
        return self._find(name, _HOPS)

    def imported(self, name: str) -> str:
        """The name that somebody else has for it, if a module on the way has merely imported it
        (``random._os.system``); else the same one."""
        for _ in range(_HOPS):
            package = self.package(name)
            words = name.split(".", 64)
            if package is None:
                break
            modules = (package.module(".".join(words[:end])) for end in range(len(words) - 1, 0, -1))
            found = next(filter(None, modules), None)
            if found is None:
                break
            inside = words[found.name.count(".") + 1 :]
            places = range(len(inside), 0, -1)
            end = next((end for end in places if ".".join(inside[:end]) in found.aliases), 0)
            if not end:
                break
            name = ".".join([found.aliases[".".join(inside[:end])], *inside[end:]])
        return name

    def _find(self, name: str, hops: int) -> Derived | None:
        if (name, hops) not in self._found:
            if len(self._found) > _REMEMBERED:
                self._found.clear()
            self._found[name, hops] = None  # while it is looked for: modules import each other
            self._found[name, hops] = self._look_for(name, hops)
        return self._found[name, hops]

    def _look_for(self, name: str, hops: int) -> Derived | None:
        package = self.package(name) if hops else None
        if package is None:
            return None
        words = name.split(".", 64)
        for end in range(len(words), 0, -1):
            module = package.module(".".join(words[:end]))
            if module is not None and end < len(words):  # a function may be called as a module beside it
                return self._member(package, module, words[end:], hops)
        return None

    def _member(self, package: _Package, module: Lines, words: list[str], hops: int) -> Derived | None:
        inside = ".".join(words)
        if any(inside in names for names in (module.inert, module.unknown, module.callers, module.flows)):
            return _derived(package, module, inside)
        for end in range(len(words), 0, -1):
            target = module.aliases.get(".".join(words[:end]))
            if target is not None:
                return self._find(".".join([target, *words[end:]]), hops - 1)
        for star in module.stars if words and not words[0].startswith("_") else ():
            owner = self.package(star)
            known = (
                owner is not None and owner.module(star) is not None
            )  # else this module would be asked again
            if known and (found := self._find(".".join([star, *words]), hops - 1)) is not None:
                return found
        return self._inherited(module.bases.get(".".join(words[:-1]), ()), words[-1], hops - 1)

    def _inherited(self, bases: Sequence[str], name: str, hops: int) -> Derived | None:
        found = next((d for base in bases if (d := self._find(f"{base}.{name}", hops)) is not None), None)
        if found is not None and any(self._unread(base, name, hops) for base in bases):
            return structs.replace(found, inert=False, calls=False)
        return found

    def _unread(self, base: str, name: str, hops: int) -> bool:
        """Whether a base, such as a class of a C extension, may have a method of its own: nobody has read
        the class. (The bases of a class are not in their order here.)"""
        if base.startswith("builtins."):
            return hasattr(getattr(builtins, base.removeprefix("builtins."), None), name)
        return self._find(base, hops) is None


def _derived(package: _Package, module: Lines, inside: str) -> Derived:
    reaches = [_reach(flow) for flow in module.flows.get(inside, ())]
    name = f"{module.name}.{inside}"
    inert, calls = inside in module.inert, inside in module.callers
    return Derived(name, module.name, module.path, package.source, inert, calls, tuple(reaches))


def _reach(flow: Flow) -> Reach:
    positional: dict[int, str] = {}
    keywords: dict[str, str] = {}
    rest, others = "_", ""
    for at, name, role in flow.parameters:
        if at.isdigit():
            positional[int(at)] = role
            keywords[name] = role
        elif at.endswith("*") and at != "**":
            rest = role
            positional[int(at[:-1])] = role
        elif at == "-":
            keywords[name] = role
        else:
            others = role
    return Reach(
        flow.kind, positional, keywords, rest, flow.line, flow.callee, flow.version, flow.method, others
    )
