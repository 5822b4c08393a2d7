"""R's serialised objects: ``.rds`` and ``.RData`` files, and what ``serialize`` makes.

Loading one evaluates nothing by itself. But a promise that an object holds is evaluated as soon as anybody
looks at it, by R before 4.4 even when it is all that the file is (CVE-2024-27322); an active binding is
computed on every access; ``.First`` of a workspace runs when R starts, ``.Last`` when it ends. These run on
load; any other function runs when somebody calls it.
"""

from collections.abc import Iterator

from scanner import ir
from scanner.blob import Blob, Fragment
from scanner.errors import Malformed, OverBudget
from scanner.facts import Anomaly
from scanner.languages.r.encoding import Ascii, Binary, Encoding
from scanner.languages.r.lowering import Lowering
from scanner.languages.r.nodes import Closure, Node, Pairs
from scanner.languages.r.reader import Reader
from scanner.limits import Budget

NAME = "r"
WORKSPACE = 5  # bytes of the mark of a workspace, in front of the mark of the encoding
MARK = 2
HOOKS = frozenset({".First", ".Last", ".First.sys", ".Last.sys"})


def lower(fragment: Fragment, budget: Budget) -> Iterator[ir.Program | Blob | Anomaly]:
    """The one program in it, if there is code, and vectors of bytes as parts."""
    blob = fragment.blob
    start = WORKSPACE if blob.read_at(0, 1) == b"R" else 0
    reader = Reader(blob, _encoding(blob, start), budget)
    found: Node | None = None
    fault: Exception | None = None
    try:
        reader.header()
        found = reader.item()
    except (Malformed, OverBudget, RecursionError) as error:
        fault = error
    for first, end in reader.bytes:
        yield blob.part(f"(bytes at {first})", first, end - first, raw=True)
    yield from _program(reader, found, fragment, budget)
    if fault is not None:
        raise fault
    yield from _behind(blob, reader.encoding.position)


def _encoding(blob: Blob, start: int) -> Encoding:
    mark = blob.read_at(start, 1)
    if mark == b"A":
        return Ascii(blob, start + MARK)
    first = blob.read_at(start + MARK, 4)
    order = ">" if mark == b"X" or first[:1] == b"\0" else "<"
    return Binary(blob, start + MARK, order)


def _program(reader: Reader, found: Node | None, fragment: Fragment, budget: Budget) -> Iterator[ir.Program]:
    if not (reader.promises or reader.closures or reader.files):
        return
    lowering = Lowering(budget)
    for path, lowering.at in reader.files.items():
        lowering.call(lowering.name("", "r.mapped_file"), [lowering.const(path)])
    for promise in reader.promises:
        if not promise.kept:
            lowering.at = promise.at
            lowering.value(promise.code)
    for closure in [*reader.active, *_hooks(found)]:
        lowering.at = closure.at
        lowering.call(lowering.value(closure))
    for closure in reader.closures:
        lowering.function(closure)
    functions = {"main": ir.Function("main", (), tuple(lowering.body)), **lowering.functions}
    entry = ir.Entry("main", fragment.trigger, "its promises and hooks are evaluated")
    yield ir.Program(
        NAME, fragment.blob.trail, "offset", functions, (entry,), fragment.script, fragment.steps
    )


def _hooks(found: Node | None) -> Iterator[Closure]:
    """What R itself calls of a workspace."""
    for item in found.items if isinstance(found, Pairs) else ():
        if item.tag in HOOKS and isinstance(item.value, Closure):
            yield item.value


def _behind(blob: Blob, end: int) -> Iterator[Blob | Anomaly]:
    """What follows the object. A text ends in a newline."""
    rest = blob.read_at(end, 4096)
    if rest.strip(b"\0\n"):
        message = f"{blob.size - end:,} bytes follow the end of the object"
        yield Anomaly("polyglot", message, blob.site.at(offset=end))
        yield blob.part("(trailing data)", end, blob.size - end)
