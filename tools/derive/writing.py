"""Results as text: one file for each package, sorted, the same for the same source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tools.derive.domain import Hop, Parameter, Summary
from tools.derive.library import Class, Code
from tools.derive.linking import Linker

WIDTH = 110
TYPES = frozenset({"typing", "typing_extensions", "collections.abc", "__future__", "abc"})  # lead nowhere
ACTING = ("runs", "acts", "reads")  # classes of effects
FAR = 4  # calls between a parameter and the effect that it reaches: each may be one that does not happen


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One flow of one callable, before it is written: ``reaches`` by kind and step."""

    kind: str
    step: str
    reaches: tuple[str, ...]


@dataclass(slots=True)
class Entry:
    """A callable in one version: its flows into what acts, whether a call in it cannot be judged, and whether
    it calls what it is handed."""

    flows: list[Line] = field(default_factory=list)
    unknown: bool = False
    calls: bool = False

    @property
    def inert(self) -> bool:
        return not (self.flows or self.unknown or self.calls)


@dataclass(slots=True)
class Page:
    """One module in one version."""

    path: str
    entries: dict[str, Entry] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    bases: dict[str, list[str]] = field(default_factory=dict)


def pages(linker: Linker) -> dict[str, Page]:
    """Everything that was found out about a package, by module."""
    found = {name: Page(module.path) for name, module in linker.modules.items()}
    for code in linker.codes.values():
        inside = code.name[len(code.module.name) + 1 :]
        if all(word.isidentifier() for word in inside.split(".")):
            skip = int(code.owner is not None and code.kind != "static")
            if skip and code.kind != "class":  # a method of objects, written as the tables write it
                inside = "().".join(inside.rsplit(".", 1))
            found[code.module.name].entries[inside] = _entry(linker, linker.summaries[code.name], skip)
    for cls in linker.classes.values():
        inside = cls.name[len(cls.module.name) + 1 :]
        if all(word.isidentifier() for word in inside.split(".")):
            _class(linker, cls, inside, found[cls.module.name])
    for name, module in linker.modules.items():
        found[name].aliases = dict(_aliases(linker, name))
        found[name].stars = module.stars
    return found


def _class(linker: Linker, cls: Class, inside: str, page: Page) -> None:
    entry = _entry(linker, linker.summaries[f"{cls.name}()"], 0)
    for hook in ("__new__", "__setstate__", "__setattr__", "__del__"):
        value = linker.member(cls, hook)
        codes = [c for n in value.names if isinstance(c := linker.find(n), Code)] if value else []
        for code in codes:
            state = linker.summaries[code.name]
            entry.unknown |= entry.inert and not state.inert
    page.entries[inside] = entry
    bases = sorted(
        n for b in cls.bases for n in b.names
        if not n.startswith(".") and "()" not in n and n != "builtins.object"
    )  # fmt: skip
    if bases:
        page.bases[inside] = bases


def _aliases(linker: Linker, name: str) -> Iterator[tuple[str, str]]:
    """Names of a module that are something else's."""
    for variable, value in linker.modules[name].variables.items():
        targets = sorted(n for n in value.names if "()" not in n and not n.startswith((".", "super ")))
        for target in targets:
            if (
                target.rpartition(".")[0] not in TYPES
                and target != f"{name}.{variable}"
                and variable.isidentifier()
                and ":" not in target
            ):
                yield variable, target


def _entry(linker: Linker, summary: Summary, skip: int) -> Entry:
    flows: dict[tuple[str, str], list[str]] = {}
    found = Entry(unknown=summary.unknown is not None)
    for (kind, atom), (role, hop) in summary.effects.items():
        token = "-" if atom is None else _token(summary.parameters, atom, role, skip)
        if kind.startswith("call.") and token != "-":
            found.calls = True
        elif linker.severity(kind) not in ACTING or kind == "attr.write" or hop.depth > FAR:
            found.unknown = True  # what it calls did not come with the call, or a long way may not be one
        else:
            flows.setdefault((kind, _step(hop)), []).append(token)
    found.flows = sorted(Line(kind, step, tuple(sorted(set(t)))) for (kind, step), t in flows.items())
    return found


def _step(hop: Hop) -> str:
    return f"{hop.line} {hop.callee.replace(' ', '~')}"


