"""Writing down what a program does: effects with their evidence, and the flows into them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct, field

from scanner.analysis.containers import HOLE, NESTED, PATH_OBJECT, boxes, inside, piece
from scanner.analysis.evaluate import UNFINISHED
from scanner.analysis.unread import Unread
from scanner.analysis.values import Box, Closure, Value, merge_sources
from scanner.facts import Argument, Effect, Flow, Indicator, Source
from scanner.knowledge.tables import Knowledge
from scanner.site import Site, Step, Trigger

# An address, or a name that ends as those of hosts do: ``torch.nn`` and ``A.method`` are no hosts.
_HOST = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}|[\w-]+(?:\.[\w-]+)*\."
    r"(?:com|net|org|io|dev|app|site|online|info|xyz|top|club|ru|cn|su|cc|pw|tk|me|example|test|local|onion)",
    re.IGNORECASE,
)
OWN_FILE = "__file__"
HERE = "./"  # what stands for the files of the current folder
_OWN = {OWN_FILE: (Source("self.read", ()),)}  # what is in files before the program writes any
SHOWN = 160  # characters of a value in a message
URGENCY = {t: i for i, t in enumerate(Trigger)}


class Recorder(Struct):
    """The facts of one program and of what it imports, each call site once, with the most that any
    visit knew about it."""

    knowledge: Knowledge
    effects: dict[tuple[Site, str, str], Effect] = field(default_factory=dict)
    files: dict[str, tuple[Source, ...]] = field(default_factory=lambda: dict(_OWN))
    _lengths: set[int] = field(default_factory=lambda: set(map(len, _OWN)))  # of the paths of files
    _indicators: dict[str, tuple[Indicator, ...]] = field(default_factory=dict)

    def effect(self, kind: str, callee: str, site: Site, trigger: Trigger, steps: tuple[Step, ...],
               arguments: tuple[Argument, ...], *, script: bool) -> Effect:  # fmt: skip
        """Record one effect; ``steps`` lead up to it and do not include it."""
        shown = ", ".join(a.text if a.name.isdigit() else f"{a.name}={a.text}" for a in arguments)
        last = Step(site, f"{callee}({shown})")
        new = Effect(kind, callee, site, trigger, script, arguments, (*steps, last))
        key = (site, kind, callee)
        old = self.effects.get(key)
        self.effects[key] = new if old is None else _better(old, new)
        return new

    def results(self) -> Iterator[Effect | Flow]:
        """Everything recorded, then the flows into it."""
        yield from self.effects.values()
        for effect in self.effects.values():
            for name, source in {(a.name, s): None for a in effect.arguments for s in a.sources}:
                yield Flow(source.kind, effect, name, (*source.steps, effect.steps[-1]))

    def argument(self, name: str, value: Value, *, code: bool = False) -> Argument:
        """An argument as evidence. That ``code`` names a file does not make it what is in the file."""
        held = inside(value)
        texts = _texts(value, held)
        indicators = {i: None for t in texts for i in self.indicators(t)}
        for callee in [n for v in held for n in v.names if not n.endswith(")")]:  # not what a call returned
            if (word := self._handed(callee)) is not None:
                indicators[Indicator(word, self.knowledge.canonical(callee))] = None
        written = (s for t in texts if not code for s in self._written(t))
        made = (n for v in held for n in v.names if "()" in n)
        kept = (s for n in made for s in self.files.get(n.removesuffix(".name"), ()))
        carried = (s for v in held for s in v.sources if s.kind != UNFINISHED)
        sources = merge_sources([*carried, *written, *kept])
        constant = all(v.exact and not v.names for v in held)
        return Argument(name, show(value), constant, tuple(indicators), sources)

    def _handed(self, callee: str) -> str | None:
        """What a callable is that is handed over: one that acts, or glue that others are reached with."""
        api = self.knowledge.effect(callee)
        if api is None or api.name == f"{self.knowledge.canonical(callee)}.*":  # the module of a family
            return None
        severity_class = self.knowledge.vocabulary.kinds[api.kind].severity_class
        return {"quiet": None, "resolves": "callable-glue"}.get(severity_class, "callable")

    def indicators(self, text: str) -> tuple[Indicator, ...]:
        """The telling things in a text, looked for once."""
        found = self._indicators.get(text)
        if found is None:
            found = self._indicators[text] = self.knowledge.indicators(text)
        return found

    def _written(self, text: str) -> Iterator[Source]:
        """What this program has put into the file that a command or path names, or into a folder of it."""
        paths: Iterable[str] = self.files
        if len(self._lengths) * len(text) < len(self.files):  # so many parts of it may be a path
            ends = ((start, start + length) for length in self._lengths for start in range(len(text)))
            paths = dict.fromkeys(part for start, end in ends if (part := text[start:end]) in self.files)
        for path in paths:
            if path in text and _mention(path).search(text):
                yield from self.files[path]

    def wrote(self, path: Value, data: Value) -> None:
        """Remember what goes into a file, for when it is read or run."""
        for text in file_keys(path):
            self._keep(text, data.sources)

    def _keep(self, path: str, sources: Sequence[Source]) -> None:
        self.files[path] = merge_sources([*self.files.get(path, ()), *sources])
        self._lengths.add(len(path))

    def unpacked(self, folders: Sequence[Value], sources: Sequence[Source]) -> None:
        """Remember what an archive leaves in these folders; the current one if there is none."""
        keys = [text.rstrip("/") for folder in folders for text in file_keys(folder)]
        for key in keys or [HERE]:
            self._keep(key, sources)

    def enter(self, folder: Value) -> None:
        """The current folder is another one, perhaps below the one that it was."""
        texts = folder.texts[:1]
        below = self.files.get(HERE, ()) if any(t[:1] not in "/~" for t in texts) else ()
        self.files.pop(HERE, None)
        self._keep(HERE, [*below, *(s for text in texts for s in self._written(f"{text}/"))])

    def stored(self, path: Value) -> tuple[Source, ...]:
        """What this program has put into the file at ``path``."""
        exact = [s for text in file_keys(path) for s in self.files.get(text, ())]
        return merge_sources([*exact, *(s for text in path.texts[:1] for s in self._written(text))])


@lru_cache(maxsize=4096)
def _mention(path: str) -> re.Pattern[str]:
    """Where a text names a file or something below it: not where it names one that begins or ends so."""
    before = r"(?<![\w.-])" if re.match(r"[\w.]", path) else ""
    after = "" if path.endswith("/") else r"(?![\w-]|\.\w)"
    return re.compile(before + re.escape(path) + after)


def file_keys(path: Value) -> Iterator[str]:
    """Names under which a file can be recognised again."""
    texts = [text for text in path.texts[:1] if len(text.strip(HOLE + "/. ")) >= 3]
    yield from texts or (name.removesuffix(".name") for name in path.names)


def _better(old: Effect, new: Effect) -> Effect:
    """Of two visits to a call the one that runs earlier, then the one about which more is known."""

    def weight(effect: Effect) -> tuple[int, int, int]:
        sources = sum(len(a.sources) for a in effect.arguments)
        return (
            -URGENCY[effect.trigger],
            sources,
            sum(a.constant + len(a.indicators) for a in effect.arguments),
        )

    return new if weight(new) > weight(old) else old


def _texts(value: Value, held: Sequence[Value]) -> list[str]:
    """The texts in a value and in what it has ``held``, some of them put together."""
    found = {t: None for v in held for t in v.texts}
    for box in boxes(value):
        if box.exact and box.kind in {"list", "tuple"} and 1 < len(box.items) <= 64:
            found[" ".join(piece(i) for i in box.items)] = None  # an argument list is a command too
            found.update(dict.fromkeys(pairs(box.items)))
    return list(found)[:64]


def pairs(values: Sequence[Value]) -> Iterator[str]:
    """Neighbours that mean something together: a host and its port, a module and its member."""
    for first, second in itertools.pairwise(values):
        match first.consts, second.consts:
            case [str(host)], [int(port)] if 0 < port < 1 << 16 and _HOST.fullmatch(host):
                yield f"{host}:{port}"
            case [str(module)], [str(member)] if module.isascii() and member.isidentifier():
                yield f"{module}.{member}"


def show(value: Value, depth: int = 0) -> str:
    """A value for people, bounded."""
    shown = [_show_const(c) for c in value.consts]
    shown += [
        f"Path({value.parts[0]!r})" if n == PATH_OBJECT and value.parts else n.replace("builtins.", "")
        for n in value.names
    ]
    for thing in value.objects:
        match thing:
            case Box(kind="dict") if depth < NESTED:
                pairs = (
                    f"{_show_const(k)}: {show(v, depth + 1)}" for k, v in list(thing.entries.items())[:8]
                )
                shown.append("{" + ", ".join(pairs) + "}")
            case Box() if depth < NESTED:
                shown.append("[" + ", ".join(show(i, depth + 1) for i in thing.items[:8]) + "]")
            case Closure():
                shown.append(thing.function.name)
            case Unread():
                shown.append(f"<{thing.blob.size:,} bytes>")
    if not shown:
        shown = [repr(value.parts[0])] if value.parts else [HOLE]
    text = " | ".join(shown)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + HOLE


def _show_const(constant: object) -> str:
    if isinstance(constant, str | bytes) and len(constant) > SHOWN:
        return repr(constant[:SHOWN]) + HOLE
    if isinstance(constant, int) and constant.bit_length() > SHOWN:
        return f"<integer of {constant.bit_length():,} bits>"
    return repr(constant)
