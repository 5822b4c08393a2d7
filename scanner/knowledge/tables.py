"""The loader of the tables: names in, meaning out.

Four tables of lines. A ``#`` starts a comment, which is the reason for the row.

``effects/*.txt``
    ``KIND NAME(role, …) -> SOURCE  # reason`` (see :func:`scanner.knowledge.apis.parse_api`)
``inert.txt``
    ``NAME  # reason``: calling it, or building an instance of it, does nothing to the world;
    ``class FAMILY.*  # reason`` vouches for the family's classes only
``sources.txt``
    ``KIND NAME``: a value, not a call, that is a source of data
``aliases.txt``
    ``NAME = OTHER``: the same object; ``opaque WORD``: a submodule of this name is its package's own

A name that ends in ``.*`` is a *family*: everything below, at any depth. The longest row wins, an
exact one beats a family, and an effect beats an inert row of equal length.

Start-up only splits lines; a row is parsed when it is first asked for, and :meth:`Knowledge.check`
parses them all (a test calls it).
"""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

from scanner.facts import Indicator
from scanner.knowledge.apis import Api, parse_api
from scanner.knowledge.indicators import Indicators
from scanner.knowledge.kinds import Vocabulary, read_vocabulary

HERE = Path(__file__).parent

Row: TypeAlias = tuple[Path, int, str]  # file, line number (1-based), text

_CACHE_LIMIT = 100_000  # names come from the artifact: remember many, but not any number of them


def _rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line and line[0] != "#":
            yield path, number, line


def _fault(row: Row, message: str) -> ValueError:
    path, number, _ = row
    return ValueError(f"{path.name}:{number}: {message}")


class _Index:
    """Rows by name: exact ones, and families by their prefix."""

    __slots__ = ("exact", "families")

    def __init__(self) -> None:
        self.exact: dict[str, Row] = {}
        self.families: dict[str, Row] = {}

    def add(self, name: str, row: Row) -> None:
        where, key = (self.families, name[:-2]) if name.endswith(".*") else (self.exact, name)
        if where.setdefault(key, row) is not row:
            raise _fault(row, f"{name} already stands in {where[key][0].name}:{where[key][1]}")

    def find(self, name: str) -> tuple[int, Row | None]:
        """The best row and how specific it is (0: none)."""
        if row := self.exact.get(name):
            return len(name) + 1, row
        prefix = name
        while prefix:
            if row := self.families.get(prefix):
                return len(prefix), row
            prefix = prefix.rpartition(".")[0]
        return 0, None

    def __iter__(self) -> Iterator[Row]:
        yield from self.exact.values()
        yield from self.families.values()


