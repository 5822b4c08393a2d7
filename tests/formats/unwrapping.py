"""What the tests of formats ask of a format."""

from scanner.blob import Blob, BytesWindow, Fragment, Numbers
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.formats import formats, identify
from scanner.limits import Budget, Limits


def blob(data: bytes, name: str = "artifact") -> Blob:
    return Blob((name,), BytesWindow(data))


def names(data: bytes, name: str = "artifact") -> list[str]:
    """The formats that recognise ``data``."""
    return [f.NAME for f in identify(blob(data, name))]


def unwrap(
    name: str, data: bytes, budget: Budget | None = None
) -> list[Blob | Fragment | Anomaly | Exception]:
    """Everything that one format yields, numbers one by one, and what it raises at the end."""
    (found,) = [f for f in formats() if name == f.NAME]
    out: list[Blob | Fragment | Anomaly | Exception] = []
    try:
        for part in found.unwrap(blob(data), budget or Budget()):
            out.extend(map(part.part, part.runs) if isinstance(part, Numbers) else [part])
    except (Malformed, OverBudget) as error:
        out.append(error)
    return out


def contents(found: list) -> dict[str, bytes]:
    """The blobs among what was yielded: name to content."""
    return {b.trail[-1]: b.read_at(0, b.size) for b in found if isinstance(b, Blob)}


def complaints(found: list) -> list[str]:
    """The kinds of the anomalies among what was yielded, and the errors."""
    return [
        f.kind if isinstance(f, Anomaly) else type(f).__name__
        for f in found
        if not isinstance(f, Blob | Fragment)
    ]


def small() -> Budget:
    """Little enough that a mutated archive cannot keep a test busy."""
    return Budget(Limits(unpacked=1 << 20, parts=500, read=1 << 26))
