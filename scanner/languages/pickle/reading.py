"""All that one pickle can mean: which readers to run over it, and what their answers say."""

from bisect import bisect_left
from collections.abc import Iterator

from msgspec.structs import replace

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.knowledge.tables import knowledge
from scanner.languages.pickle import fallback, machine
from scanner.languages.pickle.machine import NeedsExact, Reading
from scanner.languages.pickle.stream import Oversize, Tokens
from scanner.languages.pickle.symbols import Symbol
from scanner.limits import Budget

_FRAMED = (b"\x80\x04\x95", b"\x80\x05\x95")
_LATER = ("pickle data was truncated", "pickle exhausted", "could not find MARK")
_LOCATABLE = 4 << 20  # bytes of a broken but harmless stream that are walked to say where it breaks


def pickles(blob: Blob, tokens: Tokens, budget: Budget) -> Iterator[tuple[Reading, tuple[Reading, ...]]]:
    """Every pickle of a stream, as :func:`read` reads it, up to the one that breaks: after STOP there may
    be another."""
    start = 0
    while start < blob.size:
        budget.spend("steps")  # a file of records may have a million of them
        primary, others = read(blob, start, tokens)
        if start and str(primary.error).startswith("Memo value not found"):
            primary = _remembered(blob, start, tokens) or primary
        yield primary, others
        if primary.error is not None or primary.end >= blob.size:
            return
        start = primary.end


def _remembered(blob: Blob, start: int, tokens: Tokens) -> Reading | None:
    """What is at ``start`` and behind it for an unpickler that has loaded what is before, and remembers;
    None if that does nothing."""
    whole = fallback.read(blob, 0, tokens, following=True)
    offsets = whole.offsets or []
    before = bisect_left(offsets, start)
    if len(offsets) == before:
        return None
    return replace(whole, start=start, log=whole.log[before:], offsets=offsets[before:])


def read(blob: Blob, start: int, tokens: Tokens) -> tuple[Reading, tuple[Reading, ...]]:
    """Read the pickle at ``start``: as the usual loader does, and as those that differ do.

    The C machine runs first: framed streams without ``peek`` (their frames are read whole anyway),
    the others with it. Where it stopped and another loader might not, the permissive machine goes over
    it again.
    """
    exact = blob.read_at(start, 3) in _FRAMED
    first = machine.read(blob, start, tokens, exact=exact)
    if isinstance(first.error, NeedsExact):
        exact = True
        first = machine.read(blob, start, tokens, exact=True)
    primary = first
    others: list[Reading] = []
    linear: Reading | None = None
    if _may_go_on(first):
        linear = fallback.read(blob, start, tokens)
        if len(linear.log) >= len(first.log):
            primary = linear
            if first.straddles:
                others.append(first)
    if first.straddles and primary is first:
        others.append(linear or fallback.read(blob, start, tokens))
    primary.straddles = first.straddles
    if first.frames:
        dropping = machine.read(blob, start, tokens, exact=True)
        if dropping.straddles:
            primary.straddles = True
            others.append(dropping)
    if primary.arrays:
        plain = fallback.read(blob, start, tokens, arrays=False)
        if not primary.nested or _acts_differently(plain, primary):
            others.append(plain)
    return primary, tuple(others)


def _may_go_on(reading: Reading) -> bool:
    """Whether another loader may get further than the C machine did, which a symbol may have stopped.

    The pure-Python loader minds neither a frame that is longer than the file nor a last line without its
    newline nor an empty state for what has none, and looks a class up before it misses the MARK.
    """
    if reading.error is None:
        return False
    return not reading.faulty or isinstance(reading.error, EOFError) or str(reading.error).startswith(_LATER)


def _acts_differently(plain: Reading, primary: Reading) -> bool:
    """A loader that does not know joblib reads an array's own pickle with the wrong memo, and so meets
    garbled names in honest files; only what is known to act is worth telling then."""
    known = {str(event) for event in primary.log if isinstance(event, Symbol)}
    names = {str(event) for event in plain.log if isinstance(event, Symbol)} - known
    return not plain.unresolved and any(knowledge().effect(name) is not None for name in names)


def locate(blob: Blob, reading: Reading, tokens: Tokens, events: int = 0) -> None:
    """Find the opcodes of the first ``events`` events, and of the break if there is one, by a slower run.

    A harmless stream that breaks far into a large file is not worth it: its break stays unknown, and
    ``end`` becomes the start of the pickle.
    """
    if reading.offsets is not None:
        return
    if reading.error is not None and not reading.log and blob.size - reading.start > _LOCATABLE:
        reading.end = reading.start
        return
    enough = events if reading.error is None else None
    walked = fallback.read(blob, reading.start, tokens, enough=enough)
    found = list(walked.offsets or ())[: len(reading.log)]
    reading.offsets = found + [reading.start] * (len(reading.log) - len(found))
    if reading.error is not None:
        reading.end = walked.end


def fault(error: Exception) -> tuple[str, str]:
    """The kind of anomaly that an error is, and what happened in words."""
    match error:
        case MemoryError() | Oversize() | RecursionError() | OverBudget():
            return "over-budget", "asks for more memory or nesting than a pickle may"
        case Malformed():
            return "unresolved", str(error)
        case EOFError():
            return "malformed", "ends before its STOP opcode"
    text = error.args[0] if error.args and isinstance(error.args[0], str) else type(error).__name__
    return "malformed", text[:200]
