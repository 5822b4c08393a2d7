"""What the analysis found out about an artifact: all that a rule may see.

The vocabulary of kinds (``process.spawn``, ``net.connect``, …) is the table
``knowledge/kinds.toml``; rules and knowledge meet in those words and nowhere else.
"""

from collections.abc import Collection, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from scanner.site import Site, Step, Trigger

IMPORTS = "imports "  # how the step starts that runs the top level of a neighbour


class Indicator(Struct, frozen=True):
    """A telling constant: its kind (``url``, ``secret-path``, ``shell-command``, …) and its text."""

    kind: str
    text: str


class Source(Struct, frozen=True):
    """Where a value comes from: a kind (``net.recv``, ``secret.read``, …) and the way it took."""

    kind: str
    steps: tuple[Step, ...]


class Argument(Struct, frozen=True):
    """One argument of a call as evidence: shown text (bounded), indicators in it, taint on it.

    ``name`` is its position as text (``"0"``) or its keyword. ``constant`` says that the whole
    value is known.
    """

    name: str
    text: str
    constant: bool = False
    indicators: tuple[Indicator, ...] = ()
    sources: tuple[Source, ...] = ()


class Effect(Struct, frozen=True):
    """A call (or other operation) that acts on the world, or that nobody can vouch for.

    ``kind`` is a row of ``kinds.toml``; ``call.unknown`` is a callee about which nothing is known.
    ``callee`` is the canonical dotted name. ``unit`` is the innermost trail of code it stands in,
    ``script`` whether that code is code to everybody (see :class:`scanner.blob.Fragment`).
    ``steps`` lead from the entry point to ``site``, outermost first, the last one being the call.
    """

    kind: str
    callee: str
    site: Site
    trigger: Trigger
    script: bool
    arguments: tuple[Argument, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def during(self) -> str:
        """The neighbour whose import this is a part of, by its path; empty when there is none."""
        found = (step.text for step in reversed(self.steps) if step.text.startswith(IMPORTS))
        return next(found, "").removeprefix(IMPORTS)

    @property
    def indicators(self) -> frozenset[str]:
        """The kinds of all indicators in the arguments."""
        return frozenset(i.kind for a in self.arguments for i in a.indicators)

    @property
    def sources(self) -> frozenset[str]:
        """The kinds of all sources whose data reach the arguments."""
        return frozenset(s.kind for a in self.arguments for s in a.sources)


class Flow(Struct, frozen=True):
    """Data of kind ``source`` reaches ``argument`` (its name) of ``effect``; ``steps`` walk from the
    one to the other."""

    source: str
    effect: Effect
    argument: str
    steps: tuple[Step, ...]


class Anomaly(Struct, frozen=True):
    """Something that an honest writer of this format would not produce, or that we could not read.

    ``kind`` is one of ``malformed``, ``over-budget``, ``lost`` (the reader died or hung, and what it had
    found with it), ``differential``, ``mismatch``, ``polyglot``, ``splice``, ``unsupported``, ``dialect``
    (code in a version or variant of its language that is read all the same), ``empty`` or
    ``unresolved`` (code that was found and could not be followed).
    """

    kind: str
    message: str
    site: Site


class Match(Struct, frozen=True):
    """A heuristic pattern that fits a piece of code, or bytes that no reader knows.

    ``name`` is the pattern's; ``text`` is where it fits first, bounded. The other words are its metadata
    (:mod:`scanner.knowledge.patterns`): what it is about, under which rule's id it is told, how bad it is
    (``note``, ``warning``, ``error``), how often it is right (``low`` to ``very-high``), and the label.
    """

    name: str
    text: str
    site: Site
    trigger: Trigger
    steps: tuple[Step, ...] = ()
    description: str = ""
    rule_id: str = ""
    severity: str = "warning"
    precision: str = "medium"
    behaviour: str = "code-execution"


class Facts(Struct):
    """Everything known about one top-level artifact, in the order in which it was found."""

    effects: list[Effect] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many facts there are."""
        return len(self.effects) + len(self.flows) + len(self.anomalies) + len(self.matches)

    def apart(self) -> Iterator["Facts"]:
        """What the artifact does, and what each neighbour does when it is imported: that two honest
        modules are imported by the same file does not make one program of them."""
        paths = {effect.during: None for effect in self.effects if effect.during}
        for path in ("", *paths):
            effects = [e for e in self.effects if e.during == path]
            flows = [f for f in self.flows if f.effect.during == path]
            yield Facts(effects, flows) if path else replace(self, effects=effects, flows=flows)

    def running(self, *kinds: str) -> Iterator[Effect]:
        """Effects of these kinds (all kinds when none is given) that run when a user loads."""
        for effect in self.effects:
            if effect.trigger.immediate and (not kinds or effect.kind in kinds):
                yield effect

    def flowing(self, sources: Collection[str], kinds: Collection[str]) -> Iterator[Flow]:
        """Flows of these sources into effects of these kinds that run when a user loads."""
        for flow in self.flows:
            if flow.effect.trigger.immediate and flow.source in sources and flow.effect.kind in kinds:
                yield flow
