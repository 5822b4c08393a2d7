"""``docs/derived.md``, from the files that a run has written and from public deny-lists."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from unittest import mock

from scanner.finding import Verdict
from scanner.knowledge.summaries import Derived, Summaries
from scanner.knowledge.tables import HERE, Knowledge, knowledge
from tools import denylists
from tools.derive import alarms
from tools.derive.gadgets import WORST, gadgets, worst
from tools.derive.sources import RUNS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "derived.md"
CONFIRMED = Path(__file__).with_name("confirmed.tsv")
SHOWN = 100


def figures(known: Knowledge, summaries: Summaries, top: str) -> str:
    """A row of the table of packages."""
    page = summaries.package(top)
    assert page is not None
    count: Counter[str] = Counter()
    for name in page.names():
        module = page.module(name)
        assert module is not None
        count["inert"] += len(module.inert)
        count["unknown"] += len(module.unknown)
        count["calls"] += len(module.callers)
        for inside in module.flows:
            found = summaries.find(f"{name}.{inside}")
            acts = found is not None and worst(known, found.reaches) is not None
            count["acts" if acts else "other"] += 1
        count["aliases"] += len(module.aliases)
    package, *versions = page.source.split()
    size = (HERE / "derived" / f"{top}.txt").stat().st_size
    cells = [
        count.total() - count["aliases"],
        count["acts"],
        count["other"],
        count["calls"],
        count["inert"],
        count["unknown"],
        count["aliases"],
        size,
    ]
    return f"| {package} | {', '.join(versions)} | " + " | ".join(f"{n:,}" for n in cells) + " |"


def recall(known: Knowledge, summaries: Summaries, entries: Iterable[str]) -> dict[str, list[str]]:
    """What the source says of entries of public lists, each with its reason."""
    found: dict[str, list[str]] = {}
    for name in sorted({known.canonical(name) for name in entries}):
        derived = summaries.find(name)
        verdict, reason = _verdict(known, name, derived)
        found.setdefault(verdict, []).append(f"- `{name}`{reason}")
    return found


def _verdict(known: Knowledge, name: str, found: Derived | None) -> tuple[str, str]:
    if found is None:
        row = known.effect(name)
        return (COMPILED, "") if row is not None else (ABSENT, "")
    if any(known.vocabulary.kinds[r.kind].severity_class in WORST for r in found.reaches):
        return ACTS, ""
    if found.calls:
        return CALLS, f": {found.path}"
    if found.inert:
        return NOTHING, ": everything that it calls is known, and none of it acts"
    return UNKNOWN, f": {found.path}"


ACTS = "acts"
CALLS = "does nothing but call what it is handed"
NOTHING = "does nothing to the world"
UNKNOWN = "nobody can judge a call in it"
COMPILED = "no source was read, a row speaks"
ABSENT = "no source was read, no row speaks"


def explained(found: dict[str, list[str]]) -> Iterator[str]:
    """The entries that are not derived as effects, by the reason."""
    for verdict in (CALLS, NOTHING, UNKNOWN):
        yield from (f"\n### {verdict[0].upper()}{verdict[1:]}\n", *found.get(verdict, ()))


def rows(exact: dict[str, list[str]], wild: dict[str, list[str]]) -> Iterator[str]:
    """A table of counts: of what is listed by name, and of what a wildcard stands for."""
    for verdict in (ACTS, CALLS, NOTHING, UNKNOWN, COMPILED, ABSENT):
        yield f"| {verdict} | {len(exact.get(verdict, ())):,} | {len(wild.get(verdict, ())):,} |"


def runs(tops: list[str]) -> Iterator[str]:
    """Time and memory of the last runs on this machine."""
    for path in sorted(RUNS.glob("*.json")):
        name, run = path.stem, json.loads(path.read_text("utf-8"))
        if name in tops:
            yield f"| {name} | {run['seconds']:,} | {run['memory']:,} | {run['over']:,} |"


def blocked(names: Iterable[str], *, derived: bool) -> int:
    """How many of these are blocked when data calls them with arguments that tell nothing, by the tables
    alone or with what is derived."""
    if derived:
        return sum(denylists.verdict(name, [("x", "x", "x")]) is Verdict.BLOCKED for name in names)
    with mock.patch.object(Knowledge, "derived", lambda *_: None):
        return blocked(names, derived=True)


def probed() -> list[list[str]]:
    """The lines that ``confirm`` has printed: name, kind, event."""
    lines = CONFIRMED.read_text("utf-8").splitlines() if CONFIRMED.exists() else []
    return [line.split("\t") for line in lines]


def confirmed(listed: set[str]) -> tuple[list[str], int, int]:
    """Rows for what a probe has confirmed and no list has; how many were tried, and confirmed."""
    results = probed()
    arrived = [r for r in results if not r[2].startswith("- ")]
    new = [r for r in arrived if r[0] not in listed]
    return [f"| `{name}` | {kind} | {event} |" for name, kind, event in new], len(results), len(arrived)


def main() -> None:
    known, summaries = knowledge(), Summaries(HERE / "derived")
    tops = sorted(path.stem for path in (HERE / "derived").glob("*.txt"))
    python = denylists.environment()
    entries = denylists.lists(python)
    members = denylists.expanded(python, {entry for names in entries.values() for entry in names})
    exact = {entry for names in entries.values() for entry in names if not entry.endswith("*")}
    wild = {member for found in members.values() for member in found} - exact
    named, stood = recall(known, summaries, exact), recall(known, summaries, wild)
    listed = {known.canonical(name) for name in exact | wild} | exact | wild
    tables, tried, arrived = confirmed(listed)
    names = [name for name, _, event in probed() if not event.startswith("- ")]
    fresh = sum(name not in listed for top in tops for name, _ in gadgets(known, summaries, top))
    PAGE.write_text(
        TEXT.format(
            packages="\n".join(figures(known, summaries, top) for top in tops), runs="\n".join(runs(tops)),
            recall="\n".join(rows(named, stood)), explained="\n".join(explained(named)), fresh=f"{fresh:,}",
            tried=f"{tried:,}", arrived=f"{arrived:,}", new="\n".join(tables[:SHOWN]),
            count=f"{len(tables):,}", shown=min(SHOWN, len(tables)),
            before=blocked(names, derived=False), after=blocked(names, derived=True),
            alarms="\n".join(alarms.rows()),
        ),
        encoding="utf-8",
    )  # fmt: skip


TEXT = """# What the source says

