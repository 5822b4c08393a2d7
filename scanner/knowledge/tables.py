"""The loader of the tables: names in, meaning out.

Tables of lines. A ``#`` starts a comment, which is the reason for the row.

``effects/*.txt``
    ``KIND NAME(role, …) -> SOURCE  # reason`` (see :func:`scanner.knowledge.apis.parse_api`)
``inert.txt``
    ``NAME  # reason``: calling it, or building an instance of it, does nothing to the world;
    ``class FAMILY.*  # reason`` vouches for the family's classes only
``sources.txt``
    ``KIND NAME``: a value, not a call, that is a source of data
``commands.txt``
    ``KIND PROGRAM …``: what sort of program these are
``aliases.txt``
    ``NAME = OTHER``: the same object; ``opaque WORD …``: submodules that are their packages' own

A name that ends in ``.*`` is a *family*: everything below, at any depth. The longest row wins, an
exact one beats a family, and an effect beats an inert row of equal length.

Start-up only splits lines; a row is parsed when it is first asked for, and :meth:`Knowledge.check`
parses them all (a test calls it).
"""

import sys
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.facts import Indicator
from scanner.knowledge.apis import Api, parse_api
from scanner.knowledge.deeds import says_that_it_acts
from scanner.knowledge.rows import Rows, call_name, plain_name, second_word

if TYPE_CHECKING:
    from scanner.knowledge.indicators import Indicators
    from scanner.knowledge.kinds import Vocabulary
    from scanner.knowledge.summaries import Derived, Summaries

HERE = Path(__file__).parent

_CACHE_LIMIT = 100_000  # names come from the artifact: remember many, but not any number of them
INITIALISER = ".__init__"


