"""Bytecode of CPython 2.7 and 3.6 to 3.14: marshalled code objects, with or without a ``.pyc`` header.

Nothing is unmarshalled or run by the interpreter. Bare marshal data do not say which version wrote
them, so every layout and every version is tried, and those in which all of the code makes sense (its
instructions exist, its jumps land, its stack balances) are the readings; if there are several that
differ, each is a program. What makes sense in none of them is an anomaly.
"""

from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.ir import Op, Program
from scanner.languages.bytecode.code import Code, Value
from scanner.languages.bytecode.marshal import Layout, load
from scanner.languages.bytecode.program import program
from scanner.languages.bytecode.tables import VERSIONS, Version, layout_of, magics, table
from scanner.limits import Budget

NAME = "bytecode"

_MARK = b"\r\n"  # the third and fourth byte of every .pyc file


def lower(fragment: Fragment, budget: Budget) -> Iterator[Program | Blob | Anomaly]:
    """The programs that the code may be, nothing for data without code; and what stands behind it.

    Raises :class:`Malformed` when no layout can be read, :class:`OverBudget` when it is larger than the
    limit for constants.
    """
    limit = budget.limits.constant
    if fragment.blob.size > limit:
        raise OverBudget(f"bytecode of more than {limit:,} bytes")
    data = fragment.blob.read_at(0, limit)
    programs: list[Program] = []
    wrong: list[str] = []
    odd, end = True, limit
    for codes, version, stop in _candidates(data):
        end = min(end, stop)
        try:
            made, unusual = program(codes, table(version), fragment, budget)
        except Malformed as error:
            wrong.append(f"{version[0]}.{version[1]}: {error}")
            continue
        programs.append(made)
        odd = odd and unusual  # in all versions in which it makes sense
    yield from _different(programs)
    if not programs and wrong:
        message = "the bytecode makes sense in no version of Python"
        yield Anomaly("unresolved", f"{message} ({'; '.join(wrong[:9])})", fragment.site)
    if programs and odd:
        message = "there are instructions that only a running interpreter writes, over others"
        yield Anomaly("differential", message, fragment.site)
    if rest := data[end:].strip(b"\0"):
        message = f"{len(rest):,} bytes follow the end of the bytecode"
        yield Anomaly("polyglot", message, fragment.site.at(offset=end))
        yield fragment.blob.part("(trailing data)", end, len(data) - end)


def _candidates(data: bytes) -> Iterator[tuple[tuple[Code, ...], Version, int]]:
    """The outermost code objects, in every layout that can be read, the versions to try, and their end."""
    faults, readable = [], False
    for start, layout, versions in _layouts(data[:4]):
        try:
            value, end = load(data, layout, start)
        except Malformed as error:
            faults.append(str(error))
            continue
        readable = True
        codes = _codes(value)
        for version in versions if codes else ():
            yield codes, version, end
    if not readable:
        raise Malformed(f"not marshalled by any version: {faults[0]}")


def _layouts(head: bytes) -> Iterator[tuple[int, Layout, tuple[Version, ...]]]:
    """Where the data may start, in which layout, and in which versions, going by a ``.pyc`` header."""
    version = magics().get(int.from_bytes(head[:2], "little"))
    if head[2:] != _MARK:
        yield from ((0, layout, versions) for layout, versions in VERSIONS.items())
    elif version is not None:
        yield 16 if version >= (3, 7) else 12 if version >= (3, 3) else 8, layout_of(version), (version,)
    else:
        yield from ((start, *pair) for start in (16, 12, 8) for pair in VERSIONS.items())


def _codes(value: Value) -> tuple[Code, ...]:
    """The outermost code objects of a value."""
    found, waiting, seen = [], [value], set()
    while waiting:
        match waiting.pop():
            case Code() as code:
                found.append(code)
            case tuple() | list() | frozenset() as items if id(items) not in seen:
                seen.add(id(items))
                waiting.extend(items)
            case dict() as mapping if id(mapping) not in seen:
                seen.add(id(mapping))
                waiting.extend(mapping.values())
    return tuple(found)


def _different(programs: list[Program]) -> Iterator[Program]:
    """One of those that do the same."""
    seen: set[object] = set()
    for made in programs:
        deeds = _deeds(made) if len(programs) > 1 else None
        if deeds not in seen:
            yield made
        seen.add(deeds)


def _deeds(made: Program) -> object:
    """What a program does, wherever it stands."""
    return tuple(
        (function.name, function.params, function.local, function.parent, _without_lines(function.body))
        for function in made.functions.values()
    )


def _without_lines(part: object) -> object:
    if isinstance(part, tuple):
        return tuple(_without_lines(inner) for inner in part)
    if isinstance(part, Op):
        return type(part), *(
            _without_lines(getattr(part, name)) for name in part.__struct_fields__ if name != "at"
        )
    return (type(part), repr(part)) if isinstance(part, float | complex) else (type(part), part)