Written by `make gadgets`. The sources of these libraries were read by `make derive` (never imported), and
every function was walked once with symbolic parameters; how, and how far that can be trusted, is told in
[knowledge](knowledge.md#what-the-source-of-a-library-says). `python -m scanner explain CALLABLE` prints the
flow.

*Act*: an argument reaches an effect. *Other*: it acts whatever it is handed, or is a method that does so
with its object. *Call*: it does nothing but call what it is handed. *Inert*: everything that it calls is
known, and none of it acts. *Unknown*: nobody can judge a call in it. *Other names* are re-exports and
imports.

| package | versions | callables | act | other | call | inert | unknown | other names | bytes |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
{packages}

## Time and memory

Of one process, on the machine that wrote this page. *Over budget* are functions that are unknown because they
were too long.

| package | seconds of CPU | MiB | over budget |
|---|---:|---:|---:|
{runs}

## Entries of public deny-lists

The lists of `make denylists`, wildcards replaced by what the library has. Each entry that is listed by its
name, and whose source was read, either acts or is explained below; what a wildcard stands for is mostly
nothing, and `explain` says why.

| what the source says | listed by name | by a wildcard |
|---|---:|---:|
{recall}

## Gadgets that no public list has

{fresh} functions and classes act on an argument, and neither those lists nor a row written by hand has them.
A sample was called in processes that are thrown away, with an audit hook in the place of every effect
(`python -m tools.derive.confirm`): of {tried} tried, the argument arrived at the effect in {arrived}. What is
not confirmed needs arguments that a probe cannot make up, is stopped by an earlier effect, or is a flow that
does not happen.

Called by a pickle with arguments that tell nothing, {before} of the confirmed ones are blocked by the tables
alone, and {after} with what is derived. {shown} of the {count} confirmed ones that no list has:

| callable | effect | event of the interpreter |
|---|---|---|
{new}

## Honest files

The verdicts on the files of `make corpus` (up to 20 MB each, scanned by themselves):

| judged | files | blocked | review | not read | note | clean |
|---|---:|---:|---:|---:|---:|---:|
{alarms}

## Entries that are listed by name and not derived as effects, and why
{explained}
"""


if __name__ == "__main__":
    main()
