"""Heuristic patterns: YARA rules over scripts, code in constants and bytes that no reader knows.

They see what the analysis cannot follow: code in languages that it does not read, source that does not
parse, files of unknown kind. What a pattern means is its metadata:

``description``
    a clause that says what the text does;
``rule_id``
    the rule under whose id a match is told (``pattern-match``);
``severity``, ``precision``
    ``note``, ``warning`` (the default) or ``error``; ``low``, ``medium`` (the default), ``high`` or
    ``very-high``. A pattern that blocks must state that its precision is high;
``behaviour``
    a label of :class:`~scanner.finding.Behaviour` (``code-execution``).

YARA-X starts a thread, outside of any sandbox, once it is given a time-out. It never is: its automata
are linear, what it is handed is bounded, and the parent's clock ends a worker that takes too long.
"""

import ctypes
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from scanner.errors import ConfigError
from scanner.finding import Behaviour, Precision, Severity

if TYPE_CHECKING:
    import yara_x

DEFAULT = "pattern-match"
HITS = 64  # places kept of one string

_FOLDER = Path(__file__).parent
# What the library is linked with, and an interpreter need not be.
_LIBRARIES = ("libgcc_s.so.1", "libpthread.so.0", "libdl.so.2")
_MEANS = {
    "severity": frozenset(str(s) for s in Severity),
    "precision": frozenset(str(p) for p in Precision),
    "behaviour": frozenset(str(b) for b in Behaviour),
}
_SURE = ("high", "very-high")


class Source(Struct, frozen=True):
    """A file of rules: its name, for messages, and its text."""

    name: str
    text: str


class Pattern(Struct, frozen=True):
    """What a match of the rule ``name`` means; the words are those of the module's docstring."""

    name: str
    description: str
    rule_id: str
    severity: str
    precision: str
    behaviour: str


class Hit(Struct, frozen=True):
    """A pattern that fits, and where it does so first: ``length`` bytes from ``offset``."""

    pattern: Pattern
    offset: int
    length: int


def make_ready() -> None:
    """Map the libraries that YARA-X needs from outside of what a locked down process may read.

    The library itself is imported when there is something to match, which most checkpoints have not.
    """
    for name in _LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue  # another system, where it is not needed or where importing will say so


def own() -> tuple[Source, ...]:
    """The rules that come with the scanner."""
    return tuple(Source(path.name, path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.yar")))


@cache
def matcher(extra: tuple[Source, ...] = ()) -> "Matcher":
    """Our own rules and ``extra``, compiled. ConfigError says what is wrong in which line."""
    return Matcher((*own(), *extra))


class Matcher:
    """Compiled rules, and what each of them means."""

    def __init__(self, sources: tuple[Source, ...]) -> None:
        import yara_x  # noqa: PLC0415 - 40 ms, and most checkpoints have nothing to match

        compiler = yara_x.Compiler(includes_enabled=False)
        for number, source in enumerate(sources):
            compiler.new_namespace(str(number))
            try:
                compiler.add_source(source.text, origin=source.name)
            except yara_x.CompileError:
                raise ConfigError(_complaint(source, compiler.errors()[0])) from None
        rules = compiler.build()
        self._patterns = {
            (rule.namespace, rule.identifier): _pattern(rule, sources[int(rule.namespace)].name)
            for rule in rules
        }
        self._scanner = yara_x.Scanner(rules)
        self._scanner.max_matches_per_pattern(HITS)

    def __iter__(self) -> Iterator[Pattern]:
        return iter(self._patterns.values())

    def find(self, data: bytes) -> Iterator[Hit]:
        """Every rule that fits ``data``, at its first place (the start, if it only has a condition)."""
        for rule in self._scanner.scan(data).matching_rules:
            places = [(m.offset, m.length) for p in rule.patterns for m in p.matches]
            yield Hit(self._patterns[rule.namespace, rule.identifier], *min(places, default=(0, 0)))


def _pattern(rule: "yara_x.Rule", origin: str) -> Pattern:
    """The metadata of a rule, checked."""
    given = dict(rule.metadata)
    where = f"{origin}: rule {rule.identifier}"

    def word(key: str, otherwise: str) -> str:
        value = given.get(key, otherwise)
        allowed = _MEANS.get(key)
        if not isinstance(value, str) or (allowed and value not in allowed):
            choices = "one of " + ", ".join(sorted(allowed)) if allowed else "a text"
            raise ConfigError(f"{where}: `{key}` must be {choices}; got {value!r}")
        return value

    severity, precision = word("severity", "warning"), word("precision", "medium")
    if severity == "error" and precision not in _SURE:
        raise ConfigError(
            f"{where}: a pattern that blocks (`severity` error) must state a `precision` of high or"
            " very-high, as measured on honest files"
        )
    behaviour, rule_id = word("behaviour", "code-execution"), word("rule_id", DEFAULT)
    return Pattern(rule.identifier, word("description", ""), rule_id, severity, precision, behaviour)


def _complaint(source: Source, error: Mapping[str, Any]) -> str:
    details = [label["text"] for label in error["labels"] if label["text"]]
    return f"{source.name}, line {error['line']}: {': '.join([error['title'], *details[:1]])}"