def _token(parameters: tuple[Parameter, ...], atom: int | str, role: str, skip: int) -> str:
    """A parameter as the file has it; the object itself and its attributes are ``self``."""
    if isinstance(atom, str) or atom < skip:
        return "-"
    parameter = parameters[atom]
    at = {"plain": f"{atom - skip}", "star": f"{atom - skip}*", "keyword": "-", "stars": "**"}[parameter.kind]
    return f"{at}:{parameter.name}={role}"


def written(title: str, versions: list[str], found: list[dict[str, Page]]) -> str:
    """The file of a package; ``found`` are its versions from the oldest to the newest."""
    lines = [
        "# Derived from source by `make derive`; see docs/derived.md.",
        f"package {title} {' '.join(versions)}",
    ]
    for module in sorted({name for version in found for name in version}):
        having = [(v, p[module]) for v, p in zip(versions, found, strict=True) if module in p]
        lines.append(f"module {module}{_path(module, having[-1][1].path)}")
        lines += _module(module, versions[-1], having)
    return "\n".join(lines) + "\n"


def _path(module: str, path: str) -> str:
    file = module.replace(".", "/")
    return {f"{file}.py": "", f"{file}/__init__.py": " /"}.get(path, f" {path}")


def _module(module: str, newest: str, having: list[tuple[str, Page]]) -> Iterator[str]:
    names = sorted({name for _, page in having for name in page.entries})
    entries = {name: [(v, p.entries[name]) for v, p in having if name in p.entries] for name in names}
    yield from _wrapped("=", (n for n in names if all(e.inert for _, e in entries[n])))
    quiet = [n for n in names if not any(e.flows for _, e in entries[n])]
    yield from _wrapped("?", (n for n in quiet if any(e.unknown for _, e in entries[n])))
    calling = (n for n in quiet if any(e.calls for _, e in entries[n]))
    yield from _wrapped("~", (n for n in calling if not any(e.unknown for _, e in entries[n])))
    before = ""
    for name in names:
        for line in _flows(module, newest, entries[name]):
            yield f"! {_shortened(name, before)} {line}"
            before = name
    yield from _aliases_of(having)
    bases = {k: v for _, page in having for k, v in page.bases.items()}
    for cls, above in sorted(bases.items()):
        yield f": {cls} {' '.join(_local(module, base) for base in above)}"


def _shortened(name: str, before: str) -> str:
    """A name behind another of the same class."""
    owner, _, tail = name.rpartition(".")
    return f".{tail}" if owner and owner == before.rpartition(".")[0] else name


def _local(module: str, name: str) -> str:
    return name[len(module) :] if name.startswith(f"{module}.") else name


def _wrapped(mark: str, words: Iterable[str]) -> Iterator[str]:
    line, before = mark, ""
    for word in words:
        short = _shortened(word, before)
        if len(line) + len(short) >= WIDTH and line != mark:
            yield line
            line, short = mark, word
        line += f" {short}"
        before = word
    if line != mark:
        yield line


def _flows(module: str, newest: str, having: list[tuple[str, Entry]]) -> Iterator[str]:
    """The flows of a callable in the newest version that has each, those of one call in one line."""
    told: set[tuple[str, str]] = set()
    lines: dict[tuple[str, str], list[str]] = {}
    for version, entry in reversed(having):
        mark = "" if version == newest else f" @{version}"
        for flow in entry.flows:
            fresh = [r for r in flow.reaches if (flow.kind, r) not in told]
            if fresh:
                lines.setdefault((flow.step, mark), []).append(f"{flow.kind} {','.join(fresh)}")
        told |= {(flow.kind, r) for flow in entry.flows for r in flow.reaches}
    for (step, mark), flows in sorted(lines.items()):
        line, callee = step.split(" ")
        yield f"{line} {_local(module, callee)} {' '.join(sorted(flows))}{mark}"


def _aliases_of(having: list[tuple[str, Page]]) -> Iterator[str]:
    names = {name: target for _, page in having for name, target in page.aliases.items()}
    sources: dict[str, list[str]] = {}
    for name, target in sorted(names.items()):
        source, _, own = target.rpartition(".")
        sources.setdefault(source or ".", []).append(own if own == name else f"{name}={own}")
    for star in (star for _, page in having for star in page.stars):
        if "*" not in sources.setdefault(star, []):
            sources[star].append("*")
    for source, words in sorted(sources.items()):
        line = f"> {source}"
        for word in words:
            if len(line) + len(word) >= WIDTH:
                yield line
                line = f"> {source}"
            line += f" {word}"
        yield line
