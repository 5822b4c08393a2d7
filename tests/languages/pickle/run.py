"""What the pickle language says about a stream, as text that a test can compare."""

from scanner.blob import Blob, BytesWindow, Fragment, Window
from scanner.facts import Anomaly
from scanner.ir import Call, Const, Data, Make, Name, Op, SetItem, Unknown
from scanner.languages.pickle import lower
from scanner.limits import Budget
from scanner.site import Trigger


class Counting:
    """A window that is zeros but for its head and tail, and counts what is read."""

    def __init__(self, head: bytes, zeros: int, tail: bytes) -> None:
        self.head, self.tail, self.size = head, tail, len(head) + zeros + len(tail)
        self.read = 0

    def read_at(self, offset: int, count: int) -> bytes:
        count = max(0, min(count, self.size - offset))
        self.read += count
        start = self.size - len(self.tail)
        head = self.head[offset : offset + count]
        if len(head) == count:
            return head
        if offset >= start:
            return self.tail[offset - start : offset - start + count]
        middle = bytes(max(0, min(offset + count, start) - max(offset, len(self.head))))
        return head + middle + self.tail[: max(0, offset + count - start)]


def lowered(stream: bytes | Window) -> list[object]:
    """Programs and anomalies of a stream, without what follows its last pickle."""
    window = BytesWindow(stream) if isinstance(stream, bytes) else stream
    fragment = Fragment("pickle", Blob(("x.pkl",), window), Trigger.LOAD)
    return [each for each in lower(fragment, Budget()) if not isinstance(each, Blob)]


def ops(stream: bytes | Window) -> list[Op]:
    """The operations of all programs."""
    return [op for p in lowered(stream) if not isinstance(p, Anomaly) for op in p.functions["main"].body]


def anomalies(stream: bytes | Window) -> list[Anomaly]:
    return [each for each in lowered(stream) if isinstance(each, Anomaly)]


def kinds(stream: bytes | Window) -> list[str]:
    return [each.kind for each in anomalies(stream)]


def said(stream: bytes | Window) -> list[str]:
    """Every operation that acts, as an expression: ``os.system('id')``, ``new a.B()``, ``state a.B {…}``."""
    values: dict[int, str] = {}
    out: list[str] = []
    for program in lowered(stream):
        if isinstance(program, Anomaly):
            continue
        values.clear()
        for op in program.functions["main"].body:
            _say(op, values, out)
    return out


def names(stream: bytes | Window) -> list[str]:
    return [op.name for op in ops(stream) if isinstance(op, Name)]


def _say(op: Op, values: dict[int, str], out: list[str]) -> None:
    match op:
        case Const(dst=dst, value=value):
            values[dst] = repr(value)
        case Name(dst=dst, name=name):
            values[dst] = name
        case Unknown(dst=dst):
            values[dst] = "?"
        case Data(dst=dst, blob=blob):
            values[dst] = f"<{blob.size} bytes>"
        case Make(dst=dst, kind=kind, items=items):
            values[dst] = f"{kind}[{', '.join(values[item] for item in items)}]"
        case SetItem(base=base, key=key, src=src):
            out.append(f"{values[base]}[{'' if key is None else values[key]}] = {values[src]}")
        case Call(dst=dst, callee=callee, args=args, kwargs=kwargs, how=how):
            parts = [values[arg] for arg in args] + [f"{key}={values[arg]}" for key, arg in kwargs]
            values[dst] = ("" if how == "call" else f"{how} ") + f"{values[callee]}({', '.join(parts)})"
            out.append(values[dst])