class Knowledge:
    """All tables of a folder. Every method takes a name as written and canonicalises it."""

    def __init__(self, folder: Path = HERE) -> None:
        self._folder = folder
        self._effects = Rows(sorted((folder / "effects").glob("*.txt")), call_name)
        self._inert = Rows([folder / "inert.txt"], plain_name)
        self._sources = Rows([folder / "sources.txt"], second_word)
        self._aliases, self._opaque = _read_aliases(folder / "aliases.txt")
        self._apis: dict[str, Api] = {}
        self._canonical: dict[str, str] = {}
        self._rows: dict[str, tuple[str, str]] = {}
        self._roots = {name.partition(".")[0] for name in self._effects.lines} | sys.stdlib_module_names

    @cached_property
    def _importable(self) -> frozenset[str]:
        """Names that somebody's ``from x import y`` may have put into any module of a package."""
        names = (name.split(".") for name in self._effects.lines)
        return frozenset(
            parts[1] for parts in names if len(parts) == 2 and parts[0] in sys.stdlib_module_names
        )

    @cached_property
    def _commands(self) -> dict[str, str]:
        lines = (self._folder / "commands.txt").read_text("utf-8").splitlines()
        rows = (line.split() for line in lines if not line.startswith("#"))
        return {program: kind for kind, *programs in filter(None, rows) for program in programs}

    @cached_property
    def _indicators(self) -> "Indicators":
        # Imported late: a checkpoint that calls nothing needs neither this, nor the TOML parser.
        from scanner.knowledge.indicators import Indicators  # noqa: PLC0415

        return Indicators(self._folder / "indicators.toml", self.command, self._acts, self.runs)

    @cached_property
    def vocabulary(self) -> "Vocabulary":
        """The kinds and roles that the tables may use."""
        from scanner.knowledge.kinds import read_vocabulary  # noqa: PLC0415

        return read_vocabulary(self._folder / "kinds.toml")

    def canonical(self, name: str) -> str:
        """The one name of what ``name`` reaches.

        Aliases are replaced (``posix.system`` is ``os.system``), call markers dropped
        (``requests.get().json``), and a walk through another module's imports is followed to
        where it ends (``torch.os.system``).
        """
        known = self._canonical.get(name)
        if known is None:
            known = self._imported(self._walk(self._alias(name.replace("()", ""))))
            if len(self._canonical) < _CACHE_LIMIT:
                self._canonical[name] = known
        return known

    def _imported(self, name: str) -> str:
        """The name behind one that a module of the standard library has only because it imports it, under
        whatever name (``random._os.system``, ``enum.bltns.exec``): its source says so."""
        if "." not in name or name.partition(".")[0] not in sys.stdlib_module_names:
            return name
        if name in self._effects or name in self._inert or name in self._sources:
            return name
        found = self._summaries.imported(name)
        return name if found == name else self._walk(self._alias(found))

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
        if name.count(".") < 2 or name in self._effects or name in self._sources:
            return name
        head, *rest = name.split(".", 64)  # deeper walks are nobody's honest name
        ours = head in sys.stdlib_module_names  # no package there uses a module's name for its own
        for start, word in enumerate(rest[:-1]):
            if word == "__builtins__":
                return ".".join(["builtins", *rest[start + 1 :]])
            tail = self._alias(".".join(rest[start:]))
            root = tail.partition(".")[0]
            if root not in self._roots:
                continue
            plain = ours or root not in self._opaque
            if tail in self._effects or tail in self._sources:
                if plain or tail.count(".") > 1:
                    return tail
            elif plain and root in sys.stdlib_module_names and f"{root}.*" in self._effects:
                return tail
        return name

    def _best(self, name: str) -> tuple[str, str]:
        """The effect row and the inert row for a canonical name, of which at most one is not empty."""
        rows = self._rows.get(name)
        if rows is None:
            rows = self._look_up(name)
            if len(self._rows) < _CACHE_LIMIT:
                self._rows[name] = rows
        return rows

    def _look_up(self, name: str) -> tuple[str, str]:
        acting, effect = self._effects.find(name)
        harmless, inert = self._inert.find(name)
        if 0 < harmless <= len(name) and not self._vouches(inert, name, name[harmless:]):
            harmless, inert = 0, ""
        if 0 < harmless <= len(name):  # a family does not speak for what its modules import from elsewhere
            found = self._walk(self._alias(self._summaries.imported(name)))
            if found.partition(".")[0].lstrip("_") != name.partition(".")[0].lstrip("_"):
                return self._look_up(found)
        if not effect and not inert and name.endswith(INITIALISER):  # as what makes such an object
            return "", self._best(name.removesuffix(INITIALISER))[1]
        return ("", inert) if harmless > acting else (effect, "")

    def _vouches(self, family: str, name: str, inside: str) -> bool:
        """Whether an inert family speaks for a name of which ``inside`` is below the family's own."""
        ours = name.partition(".")[0] in sys.stdlib_module_names
        if not ours and (name.rpartition(".")[2] in self._importable or says_that_it_acts(name)):
            return False  # it may merely have been imported there, or is not what its family is about
        return not family.startswith("class ") or any(
            part.lstrip("_")[:1].isupper() for part in inside.split(".")
        )

    def effect(self, name: str) -> Api | None:
        """What calling ``name`` does, or None when nothing is known or it is inert."""
        row, _ = self._best(self.canonical(name))
        return self._api(row) if row else None

    def _api(self, row: str) -> Api:
        api = self._apis.get(row)
        if api is None:
            try:
                api = self._apis[row] = parse_api(row)
            except ValueError as error:
                raise self._effects.fault(row, str(error)) from error
        return api

    def famous(self, name: str) -> bool:
        """Whether the tables say anything about the package that ``name`` starts with."""
        return self.canonical(name).partition(".")[0] in self._roots

    def inert(self, name: str) -> str | None:
        """Why calling ``name`` does nothing to the world, or None when nobody vouches for it."""
        _, row = self._best(self.canonical(name))
        return row.partition("#")[2].strip() if row else None

    def vouched(self, name: str) -> bool:
        """Whether somebody vouches for ``name``: by a row about it, or by one about its family that its
        source does not contradict."""
        if self.inert(name) is None:
            return False
        found = None if self.exact(name) else self.derived(name)
        return found is None or not any(reach.telling for reach in found.reaches)

    @cached_property
    def _summaries(self) -> "Summaries":
        # Imported late, like the indicators: only data that calls what no row knows needs it.
        from scanner.knowledge.summaries import Summaries  # noqa: PLC0415

        return Summaries(self._folder / "derived")

    def derived(self, name: str) -> "Derived | None":
        """What the source of its library says of ``name``, or None when that was not read. It knows names as
        they are in that version, which ``canonical`` may have given an older one's."""
        plain = name.replace("()", "")
        return self._summaries.find(plain) or self._summaries.find(self.canonical(name))

    def harmless(self, name: str) -> bool:
        """Whether calling ``name`` does nothing to the world, by a row or by its source."""
        acting, harmless = self._best(self.canonical(name))
        if acting or harmless:
            return not acting
        found = self.derived(name)
        return found is not None and found.inert

    def exact(self, name: str) -> bool:
        """Whether a row is about ``name`` itself, not about a family that it belongs to."""
        canonical = self.canonical(name)
        return canonical in self._effects or canonical in self._inert

    def source(self, name: str) -> str | None:
        """The kind of data that the *value* ``name`` is (``os.environ``), if any."""
        _, row = self._sources.find(self.canonical(name))
        return row.partition(" ")[0] or None

    def _acts(self, name: str) -> bool:
        return self.effect(name) is not None

    def runs(self, name: str) -> bool:
        """Whether calling ``name`` runs code or programs of its caller's choosing."""
        api = self.effect(name)
        return api is not None and self.vocabulary.kinds[api.kind].severity_class == "runs"

    def indicators(self, text: str | bytes) -> tuple[Indicator, ...]:
        """The telling things in a constant, in the order of the table; bounded in time and number."""
        return self._indicators.find(text)

    def command(self, program: str) -> str | None:
        """What sort of program this is (``shell``, ``downloader``, …), by its name or path."""
        name = program.replace("\\", "/").rpartition("/")[2].lower()
        for suffix in (".exe", ".cmd", ".bat", ".com"):
            name = name.removesuffix(suffix)
        if kind := self._commands.get(name):
            return kind
        kind = self._commands.get(name.rstrip("0123456789.-"))  # python3.11, gcc-12
        return kind if kind in ("interpreter", "build", "package-manager") else None

    def apis(self) -> Iterator[Api]:
        """Every effect row, parsed."""
        return map(self._api, self._effects.lines.values())

    def check(self) -> None:
        """Parse every row and look every word up; raises :class:`ValueError` with file and line."""
        words = self.vocabulary
        for row in self._effects.lines.values():
            api = self._api(row)
            kinds = {api.kind, api.returns or api.kind} - words.kinds.keys()
            roles = {*api.positional, *api.keywords.values(), api.rest} - words.roles.keys()
            if kinds or roles:
                raise self._effects.fault(row, f"kinds.toml does not define {', '.join(kinds | roles)}")
        for row in self._sources.lines.values():
            if (kind := row.partition(" ")[0]) not in words.kinds:
                raise self._sources.fault(row, f"kinds.toml does not define {kind}")
        for row in self._inert.lines.values():
            if not row.partition("#")[2].strip():
                raise self._inert.fault(row, "an inert row needs a reason after '#'")
        for rows in (self._effects, self._inert, self._sources):
            for name, row in rows.lines.items():
                if self._alias(name) != name:
                    raise rows.fault(row, f"write {self._alias(name)}, which {name} is an alias of")
        self._indicators.compile()


def _read_aliases(path: Path) -> tuple[dict[str, str], frozenset[str]]:
    aliases: dict[str, str] = {}
    opaque: set[str] = set()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        match line.partition("#")[0].split():
            case []:
                pass
            case [name, "=", other] if name not in aliases:
                aliases[name] = other
            case ["opaque", *words]:
                opaque.update(words)
            case _:
                raise ValueError(f"{path.name}:{number}: neither a new 'name = other' nor 'opaque word …'")
    return aliases, frozenset(opaque)


@cache
def knowledge() -> Knowledge:
    """The tables of this package, read once."""
    return Knowledge()
