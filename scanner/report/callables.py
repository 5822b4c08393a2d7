"""What is known of a callable, and why: ``python -m scanner explain CALLABLE``."""

from collections.abc import Iterator

from scanner.knowledge.summaries import Derived, Reach
from scanner.knowledge.tables import Knowledge, knowledge

_STEPS = 24  # of a flow


def lines(name: str) -> Iterator[str]:
    """The row that speaks for it, and the flow in the source of its library; not escaped."""
    known = knowledge()
    canonical = known.canonical(name)
    if canonical != name:
        yield f"{name} is {canonical}."
    api, reason, found = known.effect(name), known.inert(name), known.derived(name)
    if api is not None:
        why = f" ({api.reason})" if api.reason else ""
        yield f"{canonical} {known.vocabulary.kinds[api.kind].meaning}: {_row(api.name, api.kind)}{why}."
    elif reason is not None:
        yield f"{canonical} does nothing to the world: {reason}."
    if found is None:
        if api is None and reason is None:
            yield f"Nothing is known of {canonical}: no row of the tables, and its source was not read."
        return
    yield from _derived(known, found)


def _row(name: str, kind: str) -> str:
    return f"row `{kind} {name}` of the tables"


def _derived(known: Knowledge, found: Derived) -> Iterator[str]:
    yield f"From the source of {found.source}, {found.path}:"
    if found.inert:
        yield f"{found.name} does nothing to the world: all that it calls is known, and none of it acts."
    for reach in found.reaches:
        yield f"{found.name} {known.vocabulary.kinds[reach.kind].meaning} ({reach.kind}; {_passed(reach)})"
        yield from _flow(known, found, reach)
    if found.calls:
        yield f"{found.name} does nothing but call what it is handed."
    elif not found.reaches and not found.inert:
        yield f"{found.name} makes a call that nobody can judge."


def _passed(reach: Reach) -> str:
    named = {*reach.keywords.values()}
    roles = [f"{name} as {role}" for name, role in sorted(reach.keywords.items())]
    roles += [f"further arguments as {reach.rest}"] if reach.rest != "_" else []
    roles += [f"further keywords as {role}" for role in [reach.others] if role and role not in named]
    return ", ".join(roles) or "whatever it is handed"


def _flow(known: Knowledge, found: Derived, reach: Reach) -> Iterator[str]:
    """Each step is a call in the body of what the step before has called."""
    seen = {found.name}
    for _ in range(_STEPS):
        yield f"  {_place(found, reach.line, reach.version)}  calls {reach.callee}"
        row = known.effect(reach.callee)
        if row is not None and row.name == known.canonical(reach.callee):
            yield f"  {_row(row.name, row.kind)}"
            return
        inner = known.derived(reach.callee)
        if inner is None or inner.name in seen:
            return
        kind = reach.kind
        following = [r for r in inner.reaches if r.kind == kind]
        if not following:
            return
        seen.add(inner.name)
        found, reach = inner, following[0]


def _place(found: Derived, line: int, version: str) -> str:
    at = f"{found.path}:{line}" if line else found.path
    return f"{at} of {version}" if version else at
