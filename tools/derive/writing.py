"""Results as text: one file for each package, sorted, the same for the same source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tools.derive.classes import lineage
from tools.derive.domain import Hop, Parameter, Summary
from tools.derive.library import Class, Code
from tools.derive.linking import Linker

WIDTH = 110


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One flow of one callable, before it is written: ``reaches`` by kind and step."""

    kind: str
    step: str
    reaches: tuple[str, ...]


@dataclass(slots=True)
class Entry:
    """A callable in one version: its flows, the call that nobody can judge, or neither."""

    flows: list[Line] = field(default_factory=list)
    unknown: str = ""

    @property
    def inert(self) -> bool:
        return not self.flows and not self.unknown


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
            found[code.module.name].entries[inside] = _entry(linker.summaries[code.name], skip)
    for cls in linker.classes.values():
        inside = cls.name[len(cls.module.name) + 1 :]
        if all(word.isidentifier() for word in inside.split(".")):
            _class(linker, cls, inside, found[cls.module.name])
    for name, module in linker.modules.items():
        found[name].aliases = dict(_aliases(linker, name))
        found[name].stars = module.stars
    return found


def _class(linker: Linker, cls: Class, inside: str, page: Page) -> None:
    entry = _entry(linker.summaries[f"{cls.name}()"], 0)
    for hook in ("__new__", "__setstate__", "__setattr__", "__del__"):
        value = linker.member(cls, hook)
        codes = [c for n in value.names if isinstance(c := linker.find(n), Code)] if value else []
        for code in codes:
            state = linker.summaries[code.name]
            if not state.inert and entry.inert and state.unknown is not None:
                entry.unknown = f"{state.unknown.line} {code.name}"
            elif entry.inert and not state.inert:
                entry.unknown = f"0 {code.name}"
    page.entries[inside] = entry
    bases = sorted({p.name for p in lineage(linker, cls)[1:]} | {
        n for p in lineage(linker, cls) for b in p.bases for n in b.names
        if not n.startswith(".") and "()" not in n and n != "builtins.object"
    })  # fmt: skip
    if bases:
        page.bases[inside] = bases


def _aliases(linker: Linker, name: str) -> Iterator[tuple[str, str]]:
    """Names of a module that are something else's."""
    for variable, value in linker.modules[name].variables.items():
        targets = sorted(n for n in value.names if "()" not in n and not n.startswith((".", "super ")))
        for target in targets:
            if target != f"{name}.{variable}" and variable.isidentifier() and ":" not in target:
                yield variable, target


def _entry(summary: Summary, skip: int) -> Entry:
    flows: dict[tuple[str, str], list[str]] = {}
    for (kind, atom), (role, hop) in summary.effects.items():
        token = "-" if atom is None else _token(summary.parameters, atom, role, skip)
        flows.setdefault((kind, _step(hop)), []).append(token)
    lines = [Line(kind, step, tuple(sorted(set(tokens)))) for (kind, step), tokens in flows.items()]
    unknown = _step(summary.unknown) if summary.unknown else ""
    return Entry(sorted(lines), unknown)


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
        lines.append(f"module {module} {having[-1][1].path}")
        lines += _module(versions[-1], having)
    return "\n".join(lines) + "\n"


def _module(newest: str, having: list[tuple[str, Page]]) -> Iterator[str]:
    names = sorted({name for _, page in having for name in page.entries})
    inert = [n for n in names if all(p.entries[n].inert for _, p in having if n in p.entries)]
    yield from _wrapped(inert)
    for name in names:
        yield from _callable(name, newest, [(v, p.entries[name]) for v, p in having if name in p.entries])
    aliases = {k: v for _, page in having for k, v in page.aliases.items()}
    yield from (f"> {k} {v}" for k, v in sorted(aliases.items()))
    stars = {star: None for _, page in having for star in page.stars}
    yield from (f"> * {star}" for star in stars)
    bases = {k: v for _, page in having for k, v in page.bases.items()}
    yield from (f": {k} {' '.join(v)}" for k, v in sorted(bases.items()))


def _wrapped(names: Iterable[str]) -> Iterator[str]:
    line = "="
    for name in names:
        if len(line) + len(name) > WIDTH:
            yield line
            line = "="
        line += f" {name}"
    if line != "=":
        yield line


def _callable(name: str, newest: str, having: list[tuple[str, Entry]]) -> Iterator[str]:
    """The flows of a callable in the newest version that has each."""
    told: set[tuple[str, str]] = set()
    lines: list[str] = []
    for version, entry in reversed(having):
        mark = "" if version == newest else f" @{version}"
        for flow in entry.flows:
            fresh = [r for r in flow.reaches if (flow.kind, r) not in told]
            if fresh:
                lines.append(f"{name} {flow.kind} {','.join(fresh)} {flow.step}{mark}")
        told |= {(flow.kind, r) for flow in entry.flows for r in flow.reaches}
    unknown = next(
        (f"? {name} {e.unknown}{'' if v == newest else f' @{v}'}" for v, e in reversed(having) if e.unknown),
        "",
    )
    yield from sorted(lines)
    if unknown and not lines:
        yield unknown