class Knowledge:
    """All tables of a folder. Every method takes a name as written and canonicalises it."""

    def __init__(self, folder: Path = HERE) -> None:
        self._folder = folder
        self._effects = _Index()
        self._inert = _Index()
        self._sources = _Index()
        self._aliases: dict[str, str] = {}
        self._opaque: set[str] = set()
        self._commands: dict[str, str] = {}
        self._canonical: dict[str, str] = {}
        self._apis: dict[str, Api] = {}
        self._read()
        self._roots = {name.partition(".")[0] for name in self._effects.exact} | sys.stdlib_module_names
        # What somebody's ``from x import y`` may have put into any module.
        self._importable = {name.rpartition(".")[2] for name in self._effects.exact if name.count(".") < 2}
        self._indicators: Indicators | None = None
        self._vocabulary: Vocabulary | None = None

    def _read(self) -> None:
        for path in sorted((self._folder / "effects").glob("*.txt")):
            for row in _rows(path):
                name, bracket, _ = row[2].partition(" ")[2].replace("().", ".").partition("(")
                if not bracket:
                    raise _fault(row, "not of the form 'kind name(role, …)'")
                self._effects.add(name.strip(), row)
        for row in _rows(self._folder / "inert.txt"):
            self._inert.add(row[2].removeprefix("class ").split("#", 1)[0].rstrip(), row)
        for row in _rows(self._folder / "sources.txt"):
            self._sources.add(self._words(row, 2)[1], row)
        for row in _rows(self._folder / "commands.txt"):
            kind, *programs = self._words(row)
            self._commands.update(dict.fromkeys(programs, kind))
        for row in _rows(self._folder / "aliases.txt"):
            match self._words(row):
                case [name, "=", other]:
                    self._aliases[name] = other
                case ["opaque", *words]:
                    self._opaque.update(words)
                case _:
                    raise _fault(row, "neither 'name = other' nor 'opaque word …'")

    @staticmethod
    def _words(row: Row, count: int | None = None) -> list[str]:
        words = row[2].split("#", 1)[0].split()
        if count is not None and len(words) != count:
            raise _fault(row, f"{count} words expected, {len(words)} found")
        return words

    def canonical(self, name: str) -> str:
        """The one name of what ``name`` reaches.

        Aliases are replaced (``posix.system`` is ``os.system``), call markers dropped
        (``requests.get().json``), and a walk through another module's imports is followed to
        where it ends (``torch.os.system``).
        """
        known = self._canonical.get(name)
        if known is None:
            known = self._walk(self._alias(name.replace("()", "")))
            if len(self._canonical) < _CACHE_LIMIT:
                self._canonical[name] = known
        return known

    def _alias(self, name: str) -> str:
        for _ in range(4):  # aliases of aliases, and no endless loop should a table have a cycle
            prefix = name
            while prefix and prefix not in self._aliases:
                prefix = prefix.rpartition(".")[0]
            if not prefix:
                break
            name = self._aliases[prefix] + name[len(prefix) :]
        return name

    def _walk(self, name: str) -> str:
        if name.count(".") < 2 or name in self._effects.exact or name in self._sources.exact:
            return name
        head, *rest = name.split(".")
        ours = head in sys.stdlib_module_names  # no package there uses a module's name for its own
        for start, word in enumerate(rest):
            if word == "__builtins__":
                return ".".join(["builtins", *rest[start + 1 :]])
            tail = self._alias(".".join(rest[start:]))
            root = tail.partition(".")[0]
            if root not in self._roots or root == tail:
                continue
            plain = ours or root not in self._opaque
            if tail in self._effects.exact or tail in self._sources.exact:
                if plain or tail.count(".") > 1:
                    return tail
            elif plain and root in sys.stdlib_module_names and root in self._effects.families:
                return tail
        return name

    def _best(self, name: str) -> tuple[Row | None, Row | None]:
        """The effect row or the inert row that speaks for a canonical name: one, or neither."""
        acting, effect = self._effects.find(name)
        harmless, inert = self._inert.find(name)
        if inert and harmless <= len(name) and not self._vouches(inert, name, name[harmless:]):
            inert = None
        if effect and (inert is None or acting >= harmless):
            return effect, None
        return None, inert

    def _vouches(self, family: Row, name: str, inside: str) -> bool:
        """Whether an inert family speaks for a name of which ``inside`` is below the family's own."""
        if name.rpartition(".")[2] in self._importable:
            return False  # it may merely have been imported there
        return not family[2].startswith("class ") or any(
            part.lstrip("_")[:1].isupper() for part in inside.split(".")
        )

    def effect(self, name: str) -> Api | None:
        """What calling ``name`` does, or None when nothing is known or it is inert."""
        row, _ = self._best(self.canonical(name))
        return None if row is None else self._api(row)

    def _api(self, row: Row) -> Api:
        api = self._apis.get(row[2])
        if api is None:
            try:
                api = self._apis[row[2]] = parse_api(row[2])
            except ValueError as error:
                raise _fault(row, str(error)) from error
        return api

    def inert(self, name: str) -> str | None:
        """Why calling ``name`` does nothing to the world, or None when nobody vouches for it."""
        _, row = self._best(self.canonical(name))
        return None if row is None else row[2].partition("#")[2].strip()

    def source(self, name: str) -> str | None:
        """The kind of data that the *value* ``name`` is (``os.environ``), if any."""
        _, row = self._sources.find(self.canonical(name))
        return None if row is None else row[2].split(None, 1)[0]

    def _acts(self, name: str) -> bool:
        return self.effect(name) is not None

    def indicators(self, text: str | bytes) -> tuple[Indicator, ...]:
        """The telling things in a constant, in the order of the table; bounded in time and number."""
        if self._indicators is None:
            self._indicators = Indicators(self._folder / "indicators.toml", self.command, self._acts)
        return self._indicators.find(text)

    def command(self, program: str) -> str | None:
        """What sort of program this is (``shell``, ``downloader``, …), by its name or path."""
        name = program.replace("\\", "/").rpartition("/")[2].lower()
        for suffix in (".exe", ".cmd", ".bat", ".com"):
            name = name.removesuffix(suffix)
        if kind := self._commands.get(name):
            return kind
        return self._commands.get(name.rstrip("0123456789.-"))  # python3.11, gcc-12

    @property
    def vocabulary(self) -> Vocabulary:
        """The kinds and roles that the tables may use."""
        if self._vocabulary is None:
            self._vocabulary = read_vocabulary(self._folder / "kinds.toml")
        return self._vocabulary

    def apis(self) -> Iterator[Api]:
        """Every effect row, parsed."""
        return map(self._api, self._effects)

    def check(self) -> None:
        """Parse every row and look every word up; raises :class:`ValueError` with file and line."""
        words = self.vocabulary
        for row in self._effects:
            api = self._api(row)
            kinds = {api.kind, api.returns or api.kind} - words.kinds.keys()
            roles = {*api.positional, *api.keywords.values(), api.rest} - words.roles.keys()
            if kinds or roles:
                raise _fault(row, f"kinds.toml does not define {', '.join(sorted(kinds | roles))}")
        for row in self._sources:
            if (kind := row[2].split(None, 1)[0]) not in words.kinds:
                raise _fault(row, f"kinds.toml does not define {kind}")
        for index in (self._effects, self._inert, self._sources):
            for name, row in (index.exact | index.families).items():
                if self._alias(name) != name:
                    raise _fault(row, f"write {self._alias(name)}, which {name} is an alias of")
        for row in self._inert:
            if not row[2].partition("#")[2].strip():
                raise _fault(row, "an inert row needs a reason after '#'")
        Indicators(self._folder / "indicators.toml", self.command, self._acts).compile()


@cache
def knowledge() -> Knowledge:
    """The tables of this package, read once."""
    return Knowledge()
